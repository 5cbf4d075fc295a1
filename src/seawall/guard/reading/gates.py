"""One cheap pass that says which readings could change a text at all."""

import re
from functools import cache

import msgspec

from seawall.guard.contract import Pattern
from seawall.guard.patterns import PatternSet
from seawall.guard.reading.vocabulary import words

# Each gate opens on everything its reader could act on, and on some texts it can't.
_PARTS = "part|piece|chunk|fragment|segment|string|word|token|teil|stück|partie|morceau|parte|trozo"
GATES = {
    "base64": r"[a-z][A-Z0-9]|[0-9+/_\-][A-Za-z]|[A-Z]{2}[a-z]",
    "base32": r"[A-Z2-7]{16,}|[a-z2-7]{16,}",
    "hex": r"\\x[0-9a-f]{2}|0x[0-9a-f]{2}|[0-9a-f]{12,}|(?:\b[0-9a-f]{2}[ :\-,]?\s?){3}",
    "binary": r"[01]{7}",
    "morse": r"[.\-·•−–—_]{1,7}[ /|\n]+[.\-·•−–—_]{1,7}[ /|\n]+[.\-·•−–—_]",
    "codes": r"\d{2,3}[ ,;]{1,2}\d{2,3}[ ,;]{1,2}\d{2,3}|chr\(",
    "octal": r"\\[0-7]{2,3}\\",
    "code-points": r"U\+[0-9a-f]{4}",
    "quoted-printable": r"=[0-9a-f]{2}=[0-9a-f]{2}",
    "ascii85": r"<~",
    "escapes": r"%[0-9a-f]{2}|&[#a-z]|\\u",
    "glue": r"[\"'`”][\s+&|.,;\\]{0,12}[\"'`“]|(?:=|:|\bis)\s{0,3}[\"'“]|(?:"
    + _PARTS
    + r"|pezzo|deel|"
    r"część|bölüm)\s*(?:no\.?\s*)?#?\s*(?:\d|[A-H]\b|one)|(?:^|\n)\W{0,6}(?:\d{1,3}|[a-h])\s?[:.)=\]\-]",
    "strings": r"[\"']\s{0,8}:\s{0,8}(?:[\"'\[{\d\-]|true|false|null|none)|^\s{0,80}(?:\[\s{0,80})?\"",
    "leet": r"[A-Za-z][0-9@$|!+(€£¡<{]+[A-Za-z]|[0-9@$|!+(€£¡][A-Za-z]|[A-Za-z][0-9]",
    "markup": r"[A-Za-z][<*~`\\]",
    "spaced": r"\b\w[ \x{a0}.\-_*|·•/,+\n]\w[ \x{a0}.\-_*|·•/,+\n]{1,6}\w\b|\b\w_\w_\w",
    "parted": r"[A-Za-z]{11,}|[A-Za-z][_\-.+/|][A-Za-z]{1,40}[_\-.+/|][A-Za-z]",
    "rot47": r"[^\w\s.,;:!?'\"()\-]\w{0,3}[^\w\s.,;:!?'\"()\-]",
    "word-order": r"revers|backward|last to first|right to left|from the end|rückwärts|umgekehrt|"
    r"à l'envers|au rev|al rev|al contrario|ao contr|achterstevoren|wstecz|\bters",
}


_EXACT = frozenset({"base64", "base32", "leet", "markup", "parted"})
_WORD = re.compile(r"[^\W\d_]+")


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """What a text shows at a glance: open gates, and its words that are not common (lower case)."""

    gates: frozenset[str]
    unknown: frozenset[str]


@cache
def _set() -> PatternSet:
    return PatternSet(
        ("reading", Pattern(name=name, expression=expression, case_sensitive=name in _EXACT))
        for name, expression in GATES.items()
    )


def signs(text: str) -> Signs:
    """Return what the text shows at a glance; one pass over it."""
    seen = frozenset(_WORD.findall(text.lower()))
    return Signs(gates=_set().candidates(text), unknown=seen - words())
