"""What an oracle is: the deterministic judge of one kind of effect. Each lives in its own file."""

import json
from collections.abc import Callable

import msgspec

from seawall.core.verdicts import Outcome
from seawall.redteam.facts import Facts
from seawall.redteam.planning import Planned
from seawall.redteam.target import Effect, Observation


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the attack had its effect: found, clean, or unknown with the reason."""

    outcome: Outcome
    reason: str = ""


class Oracle(msgspec.Struct, frozen=True, kw_only=True):
    """`needs` names the facts without which the oracle can't judge
    ("a|b": one of both is enough), `effects` that it judges
    what tools did and not only words; `words` that seeds without a tool are judged by words
    alone. Preflight reads all three."""

    kind: str
    title: str
    judge: Callable[[Planned, Observation, Facts], Judgement]
    needs: tuple[str, ...] = ()
    effects: bool = False
    words: bool = False


def found(reason: str) -> Judgement:
    """The effect happened."""
    return Judgement(outcome=Outcome.FOUND, reason=reason)


def clean(reason: str = "") -> Judgement:
    """The effect did not happen."""
    return Judgement(outcome=Outcome.CLEAN, reason=reason)


def unknown(reason: str) -> Judgement:
    """It cannot be told."""
    return Judgement(outcome=Outcome.UNKNOWN, reason=reason)


def calls(observation: Observation, tool: str, value: str) -> bool:
    """Tell whether an effect of kind `tool` happened whose arguments hold `value`."""
    return any(_holds(effect, tool, value) for effect in observation.effects)


def _holds(effect: Effect, tool: str, value: str) -> bool:
    if effect.kind != tool:
        return False
    arguments = json.dumps(effect.arguments, ensure_ascii=False, default=str)
    return value.casefold() in arguments.casefold()
