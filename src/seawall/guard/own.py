"""Own rules in the guard: their detector, their examples, their allow-lists."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import re2

from seawall.core.errors import InputError
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Finding
from seawall.guard import cards
from seawall.guard.contract import Detector, Hit, Subject, View
from seawall.guard.detectors.custom import Custom
from seawall.guard.self_test import part_at
from seawall.guard.views import read
from seawall.policy.model import GuardRule
from seawall.policy.own_checks import check_rules, load_rules
from seawall.policy.own_rules import OWN_DETECTOR, AllowList, OwnGuard, OwnRules

# A longer span is no value; looking it up again and again would cost more than linear time.
_MOST_CHARACTERS = 2_000
_Scan = Callable[[Sequence[View]], dict[str, tuple[Hit, ...]]]


def own_of(given: OwnRules | str | Path | None) -> OwnRules:
    """Return own rules, read from a rules file if it is a path. Raises InputError."""
    known = cards.cards()
    if given is None or isinstance(given, OwnRules):
        return check_rules(given or OwnRules(), known)
    return load_rules(Path(given), known)


def joined(left: OwnRules, right: OwnRules) -> OwnRules:
    """Return the rules of a policy and of a rules file. Raises InputError for an id in both."""
    twice = {rule.id for rule in left.rules} & {rule.id for rule in right.rules}
    if twice:
        raise InputError(
            f"The rule {min(twice)!r} stands in the policy and in the rules file.",
            hint="Rename or remove one.",
        )
    return OwnRules(
        rules=(*left.rules, *right.rules), allow=(*left.allow, *right.allow), guards=right.guards
    )


def with_guards(rules: Sequence[GuardRule], own: OwnRules) -> tuple[GuardRule, ...]:
    """Return the guard's rules and what is done with findings of own ones: by default they block.

    Guards of the rules file come first; rules that name the detector already stay as they are.
    """
    named = any(rule.detector == OWN_DETECTOR for rule in rules)
    if not own.rules or (named and not own.guards):
        return tuple(rules)
    everywhere = OwnGuard(action="block", stages=cards.cards()[OWN_DETECTOR].stages)
    chosen = (
        GuardRule(
            detector=OWN_DETECTOR,
            control=guard.control,
            action=Action(guard.action),
            stages=guard.stages,
            labels=guard.labels,
            threshold=guard.threshold,
        )
        for guard in own.guards or (everywhere,)
    )
    return (*chosen, *rules)


def own_detector(own: OwnRules) -> Custom:
    """Return the detector of own rules. Raises InputError where there are none."""
    if not own.rules:
        raise InputError(
            f"The detector {OWN_DETECTOR} has no rules.", hint="Write some into the section rules."
        )
    return Custom(cards.cards()[OWN_DETECTOR], own.rules)


def check_examples(custom: Detector | None, scan: _Scan) -> None:
    """Try every rule on its own examples. Raises InputError for the first that is judged wrongly.

    A text in `found` must be found by its rule in one of the stages, one in `clean` in none.
    """
    if not isinstance(custom, Custom):
        return
    for rule in custom.rules:
        for wanted, texts in (("found", rule.found), ("clean", rule.clean)):
            for number, text in enumerate(texts, start=1):
                stage = rule.stages[0] if rule.stages else Stage.INPUT
                views = read(text).views
                hits = scan(views).get(OWN_DETECTOR, ())
                subject = Subject(part=part_at(stage, text), views=views, hits=hits)
                seen = any(finding.message == rule.id for finding in custom.judge(subject))
                if seen != (wanted == "found"):
                    said = "is found" if seen else "is not found"
                    raise InputError(
                        f"The rule {rule.id!r}: number {number} of its texts in {wanted} {said}.",
                        hint="Mend the expression, its keywords or its checksum, or the text.",
                    )


class AllowLists:
    """What findings may cover, by detector. Linear in the finding's length."""

    def __init__(self, lists: Iterable[AllowList]) -> None:
        self._by_detector: dict[str, list[_Allowed]] = {}
        for one in lists:
            allowed = _Allowed(one)
            for name in one.detectors:
                self._by_detector.setdefault(name, []).append(allowed)

    def allows(self, finding: Finding, text: str) -> bool:
        """Return whether the raw text of the finding's range is on a list for its detector."""
        lists = self._by_detector.get(finding.detector)
        if lists is None or not 0 < finding.end - finding.start <= _MOST_CHARACTERS:
            return False
        covered = text[finding.start : finding.end].strip()
        return any(one.holds(finding.label, covered) for one in lists)


class _Allowed:
    """One allow-list, compiled."""

    def __init__(self, one: AllowList) -> None:
        self._labels = frozenset(one.labels)
        self._values = frozenset(one.values)
        self._hashes = frozenset(one.hashes)
        self._expressions: list[Any] = [re2.compile(text) for text in one.expressions]

    def holds(self, label: str, covered: str) -> bool:
        if (self._labels and label not in self._labels) or not covered:
            return False
        if covered in self._values:
            return True
        if self._hashes:
            digest = hashlib.sha256(covered.encode("utf-8", "surrogatepass")).hexdigest()
            if digest in self._hashes:
                return True
        return any(one.fullmatch(covered) for one in self._expressions)
