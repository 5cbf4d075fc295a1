"""Credentials: keys of known services, private keys, passwords beside their names."""

import re

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Hit, Pattern, Subject, View
from seawall.guard.reading import vocabulary
from seawall.guard.recognizers import (
    secret_clouds,
    secret_columns,
    secret_named,
    secret_notations,
    secret_services,
)
from seawall.guard.recognizers.secret_formats import SecretFormat
from seawall.guard.recognizers.secret_values import entropy, placeholder, readable

_FORMATS: tuple[SecretFormat, ...] = (
    *secret_notations.STRUCTURES,
    *secret_clouds.MODELS,
    *secret_clouds.CLOUDS,
    *secret_clouds.DEVELOPMENT,
    *secret_services.MESSAGING,
    *secret_services.COMMERCE,
    *secret_services.OFFICE,
)
_BY_RULE = {f"{f.label}#{i}": f for i, f in enumerate(_FORMATS)}
# Rule -> label, expression, what finds the value in a match.
_NOTATIONS = {
    "assignment": ("assignment", secret_notations.ASSIGNMENT, secret_notations.assigned),
    "header": ("authorization", secret_notations.HEADER, secret_notations.header),
    "markup": ("assignment", secret_notations.MARKUP, secret_notations.marked_up),
    "curl": ("authorization", secret_notations.CURL, secret_notations.command),
    "option": ("assignment", secret_notations.OPTION, secret_notations.command),
    "connection": ("connection-string", secret_notations.CONNECTION, secret_notations.connection),
}
# RE2 has no look-ahead: an expression takes the signs around a value with it.
_BEFORE = " \t\r\n\"'`=:>([{,"
_AFTER = " \t\r\n\"'`,;.)]}>&"
_READINGS_BY_CHANCE = ("reversed", "rot13", "leet", "morse", "joined")
# What lock files and pages call a checksum; what a page hands out to everybody.
_CHECKSUM = re.compile(
    r"(?:sha256-|sha384-|sha512-|base64,|(?:csrf|xsrf|integrity|checksum|digest)\W?\w{0,10}\W{1,3})$",
    re.IGNORECASE,
)
# Only their length tells them from other bytes.
_SHAPES = frozenset({"azure-key"})
# What a path says beside random letters.
_IN_PATH = re.compile(r"/([A-Za-z][a-z]{4,20})(?=[/\W]|$)")
_DASHES = "-----BEGIN "
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{12,}")
_CUT_BODY = re.compile(
    r"(?:[\s\"'+,]|\\[nr]|(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash):[^\n]{0,80}+){0,40}+"
    r"(?=[A-Za-z0-9+/=]{16})[A-Za-z0-9+/=]++(?:(?:[\s\"']|\\[nr]){1,8}+[A-Za-z0-9+/=]{16,}+)*+"
)
_MASKED = ("###", "***", "-###", "-***")


def _formatted(known: SecretFormat, view: View, hit: Hit) -> tuple[int, int] | None:
    text = view.text[hit.start : hit.end]
    start = hit.start + len(text) - len(text.lstrip(_BEFORE))
    value = text.strip(_BEFORE + _AFTER)
    if _CHECKSUM.search(view.text[max(0, start - 30) : start]):
        return None
    if view.text.startswith(_MASKED, hit.end):
        return None
    if known.label == "private-key":
        return _private_key(view.text, hit, hit.start + len(text.rstrip(_AFTER)))
    if known.label == "aws-secret-key" and any(map(_known, _IN_PATH.findall(value[-41:]))):
        return None
    # A row of A in front is no filler: tokens that hold a number begin with one.
    if entropy(value) < known.entropy or placeholder(value.lstrip("A")) or readable(value):
        return None
    return start, hit.start + len(text.rstrip(_AFTER))


def _known(word: str) -> bool:
    return vocabulary.known(word.lower())


def _private_key(text: str, hit: Hit, end: int) -> tuple[int, int] | None:
    """Return the range of a key, also of one that is cut off; a header alone is none."""
    if _KEY_BODY.search(text, hit.start + len(_DASHES), end):
        return hit.start, end
    cut = _CUT_BODY.match(text, end)
    return (hit.start, cut.end()) if cut else None


class Secrets:
    """Finds credentials by their public formats, and by name and value."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the vendors' formats (case-sensitive), the services' names and the notations."""
        return (
            *(
                Pattern(name=name, expression=f.expression, case_sensitive=True)
                for name, f in _BY_RULE.items()
            ),
            Pattern(name="named", expression=secret_named.EXPRESSION),
            Pattern(name="column", expression=secret_columns.EXPRESSION),
            *(Pattern(name=n, expression=e) for n, (_, e, _) in _NOTATIONS.items()),
        )

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part; findings carry the kind of credential as label."""
        findings: list[Finding] = []
        for hit in subject.hits:
            view = subject.views[hit.view]
            known = _BY_RULE.get(hit.rule)
            if known is not None and subject.part.opaque and known.label in _SHAPES:
                continue
            if known is not None:
                span = _formatted(known, view, hit)
                if span is not None:
                    findings.append(finding(self.id, known.label, view, *span, score=known.score))
            elif not any(kind in view.kind for kind in _READINGS_BY_CHANCE):
                findings += self._beside_a_name(view, hit)
        return verdict(self.id, findings)

    def _beside_a_name(self, view: View, hit: Hit) -> list[Finding]:
        if hit.rule == "named":
            values = secret_named.values(view.text, hit.start, hit.end)
            return [finding(self.id, label, view, s, e, score=0.9) for label, s, e in values]
        if hit.rule == "column":
            cells = secret_columns.values(view.text, hit.start, hit.end)
            return [finding(self.id, "assignment", view, s, e, score=0.8) for s, e in cells]
        label, _, value_in = _NOTATIONS[hit.rule]
        span = value_in(view.text, hit.start, hit.end)
        return [] if span is None else [finding(self.id, label, view, *span, score=0.8)]


def build(card: Card) -> Detector:
    """Return the detector."""
    return Secrets(card)
