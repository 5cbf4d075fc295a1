"""Judge a call as the gateway does with the two injection controls: the guard reads all first."""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import yaml

from seawall.core.exchange import Exchange
from seawall.core.verdicts import Action
from seawall.gateway.steps.doubts import heard_in
from seawall.gateway.steps.tool_policy import orders_in
from seawall.guard.engine import GuardEngine
from seawall.policy.model import GuardRule
from seawall.policy.provenance import Provenance

_CONTROLS = ("CTL-INJ-INPUT", "CTL-INJ-UNTRUSTED")


@cache
def _engine() -> GuardEngine:
    return GuardEngine(_rules())


@cache
def _rules() -> tuple[GuardRule, ...]:
    rules: list[GuardRule] = []
    for control in _CONTROLS:
        place = files("seawall.catalog") / "data" / "controls" / f"{control}.yaml"
        own = yaml.safe_load(place.read_text(encoding="utf-8"))["enforce"]["guards"]
        rules += [msgspec.convert({**one, "control": control}, GuardRule) for one in own]
    return tuple(rules)


def passes(exchange: Exchange, name: str, arguments: dict[str, Any]) -> bool:
    """Say whether a call passes where the request does, and texts are marked as the guard finds."""
    decision = _engine().inspect(exchange.parts, exchange)
    if decision.action in (Action.BLOCK, Action.ASK):
        return False
    texts = {(part.pointer, part.span): part.text for part in exchange.parts}
    marked, tried = orders_in(decision.parts, lambda part: texts[part.pointer, part.span])
    heard = heard_in(decision.parts, exchange.parts, _rules())
    return Provenance(exchange, {}, marked, tried=tried, heard=heard).judge(name, arguments).passes
