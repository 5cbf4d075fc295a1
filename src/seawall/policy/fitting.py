"""Does a guard rule fit its detector? What the detector's card says is asked, not the detector."""

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from seawall.core.errors import InputError
from seawall.core.exchange import Stage
from seawall.core.spelling import nearest
from seawall.core.verdicts import Action
from seawall.policy import answer_schema
from seawall.policy.depth import Depth
from seawall.policy.model import GuardRule, Policy
from seawall.policy.own_checks import Labelled, Problem
from seawall.policy.own_rules import OWN_DETECTOR


class Takes(Labelled, Protocol):
    """What a detector's card says of the rules that it takes."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Where it runs."""
        ...

    @property
    def depths(self) -> tuple[Depth, ...]:
        """How deep it can read, besides in full."""
        ...

    @property
    def registers(self) -> bool:
        """Whether its rules name registered texts."""
        ...

    @property
    def schemas(self) -> bool:
        """Whether its rules may give an answer schema."""
        ...


def control_doubts(policy: Policy, known: Collection[str]) -> Iterator[Problem]:
    """Yield controls that are not `known` but nearly so. Others are the operator's own."""
    named: list[tuple[list[str | int], str]] = [
        (["guards", index, "control"], rule.control) for index, rule in enumerate(policy.guards)
    ]
    for tool, rule in policy.tools.rules.items():
        named.append((["tools", "rules", tool, "control"], rule.control))
    for name, data in policy.tools.classes.items():
        named.append((["tools", "classes", name, "control"], data.control))
    named += [
        (["tools", "control"], policy.tools.control),
        (["usage_policy", "control"], policy.usage_policy.control),
        (["disclosure", "control"], policy.disclosure.control),
        (["limits_control"], policy.limits_control),
    ]
    for keys, control in named:
        if control not in known and (close := nearest(control, known, least=0.8)):
            yield keys, f"The catalogue has no control {control}.", f"Did you mean {close}?"


def rule_problems(rule: GuardRule, cards: Mapping[str, Takes]) -> Iterator[Problem]:
    """Yield what in a rule does not fit its detector, which must have a card.

    Keys lead from the rule to the field. Labels of own rules are not judged: no card has them.
    """
    name, card = rule.detector, cards[rule.detector]
    if card.registers != bool(rule.registered):
        what = "names no registered texts" if card.registers else "takes no registered texts"
        yield (
            ["registered"],
            f"The rule for detector {name} {what}.",
            "`registered` of a verbatim rule lists index files, text files or folders.",
        )
    if rule.depth not in ("full", *card.depths):
        taking = [other for other, one in cards.items() if rule.depth in one.depths]
        yield (
            ["depth"],
            f"The detector {name} has no depth `{rule.depth}`.",
            f"Leave `depth` out; {', '.join(sorted(taking))} take it.",
        )
    for index, stage in enumerate(rule.stages):
        if stage not in card.stages:
            yield (
                ["stages", index],
                f"The detector {name} does not run at stage {stage.value}.",
                f"Its stages: {', '.join(one.value for one in card.stages)}.",
            )
    if name != OWN_DETECTOR:
        yield from _label_problems(rule, card.labels)
    yield from _schema_problems(rule, card, cards)


def _label_problems(rule: GuardRule, known: tuple[str, ...]) -> Iterator[Problem]:
    for index, label in enumerate(rule.labels):
        if label not in known:
            close = nearest(label, known)
            yield (
                ["labels", index],
                f"The detector {rule.detector} gives no label {label!r}.",
                f"Did you mean {close!r}?" if close else f"Its labels: {', '.join(known)}.",
            )


def _schema_problems(rule: GuardRule, card: Takes, cards: Mapping[str, Takes]) -> Iterator[Problem]:
    if card.schemas and rule.action is Action.REDACT:
        yield (
            ["action"],
            f"The detector {rule.detector} judges whole answers: there is no part to redact.",
            "Use block, ask or flag.",
        )
    if rule.answer_schema is None:
        return
    if not card.schemas:
        taking = [other for other, one in cards.items() if one.schemas]
        yield (
            ["answer_schema"],
            f"The detector {rule.detector} takes no answer_schema.",
            f"Leave it out, or give it to {', '.join(sorted(taking))}.",
        )
        return
    try:
        answer_schema.check(rule.answer_schema)
    except InputError as error:
        yield ["answer_schema"], error.message, error.hint
