"""Run drills: each without its control and with it, on throwaway servers of this machine."""

import importlib
import pkgutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

import msgspec

from seawall.catalog.load import Catalog
from seawall.catalog.model import Control
from seawall.core.drills import Shown
from seawall.core.errors import SeawallError
from seawall.demo import drills as folder
from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench
from seawall.govern.status.enforced import fingerprint, own_parts
from seawall.policy.model import Policy

AT_ONCE = 8


@lru_cache
def drills() -> dict[str, Drill]:
    """Return every drill by its control."""
    found = {}
    for info in pkgutil.iter_modules(folder.__path__, folder.__name__ + "."):
        drill = getattr(importlib.import_module(info.name), "DRILL", None)
        if drill is not None:
            found[drill.control] = drill
    return found


def run_drills(
    catalog: Catalog,
    policy: Policy | None,
    held: Collection[str],
    advance: Callable[[str], None] = lambda control: None,
) -> Iterator[Shown]:
    """Run the drills of the controls in `held`, with what `policy` says of each, in their order.

    Without a policy each control is tried as its card writes it. `advance` hears of each that is
    done. Drills wait most of their time, for servers to start and stop: several run at once.
    """
    chosen = [drill for control, drill in drills().items() if control in held]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        cards = [catalog.controls[drill.control] for drill in chosen]
        for shown in pool.map(run_drill, chosen, cards, repeat(policy)):
            advance(shown.control)
            yield shown


def run_drill(drill: Drill, card: Control, policy: Policy | None) -> Shown:
    """Make the attempt without the control and with it. What fails is told, never raised.

    With the control a plain request has to be answered first: a gateway that refuses everything
    shows nothing.
    """
    base = Shown(
        control=drill.control, what=drill.what.rstrip(","), stopped=drill.stopped,
        fingerprint=fingerprint(card, policy),
    )  # fmt: skip
    try:
        without = _attempt(drill, drill.without, on=False)
        within = _attempt(drill, own_parts(card, policy), on=True)
    except Exception as error:  # noqa: BLE001 - whatever fails, nothing was shown
        why = error.message if isinstance(error, SeawallError) else str(error)
        why = why.rstrip(".") or type(error).__name__
        return msgspec.structs.replace(base, error=why)
    return msgspec.structs.replace(base, without=without, within=within)


def _attempt(drill: Drill, sections: Mapping[str, Any] | None, *, on: bool) -> bool:
    whole = None if sections is None else _joined(drill.shared, sections)
    with (
        tempfile.TemporaryDirectory(prefix="seawall-drill-") as path,
        Bench(Path(path), whole, drill.upstreams, on=on) as bench,
    ):
        if on:
            bench.prove()
        return drill.through(bench)


def _joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(below)
    for key, value in above.items():
        old = joined.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = _joined(old, value)
        joined[key] = value
    return joined
