"""Values that a line end cuts in two, and addresses whose signs are written as words."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from seawall.guard.contract import Hit, Pattern, View
from seawall.guard.patterns import compiled
from seawall.guard.reading.mapped import Piece, joined, passages

# How a text goes on in the next line: a soft break, blanks, marks of quoted lines and comments.
_LINE_END = r"=?[ \t]{0,3}\r?\n[ \t>|#*/]{0,8}"
_SIGNS_OF = r"[\-./():]{0,2}"
_DIGITS = (
    rf"(?:[0-9]{{2}}|\+[0-9]){_SIGNS_OF}{_LINE_END}{_SIGNS_OF}[0-9A-Z]{{2}}"
    rf"|[A-Z]{{2}}{_SIGNS_OF}{_LINE_END}{_SIGNS_OF}[0-9]{{2}}"
)
# A domain that has its dot is whole, unless a soft break says that it goes on.
_ADDRESS = (
    rf"@(?:[a-z0-9\-]{{0,63}}|[a-z0-9.\-]{{1,63}}[.=\-]){_LINE_END}[a-z0-9.\-]"
    rf"|[a-z0-9._%+\-]{_LINE_END}@[a-z0-9]"
    rf"|[a-z0-9][_+\-]{_LINE_END}[a-z0-9][a-z0-9._+\-]{{0,63}}@"
)
_OPEN, _CLOSE = r"\s{0,2}[\[({<]\s?", r"\s?[\])}>]\s{0,2}"
_AT = r"at|ät|@|arroba|arobase|chiocciola|apenstaartje|małpa|klammeraffe"
_DOT = r"dot|punkt|punto|point|punt|ponto|kropka|\."
_AT_SIGN = rf"(?:{_OPEN}(?:{_AT}){_CLOSE}|\s{{1,2}}(?:{_AT})\s{{1,2}}|@)"
_DOT_SIGN = rf"(?:{_OPEN}(?:{_DOT}){_CLOSE}|\s{{1,2}}(?:{_DOT})\s{{1,2}}|\.)"
_LABEL = r"[a-z0-9][a-z0-9\-]{0,62}"
_END = (
    r"(?:com|org|net|edu|gov|info|biz|io|ai|app|dev|example|test|eu|uk|de|fr|es|nl|pl|pt|br|ch|be|se|dk|fi|"
    r"cz|ie|ca|au|nz|jp|cn|ru|ua|tr|mx|ar|cl|co|il|za|hu|ro|gr|sk|hr|lt|lv|ee|lu|it|at|in|no|me|us)\b"
)
_DOT_WORD = rf"(?:{_OPEN}(?:{_DOT}){_CLOSE}|\s{{1,2}}(?:dot|punto|punkt|ponto|point|punt|kropka|\.)\s{{1,2}})"
_LOCAL = rf"[a-z0-9][a-z0-9._%+\-]{{0,63}}(?:{_DOT_WORD}[a-z0-9][a-z0-9._%+\-]{{0,63}}){{0,2}}"
_AT_APART = rf"(?:{_OPEN}(?:{_AT}){_CLOSE}|\s{{1,2}}(?:arroba|arobase|chiocciola|małpa)\s{{1,2}})"
# One sign at least is a word: the one before the domain, or the last dot.
_SPELT = (
    rf"\b{_LOCAL}(?:{_AT_APART}{_LABEL}(?:{_DOT_SIGN}{_LABEL}){{0,3}}{_DOT_SIGN}"
    rf"|{_AT_SIGN}{_LABEL}(?:{_DOT_SIGN}{_LABEL}){{0,3}}{_DOT_WORD}){_END}"
)
# What the shared pass looks for instead: few signs that few other texts have.
_SIGN = (
    r"[\[({<]\s?(?:at|ät|@|dot|punkt|punto|point|punt|ponto|kropka|\.)\s?[\])}>]|"
    r"\b(?:arroba|arobase|chiocciola|małpa)\b|\s(?:(?:dot|punto|punkt|ponto)\s{1,2}[a-z]{2}|\.\s{1,2}(?:com|org|net)\b)"
)
_AROUND = 200
_LINE, _WORDS = "line-end", "spelt-address"
RULES = frozenset((_LINE, _WORDS))
_CUT = re.compile(_LINE_END)
_BRACKETED = re.compile(rf"{_OPEN}(?:{_AT}){_CLOSE}", re.IGNORECASE)
_SIGNS = re.compile(rf"({_OPEN}(?:{_AT}){_CLOSE}|\s+(?:{_AT})\s+|@)|{_DOT_SIGN}", re.IGNORECASE)
# Who visits "us at example dot com" writes to nobody.
_NAMES_NOBODY = (
    "me us you him her them it this that look find visit out site page website online live available "
    "reach contact store shop more here there hosted based docs documentation sold read see found "
    "meet app server blog team home work one"
)
_NO_NAME = frozenset(_NAMES_NOBODY.split())
# A number's piece: figures and what stands between them, capitals of an account's number.
_BEFORE = re.compile(r"(?:[0-9][0-9A-Z \-./():]*|[A-Z]{2}[0-9]{2}[0-9A-Z \-]*)\Z")
_BEHIND = re.compile(
    r"[\-./():]*[0-9A-Z]+(?:[ \-./():]+[0-9][0-9A-Z]*|[ \-][A-Z0-9]{4}(?![^\W_]))*"
)
_ENDS = re.compile(r"[\"'.,;:)\]!?]*(?:\s|\Z)|[\"'<]")
# The next line has a beginning of its own: an item's number, a day, a time.
_OWN = re.compile(r"[0-9]{1,3}[.)][ \t]|(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}:[0-9]{2}")
# An address's piece in front of a line end and behind it, and a domain that is whole.
_HEAD, _TAIL = re.compile(r"[a-z0-9._%+\-@]*\Z", re.I), re.compile(r"[a-z0-9._+\-@]*[a-z0-9]", re.I)
_WHOLE = re.compile(r"@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,24}\Z", re.I)
_KNOWN = re.compile(rf"[a-z0-9]@[a-z0-9.\-]*\.{_END}\Z", re.I)
_NAME_END = re.compile(r"[\s\[({<@]")
_LONGEST_LINE, _LEAST = 48, 2


def patterns() -> tuple[Pattern, ...]:
    """Return the expressions for the shared pass."""
    return (
        Pattern(name=_LINE, expression=rf"{_DIGITS}|(?i:{_ADDRESS})", case_sensitive=True),
        Pattern(name=_WORDS, expression=_SIGN),
    )


@cache
def prepare() -> Any:
    """Return what finds a spelt address whole, compiled: no text waits for that."""
    return compiled(_SPELT, case_sensitive=False)


def mended(view: View, hits: Iterable[Hit]) -> tuple[View, list[tuple[int, int]]] | None:
    """Return what stands around such places with the values put together, and where they stand.

    The places are ranges of the raw text. None where nothing is cut or spelt.
    """
    pieces: list[Piece] = []
    for piece in sorted({*_pieces(view.text, list(hits))}):
        if not pieces or pieces[-1][1] <= piece[0]:
            pieces.append(piece)
    if not pieces:
        return None
    places = sorted(view.raw_span(start, end) for start, end, _ in pieces)
    return passages(view, view.kind, pieces, margin=80), places


def _pieces(text: str, hits: list[Hit]) -> Iterator[Piece]:
    signs = [(max(0, h.start - _AROUND), h.end + _AROUND) for h in hits if h.rule == _WORDS]
    for low, high in joined(sorted(signs)):
        for found in prepare().finditer(text[low:high]):
            yield from _spoken(text, low + found.start(), low + found.end())
    for hit in hits:
        cut = _CUT.search(text, hit.start, hit.end) if hit.rule == _LINE else None
        if cut is None:
            continue
        cuts = _cuts_address if "@" in text[hit.start : hit.end] else _cuts_number
        if cuts(text, *cut.span()):
            yield (*cut.span(), "")


def _cuts_address(text: str, start: int, end: int) -> bool:
    """Return whether a line end cuts an address: neither line holds a whole one, both do."""
    before, behind = _HEAD.search(text, max(0, start - 128), start), _TAIL.match(text, end)
    head, tail = before[0] if before else "", behind[0] if behind else ""
    if _WHOLE.search(head) and tail[:1] != ".":
        return False
    return text[start] == "=" or _KNOWN.search(head + tail) is not None


def _cuts_number(text: str, start: int, end: int) -> bool:
    """Return whether a line end cuts a number: words stand before it, and none right behind."""
    line = text[max(text.rfind("\n", 0, start) + 1, start - _LONGEST_LINE) : start]
    before, behind = _BEFORE.search(line), _BEHIND.match(text, end)
    if before is None or behind is None or _OWN.match(text, end):
        return False
    if not any(map(str.isalpha, line[: before.start()])) and "+" not in line:
        return False
    enough = min(_figures(before[0]), _figures(behind[0]))
    return enough >= _LEAST and _ENDS.match(text, behind.end()) is not None


def _figures(text: str) -> int:
    return sum(map(str.isalnum, text))


def _spoken(text: str, start: int, end: int) -> Iterator[Piece]:
    """Yield the signs of an address."""
    said = text[start:end]
    name = _NAME_END.split(said, maxsplit=1)[0]
    if name.lower() in _NO_NAME and not _BRACKETED.search(said):
        return
    for sign in _SIGNS.finditer(text, start, end):
        yield (*sign.span(), "@" if sign[1] else ".")
