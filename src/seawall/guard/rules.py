"""The rules of one stage, with what the engine would else work out for every part again."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import msgspec

from seawall.core.errors import InputError
from seawall.core.exchange import Stage
from seawall.core.verdicts import Finding
from seawall.guard import cards
from seawall.policy.depth import Depth, deepest
from seawall.policy.fitting import rule_problems
from seawall.policy.model import GuardRule

if TYPE_CHECKING:  # it brings numpy, which only some detectors need
    from seawall.guard.registered.index import Index


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one detector, in the policy's order: the first that a finding meets decides.

    `views`, `by_hits`: as its card says; `depth`: the deepest that a rule wants; `costly`: as the
    card says, where that is the full one. The rest is what the rules give the detector.
    """

    detector: str
    views: str
    by_hits: bool
    costly: bool
    depth: Depth
    rules: tuple[GuardRule, ...]
    hosts: tuple[str, ...]
    registered: "tuple[Index, ...]"
    answer_schema: dict[str, Any] | None
    least: float

    def met(self, finding: Finding) -> GuardRule | None:
        """Return the rule that a finding meets."""
        return next((rule for rule in self.rules if _counts(finding, rule)), None)


class StageRules:
    """The rules that name one stage, in the policy's order, and by detector: costly ones last.

    `detectors`: their ids. `compares`: what surrounds a part counts too. `readers`: groups that
    look at more than hits.
    """

    def __init__(self, groups: Iterable[Group], rules: Iterable[GuardRule]) -> None:
        self.rules = tuple(rules)
        self.groups = tuple(groups)
        self.detectors = frozenset(group.detector for group in self.groups)
        used = [cards.cards()[rule.detector] for rule in self.rules]
        self.compares = any(card.compares for card in used)
        self.readers = tuple(group for group in self.groups if not group.by_hits)

    @classmethod
    def of(cls, rules: Sequence[GuardRule]) -> Self:
        """Gather the rules. Raises InputError for registered texts that cannot be opened."""
        grouped: dict[str, list[GuardRule]] = {}
        for rule in sorted(rules, key=lambda rule: cards.cards()[rule.detector].costly):
            grouped.setdefault(rule.detector, []).append(rule)
        return cls([_group(name, tuple(own)) for name, own in grouped.items()], rules)

    @cached_property
    def quick(self) -> "StageRules":
        """Return the rules of quick detectors alone."""
        return self._those(costly=False)

    @cached_property
    def costly(self) -> "StageRules":
        """Return the rules of costly detectors alone."""
        return self._those(costly=True)

    def _those(self, *, costly: bool) -> "StageRules":
        groups = [group for group in self.groups if group.costly is costly]
        names = {group.detector for group in groups}
        return StageRules(groups, [rule for rule in self.rules if rule.detector in names])


def by_stage(rules: Sequence[GuardRule]) -> dict[Stage, StageRules]:
    """Return the rules of every stage that has some.

    Raises InputError for a rule that does not fit its detector.
    """
    for rule in rules:
        _check(rule)
    named = dict.fromkeys(stage for rule in rules for stage in rule.stages)
    return {s: StageRules.of([rule for rule in rules if s in rule.stages]) for s in named}


def depths_of(stages: Iterable[StageRules]) -> dict[str, frozenset[Depth]]:
    """Return how deep each detector reads, at one stage or another."""
    found: dict[str, set[Depth]] = {}
    for rules in stages:
        for group in rules.groups:
            found.setdefault(group.detector, set()).add(group.depth)
    return {name: frozenset(depths) for name, depths in found.items()}


def _group(detector: str, rules: tuple[GuardRule, ...]) -> Group:
    card = cards.cards()[detector]
    depth = deepest(rule.depth for rule in rules)
    named = dict.fromkeys(rule.registered for rule in rules)
    return Group(
        detector=detector,
        views=card.views,
        by_hits=card.by_hits,
        costly=card.costly and depth == "full",
        depth=depth,
        rules=rules,
        hosts=tuple(dict.fromkeys(host for rule in rules for host in rule.allow_hosts)),
        registered=tuple(index for paths in named for index in _opened(paths)),
        answer_schema=next((r.answer_schema for r in rules if r.answer_schema), None),
        least=min(rule.threshold for rule in rules),
    )


def _opened(paths: tuple[str, ...]) -> "tuple[Index, ...]":
    if not paths:
        return ()
    from seawall.guard.registered import sources

    return sources.open_all(paths)


def _counts(finding: Finding, rule: GuardRule) -> bool:
    return finding.score >= rule.threshold and (not rule.labels or finding.label in rule.labels)


def _check(rule: GuardRule) -> None:
    for _, message, hint in rule_problems(rule, cards.cards()):
        raise InputError(message, hint=hint)
