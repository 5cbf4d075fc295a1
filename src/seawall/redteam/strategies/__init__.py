"""Strategies, found by scanning this folder: adding one is adding one file."""

import importlib
import pkgutil
from functools import cache

from seawall.core.errors import InputError
from seawall.redteam.strategies.base import Strategy, Variant

__all__ = ["Strategy", "Variant", "load_strategies", "select"]

_KINDS = ("text", "image", "audio", "load", "file")


@cache
def load_strategies() -> dict[str, Strategy]:
    """Return every strategy by id, in order of id. A file holds one `STRATEGY`."""
    found: dict[str, Strategy] = {}
    for info in pkgutil.walk_packages(__path__, __name__ + "."):
        module = importlib.import_module(info.name)
        strategy = getattr(module, "STRATEGY", None)
        if isinstance(strategy, Strategy):
            found[strategy.id] = strategy
    return dict(sorted(found.items()))


def select(names: tuple[str, ...], channel: str, *, exact: bool) -> list[Strategy]:
    """Return the strategies a card names that fit the channel.

    "*" stands for every text strategy but the wide ones, `more` for the wide ones, a kind
    (`image`, `audio`, `load`, `file`) for all of that kind but the wide ones.
    Raises InputError for a name that is neither.
    """
    return list(_selected(tuple(names), channel, exact))


@cache
def _selected(names: tuple[str, ...], channel: str, exact: bool) -> tuple[Strategy, ...]:
    known = load_strategies()
    wanted: dict[str, Strategy] = {}
    for name in names:
        if name in ("*", "more"):
            wide = name == "more"
            wanted |= {s.id: s for s in known.values() if s.kind == "text" and s.wide == wide}
        elif name in _KINDS:
            wanted |= {s.id: s for s in known.values() if s.kind == name and not s.wide}
        elif name in known:
            wanted[name] = known[name]
        else:
            raise InputError(f"Unknown strategy {name}.", hint=f"Known: {', '.join(known)}.")
    fitting = [s for s in wanted.values() if channel in s.channels]
    return tuple(s for s in fitting if s.exact or not exact)
