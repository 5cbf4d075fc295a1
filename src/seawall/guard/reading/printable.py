"""The reading that undoes quoted-printable: single codes and soft line breaks in a sentence.

Source: RFC 2045, section 6.7 (a line that ends with `=` goes on; `=XX` is an octet).
"""

import re
from collections.abc import Iterator
from unicodedata import category

from seawall.guard.contract import View
from seawall.guard.reading.codecs import octets
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known

_SOFT = r"=[ \t]*\r?\n"
_CODES = re.compile(rf"(?:=[0-9A-Fa-f]{{2}}|{_SOFT})+")
# Beginning where a token does: no part of a text is looked at for each of its characters. A soft
# break ends none.
_TOKEN = re.compile(r"(?<!\S)[^\s=]*(?:=(?:[ \t]*\r?\n)?[^\s=]*)+")
_BREAK = re.compile(rf"(?<!=){_SOFT}(?=[^\s=]|=[0-9A-Fa-f]{{2}})")
# From the beginning of a word: a long one is looked at once.
_BLANK = re.compile(
    r"(?<![^\W\d_])([^\W\d_]++)=(?:20|09|A0|C2=A0|(?:0D=)?0A)([^\W\d_]+)", re.IGNORECASE
)
_HEAD, _TAIL, _WORD = re.compile(r"[^\W\d_]*\Z"), re.compile(r"[^\W\d_]*"), re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"\w@[\w-]+\.\w")
# Shorter words come of chance; no word is longer than this.
_LEAST, _MOST = 4, 40


def printable(view: View) -> View | None:
    """Return the text with its codes and soft breaks undone, None where it shows no such thing."""
    text = view.text
    if not (any(_breaks(text)) or any(map(_coded, _TOKEN.findall(text)))):
        return None
    pieces = list(_undone(text))
    return passages(view, child_kind(view, "quoted-printable"), pieces) if pieces else None


def _breaks(text: str) -> Iterator[bool]:
    """Yield whether a line that ends with `=` goes on: it has words, or its last one is cut."""
    spaced = 0
    for match in _BREAK.finditer(text):
        at, end = match.span()
        line = text[max(0, text.rfind("\n", max(0, at - 2 * _MOST), at)) : at]
        if line[-1:].isspace():
            # Between words it may be code that goes on, where little stands before it.
            spaced += 1
            yield len(line.split()) >= _LEAST or spaced >= _LEAST
            continue
        head, tail = _HEAD.search(text, max(0, at - _MOST), at), _TAIL.match(text, end, end + _MOST)
        yield " " in line.strip() or known(
            f"{head[0] if head else ''}{tail[0] if tail else ''}".lower()
        )


def _coded(token: str) -> bool:
    """Return whether codes are letters of a word, or a sign of an address."""
    plain = _CODES.sub(lambda match: _text(match[0]) or match[0], token)
    if not plain.isascii():
        plain = "".join([c for c in plain if category(c) != "Cf"])
    fresh = {*_WORD.findall(plain)}.difference(_WORD.findall(token))
    return (
        any(len(word) >= _LEAST and known(word.lower()) for word in fresh)
        or any(map(_parted, _BLANK.finditer(token)))
        or _ADDRESS.search(plain) is not None
    )


def _parted(match: re.Match[str]) -> bool:
    """Return whether a code of white space stands between two words."""
    return max(map(len, match.groups())) >= _LEAST and all(
        known(word.lower()) for word in match.groups()
    )


def _undone(text: str) -> Iterator[Piece]:
    for match in _CODES.finditer(text):
        plain = _text(match[0])
        if plain is not None:
            yield (*match.span(), plain)


def _text(codes: str) -> str | None:
    """Return what codes and soft breaks stand for, None where that is no text.

    What does not show (blanks of all kinds, soft hyphens, marks without a width) is text.
    """
    data = octets(codes)
    try:
        plain = data.decode()
    except UnicodeDecodeError:
        plain = data.decode("latin-1")
    shown = (c.isprintable() or c.isspace() or category(c) == "Cf" for c in plain)
    return plain if all(shown) else None
