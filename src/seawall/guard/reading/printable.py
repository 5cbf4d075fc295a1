"""The reading that undoes quoted-printable: single codes and soft line breaks in a sentence.

Source: RFC 2045, section 6.7 (a line that ends with `=` goes on; `=XX` is an octet).
"""

import re
from collections.abc import Iterator

from seawall.guard.contract import View
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known

_SOFT = r"=[ \t]{0,8}\r?\n"
_CODES = re.compile(rf"(?:=[0-9A-Fa-f]{{2}}|{_SOFT})+")
_CODE = re.compile(r"=([0-9A-Fa-f]{2})")
# Beginning where a token does: no part of a text is looked at for each of its characters.
_TOKEN = re.compile(r"(?<!\S)\S*=[0-9A-Fa-f]{2}\S*")
_BREAK = re.compile(rf"(?<![\s=]){_SOFT}(?=[^\s=])")
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
    for match in _BREAK.finditer(text):
        at, end = match.span()
        line = text[max(0, text.rfind("\n", max(0, at - 2 * _MOST), at)) : at]
        head, tail = _HEAD.search(text, max(0, at - _MOST), at), _TAIL.match(text, end, end + _MOST)
        yield " " in line.strip() or known(
            f"{head[0] if head else ''}{tail[0] if tail else ''}".lower()
        )


def _coded(token: str) -> bool:
    """Return whether codes are letters of a word, or a sign of an address."""
    plain = _CODES.sub(lambda match: _text(match[0]) or match[0], token)
    fresh = {*_WORD.findall(plain)}.difference(_WORD.findall(token))
    return (
        any(len(word) >= _LEAST and known(word.lower()) for word in fresh)
        or _ADDRESS.search(plain) is not None
    )


def _undone(text: str) -> Iterator[Piece]:
    for match in _CODES.finditer(text):
        plain = _text(match[0])
        if plain is not None:
            yield (*match.span(), plain)


def _text(codes: str) -> str | None:
    """Return what codes and soft breaks stand for, None where that is no text."""
    data = bytes(int(code, 16) for code in _CODE.findall(codes))
    try:
        plain = data.decode()
    except UnicodeDecodeError:
        plain = data.decode("latin-1")
    return plain if all(c.isprintable() or c in "\t\r\n" for c in plain) else None
