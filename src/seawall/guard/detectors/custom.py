"""A user's own patterns, in the shared pass; without rules it runs the samples of its card."""

from collections.abc import Sequence
from typing import Any

import re2

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Hit, Pattern, Subject, View
from seawall.guard.recognizers import checks
from seawall.policy.own_rules import OwnRule

NEAR = 60
_MOST_CHECKED = 200
_SAMPLES = (
    OwnRule(id="project", expression=r"\bkestrel[ -]nine\b"),
    OwnRule(
        id="customer-number",
        expression=r"\b\d{4} \d{4} \d{3}\b",
        keywords=("account", "customer"),
        checksum="luhn",
    ),
    OwnRule(id="ticket", expression=r"ticket: (?P<value>TCK-\d{3}-\d{4})\b", case_sensitive=True),
)


def holds(checksum: str, text: str) -> bool:
    """Return whether the check digits of the letters and digits of `text` hold."""
    if not checksum:
        return True
    value = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    if not 2 < len(value) <= _MOST_CHECKED:
        return False
    if checksum == "iban":
        return checks.iban(value)
    if checksum == "mod97":
        return int("".join(str(int(sign, 36)) for sign in value)) % 97 == 1
    return value.isdigit() and (checks.luhn if checksum == "luhn" else checks.verhoeff)(value)


class Custom:
    """Finds what the rules describe. `subject.hits` name the rule by its place in the list."""

    def __init__(self, card: Card, rules: Sequence[OwnRule]) -> None:
        self.id = card.id
        self.rules = tuple(rules)
        self._narrow = [_narrowing(rule) for rule in self.rules]
        self._keywords = [tuple(w.casefold() for w in rule.keywords) for rule in self.rules]

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the rules' expressions for the shared pass."""
        return tuple(
            Pattern(name=str(i), expression=r.expression, case_sensitive=r.case_sensitive)
            for i, r in enumerate(self.rules)
        )

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part; a finding's message is the id of its rule."""
        return verdict(self.id, self.judge(subject))

    def judge(self, subject: Subject) -> list[Finding]:
        """Return a finding for every hit that its rule confirms."""
        found = (self._judged(subject, hit) for hit in subject.hits)
        return [one for one in found if one is not None]

    def _judged(self, subject: Subject, hit: Hit) -> Finding | None:
        index, view = int(hit.rule), subject.views[hit.view]
        rule = self.rules[index]
        if rule.stages and subject.part.stage not in rule.stages:
            return None
        start, end = self._value(index, view.text, hit)
        if not holds(rule.checksum, view.text[start:end]):
            return None
        if not _near(self._keywords[index], view, hit):
            return None
        label = rule.finding_label
        return finding(self.id, label, view, start, end, score=rule.score, why=rule.id)

    def _value(self, index: int, text: str, hit: Hit) -> tuple[int, int]:
        """Return the range of the group `value`, or of the whole match where it took no part."""
        narrow = self._narrow[index]
        if narrow is None:
            return hit.start, hit.end
        # One character around the match is all that \b and its like look at.
        first = max(0, hit.start - 1)
        match = narrow.match(text[first : hit.end + 1], hit.start - first)
        low, high = match.span(narrow.groupindex["value"]) if match else (-1, -1)
        if low < 0 or low == high or first + high > hit.end:
            return hit.start, hit.end
        return first + low, first + high


def _near(keywords: tuple[str, ...], view: View, hit: Hit) -> bool:
    if not keywords:
        return True
    around = view.text[max(0, hit.start - NEAR) : hit.end + NEAR].casefold()
    return any(word in around for word in keywords)


def _narrowing(rule: OwnRule) -> Any:
    """Return the compiled expression of a rule that names the group `value`."""
    options = re2.Options()
    options.case_sensitive = rule.case_sensitive
    options.log_errors = False
    compiled = re2.compile(rule.expression, options)
    return compiled if "value" in compiled.groupindex else None


def build(card: Card) -> Detector:
    """Return the detector with the rules that the card's examples are written for."""
    return Custom(card, _SAMPLES)
