"""Strategies, found by scanning this folder: adding one is adding one file."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from random import Random

from seawall.core.errors import InputError
from seawall.redteam.strategies.base import Strategy, Variant

__all__ = ["Strategy", "Variant", "layer", "load_strategies", "select", "strategy_of"]

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


def strategy_of(name: str) -> Strategy:
    """Return a strategy, or several as one: `leet+base64` spells first, and encodes that.

    A picture or a sound may come last. Raises InputError for a name that is unknown, and for
    strategies that do not go together.
    """
    known = load_strategies()
    parts = []
    for one in name.split("+"):
        if one not in known:
            raise InputError(f"Unknown strategy {one}.", hint=f"Known: {', '.join(known)}.")
        parts.append(known[one])
    return parts[0] if len(parts) == 1 else _layered(name, parts)


def layer(names: Sequence[str], text: str, channel: str, rng: Random) -> tuple[str, ...]:
    """Return the text under text strategies, the first one innermost.

    Where one makes several messages, the next one changes the last of them.
    """
    known = load_strategies()
    texts: tuple[str, ...] = (text,)
    for name in names:
        texts = (*texts[:-1], *known[name].apply(texts[-1], channel, rng).texts)
    return texts


def _layered(name: str, parts: Sequence[Strategy]) -> Strategy:
    last = parts[-1]
    carried = last.kind in ("image", "audio")
    spelled = parts[:-1] if carried else parts
    if any(part.kind != "text" for part in spelled):
        raise InputError(f"{name}: these strategies do not go together.")
    names = [part.id for part in spelled]

    def apply(text: str, channel: str, rng: Random) -> Variant:
        # What stands in a picture or a sound is an outsider's text.
        texts = layer(names, text, "document" if carried else channel, rng)
        if carried:
            return last.apply("\n".join(texts), channel, rng)
        return Variant(texts=texts if channel == "user" else ("\n".join(texts),))

    return Strategy(
        id=name, title=", then ".join(part.title for part in parts), apply=apply, kind=last.kind,
        channels=last.channels if carried else frozenset.intersection(*(p.channels for p in parts)),
        exact=all(part.exact for part in parts), wide=True,
    )  # fmt: skip


def select(names: tuple[str, ...], channel: str, *, exact: bool) -> list[Strategy]:
    """Return the strategies a card names that fit the channel.

    "*" stands for every text strategy but the wide ones, `more` for the wide ones, a kind
    (`image`, `audio`, `load`, `file`) for all of that kind but the wide ones.
    A name may be several, `leet+base64`. Raises InputError for a name that is none of these.
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
        else:
            wanted[name] = strategy_of(name)
    fitting = [s for s in wanted.values() if channel in s.channels]
    return tuple(s for s in fitting if s.exact or not exact)
