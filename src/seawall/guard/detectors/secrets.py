"""Credentials: keys of known services, private keys, passwords beside their names."""

import math
import re
from collections import Counter

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.recognizers.secret_formats import ASSIGNMENT, FORMATS

_PLACEHOLDER = re.compile(
    r"your|example|sample|placeholder|changeme|change_me|dummy|redacted|x{4,}|\*{3,}|\.{3}|<|\$\{|"
    r"\{\{|insert|replace|todo|null|none|undefined|1234567|abcdef|password|secret_?key|process\.env|"
    r"os\.environ|getenv|must|should|required|incorrect|invalid|forgotten|expired|manager|reset",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[^\s\"'`„“”«»]+$")
# RE2 has no look-ahead: an expression takes the sign behind a value with it.
_AFTER = " \t\r\n\"'`,;.)]}>&"
_GENERIC_ENTROPY = 3.0
_READINGS_BY_CHANCE = ("reversed", "rot13", "leet", "morse", "joined")


def entropy(text: str) -> float:
    """Return the Shannon entropy in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0


def _kinds(text: str) -> int:
    return sum(
        (
            any(c.islower() for c in text),
            any(c.isupper() for c in text),
            any(c.isdigit() for c in text),
            any(not c.isalnum() for c in text),
        )
    )


def plausible_value(value: str) -> bool:
    """Return whether a value beside the word "password" looks like one and not like prose."""
    value = value.rstrip(".!?:")
    if len(value) < 8 or _PLACEHOLDER.search(value):
        return False
    if value.startswith(("http://", "https://", "/", "./", "--")):
        return False
    return (
        _kinds(value) >= 3 and entropy(value) >= _GENERIC_ENTROPY and any(map(str.isdigit, value))
    )


class Secrets:
    """Finds credentials by their public formats, and by name and value."""

    def __init__(self, card: Card) -> None:
        self.id = card.id
        self._formats = {f"{f.label}#{i}": f for i, f in enumerate(FORMATS)}

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the vendors' formats (case-sensitive) and the assignment rule."""
        vendor = tuple(
            Pattern(name=name, expression=f.expression, case_sensitive=True)
            for name, f in self._formats.items()
        )
        return (*vendor, Pattern(name="assignment", expression=ASSIGNMENT))

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part; findings carry the kind of credential as label."""
        findings: list[Finding] = []
        for hit in subject.hits:
            view = subject.views[hit.view]
            text = view.text[hit.start : hit.end]
            if hit.rule == "assignment":
                value = _VALUE.search(text)
                chance = any(kind in view.kind for kind in _READINGS_BY_CHANCE)
                if value and not chance and plausible_value(value.group()):
                    start = hit.start + value.start()
                    findings.append(finding(self.id, "assignment", view, start, hit.end, score=0.8))
                continue
            known = self._formats[hit.rule]
            if entropy(text) >= known.entropy and not re.search(r"x{6,}|\*{3,}|<|your", text, re.I):
                end = hit.start + len(text.rstrip(_AFTER))
                findings.append(
                    finding(self.id, known.label, view, hit.start, end, score=known.score)
                )
        return verdict(self.id, findings)


def build(card: Card) -> Detector:
    """Return the detector."""
    return Secrets(card)
