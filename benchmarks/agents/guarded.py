"""Judge a call as the gateway does with the two injection controls: the guard reads all first."""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import yaml

from seawall.core.exchange import Exchange, Stage
from seawall.core.verdicts import Action
from seawall.gateway.steps.lineage import ORDERS
from seawall.guard.engine import GuardEngine
from seawall.policy.model import GuardRule
from seawall.policy.provenance import Provenance

_CONTROLS = ("CTL-INJ-INPUT", "CTL-INJ-UNTRUSTED")
_MARKED_MAX = 600


@cache
def _engine() -> GuardEngine:
    rules: list[GuardRule] = []
    for control in _CONTROLS:
        place = files("seawall.catalog") / "data" / "controls" / f"{control}.yaml"
        own = yaml.safe_load(place.read_text(encoding="utf-8"))["enforce"]["guards"]
        rules += [msgspec.convert({**one, "control": control}, GuardRule) for one in own]
    return GuardEngine(tuple(rules))


def passes(exchange: Exchange, name: str, arguments: dict[str, Any]) -> bool:
    """Say whether a call passes where the request does, and texts are marked as the guard finds."""
    decision = _engine().inspect(exchange.parts, exchange)
    if decision.action in (Action.BLOCK, Action.ASK):
        return False
    sizes = {(part.pointer, part.span): len(part.text) for part in exchange.parts}
    marked, tried = {}, False
    for part in decision.parts:
        if part.stage not in (Stage.DOCUMENT, Stage.TOOL_RESULT):
            continue
        taken, where = part.action is Action.REDACT, (part.pointer, part.span)
        found = [one for one in (part.acting if taken else part.findings)
                 if one.detector in (ORDERS if taken else {"injection"})]  # fmt: skip
        most = min(_MARKED_MAX, sizes[where] // 2) if taken else _MARKED_MAX
        ranges = tuple((x.start, x.end) for x in found if 0 < x.end - x.start <= most)
        tried = tried or (taken and bool(found) and not ranges)
        if ranges:
            marked[where] = ranges
    return Provenance(exchange, {}, marked, tried=tried).judge(name, arguments).passes
