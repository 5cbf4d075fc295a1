"""Readings that undo encodings: of runs inside a text, and escapes all over it."""

import base64
import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate, islice
from operator import itemgetter
from string import ascii_uppercase
from urllib.parse import unquote

from seawall.guard.contract import View
from seawall.guard.reading import codecs, disguised, labelled
from seawall.guard.reading.ciphers import ROT13
from seawall.guard.reading.composed import ATBASH
from seawall.guard.reading.mapped import Piece, child_kind, passages, run, substituted
from seawall.guard.reading.vocabulary import words

# Beyond this many runs of a kind, runs have no view of their own: the text with all of them
# decoded in place still shows every one.
MAX_OWN = 24
_B64 = r"[A-Za-z0-9+/_\-]"
_HEX, _PARTED = r"[0-9A-Fa-f]", r"[ :\-,]?[ \r\n]?(?<=[ :\-,\n])"
_RUNS: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
    (
        "base64",
        re.compile(rf"{_B64}{{12,}}(?:[ \t]*\r?\n[ \t>|#*]{{0,8}}{_B64}{{4,}}(?![^\s=]))*={{0,2}}"),
        codecs.from_base64,
    ),
    ("base32", re.compile(r"\b(?:[A-Z2-7]{16,}|[a-z2-7]{16,})={0,6}"), codecs.from_base32),
    (
        "hex",
        # Beginning with its first sign: the search then looks at nothing else.
        re.compile(
            rf"[\\0-9A-Fa-f](?:(?<=\\)\\{{0,3}}x{_HEX}{{2}}(?:\\{{1,4}}x{_HEX}{{2}}){{3,}}|"
            rf"(?<=0)x{_HEX}{{2}}[ ,\n]*(?:0x{_HEX}{{2}}[ ,\n]*){{3,}}|(?<!\w.)(?<!\\)"
            rf"(?:{_HEX}{_PARTED}(?:{_HEX}{{2}}{_PARTED}){{4,}}{_HEX}{{2}}\b|"
            rf"(?:(?<=0)x{_HEX}{{2}}|{_HEX})(?:{_HEX}{{2}}){{5,}}\b))"
        ),
        codecs.from_hex,
    ),
    (
        "binary",
        re.compile(r"\b(?:[01]{8}[ ,]?){4,}|\b(?:[01]{7,8}[ ,]){4,}[01]{7,8}\b"),
        disguised.either_way(codecs.from_binary),
    ),
    (
        "morse",
        re.compile(r"(?<![^\s/|])[.\-·•−–—_]{1,7}(?:[ /|\n]+[.\-·•−–—_]{1,7}){5,}(?![^\s/|])"),
        disguised.either_way(codecs.from_morse),
    ),
    (
        "codes",
        re.compile(
            r"(?<![\d.,])(?:(?:0o?)?\d{2,3}[ ,;]{1,2}){5,}(?:0o?)?\d{2,3}(?![\d.])|"
            r"(?:chr\(\s*(?:0x[0-9A-Fa-f]+|\d+)\s*\)[\s+.&,|]{0,4}){3,}",
            re.IGNORECASE,
        ),
        disguised.either_way(codecs.from_codes),
    ),
    (
        "hex-signs",
        re.compile(
            rf"(?:(?:&[Hh]|\\x\{{|\\|(?<![A-Za-z0-9])[xX]|[$#]){_HEX}{{2,6}}[}};, ]{{0,2}}){{6,}}|"
            rf"\b(?:{_HEX}{{2}}[hH][ ,]{{1,2}}){{6,}}"
        ),
        codecs.from_signed_hex,
    ),
    ("octal", re.compile(r"(?:\\{1,2}[0-7]{2,3}){4,}"), codecs.from_octal),
    ("code-points", re.compile(r"(?:[Uu]\+[0-9A-Fa-f]{4,6}[\s,]{0,2}){4,}"), codecs.from_code_points),
    ("quoted-printable", re.compile(r"(?:(?:=[0-9A-Fa-f]{2}){3,}(?:=\r?\n)?)+"), codecs.from_quoted_printable),
    ("ascii85", re.compile(r"<~[!-uz\s]{8,}~>"), codecs.from_ascii85),
    ("uuencode", re.compile(r"begin [0-7]{3} [^\n]{1,80}\n(?:[ -`]{1,61}\r?\n)+"), codecs.from_uuencode),
    ("labelled", labelled.RUN, labelled.decoded),
    ("disguised", disguised.RUN, disguised.undone),
)  # fmt: skip


GATED = frozenset(kind for kind, _, _ in _RUNS) | {"base64-pieces"}
"""The gates of encoded runs."""
# What may have been done to a run after it was encoded; the same undoes it. Short runs are words.
_REVERSED = ("reversed", lambda run: run[::-1])
_CIPHERED = (
    ("rot13", lambda run: run.translate(ROT13)),
    ("atbash", lambda run: run.translate(ATBASH)),
)
_TURNS: dict[str, tuple[tuple[str, Callable[[str], str]], ...]] = {
    "base64": (_REVERSED, *_CIPHERED),
    "base32": (_REVERSED, *_CIPHERED),
    "hex": (_REVERSED,),
}
_LEAST_TURNED = 20
# What is no sign of a run; of how many signs one holds a byte's first bits, and is which in ASCII.
_HEADS = {
    "base64": (re.compile(r"[^A-Za-z0-9+/_\-]+"), 4, frozenset(ascii_uppercase + "abcdef")),
    "base32": (re.compile(r"[^A-Za-z2-7]+"), 8, frozenset("ABCDEFGHIJKLMNOPabcdefghijklmnop")),
    "hex": (re.compile(r"[^0-9A-Fa-f]+"), 2, frozenset("0234567")),
}


def _turned(kind: str, raw: str, decode: Callable[[str], str | None]) -> Iterator[tuple[str, str]]:
    """Yield (what was done to an encoded run, its text) for a run that says nothing as it stands."""
    for name, turn in _TURNS[kind]:
        run = turn(raw)
        text = decode(run) if _may_be_ascii(kind, run) else None
        if text is not None:
            yield name, text


def _may_be_ascii(kind: str, run: str) -> bool:
    """Say whether a run can be text in ASCII; nearly none of what means nothing can. Quick."""
    other, size, heads = _HEADS[kind]
    signs = run if run.isalnum() else other.sub("", run)
    for at in range(size):  # noqa: SIM110 - a generator takes longer than what it would do
        if heads.issuperset(signs[at::size]):
            return True
    return False


def runs(view: View, gates: frozenset[str]) -> Iterator[View]:
    """Yield the decoded readings of encoded runs, and the text with all of a kind in place."""
    for kind, pattern, decode in _RUNS:
        if kind not in gates:
            continue
        pieces = _dumps(view.text) if kind == "hex" else []
        dumped = [*pieces]
        turned: dict[str, list[Piece]] = {}
        for match in _base64(view.text) if kind == "base64" else pattern.finditer(view.text):
            if _inside(match.start(), dumped):
                continue
            text = decode(match.group())
            if text is not None:
                pieces.append((*match.span(), text))
                continue
            if kind not in _TURNS or match.end() - match.start() < _LEAST_TURNED:
                continue
            for name, text in _turned(kind, match.group(), decode):
                turned.setdefault(name, []).append((*match.span(), text))
        pieces.sort(key=itemgetter(0))
        yield from _shown(view, kind, pieces)
        for name, others in turned.items():
            yield from _shown(view, f"{kind}-{name}", others)
    if "base64-pieces" in gates:
        yield from _shown(view, "base64", _series(view.text))


_BASE64, _LEAST_BASE64 = _RUNS[0][1], b"a" * 12
_SAME = bytes(0x61 if re.match(_B64, chr(code)) else 0x20 for code in range(256))


def _base64(text: str) -> Iterator[re.Match[str]]:
    """Yield what the expression finds; so many of its signs in a row are sooner found as bytes."""
    signs = text.encode("latin-1", "replace").translate(_SAME)
    at = signs.find(_LEAST_BASE64)
    while at >= 0:
        match = _BASE64.match(text, at)
        if match is not None:
            yield match
        at = signs.find(_LEAST_BASE64, match.end() if match else at + 1)


def _inside(at: int, pieces: list[Piece]) -> bool:
    """Return whether a place lies in one of the pieces, which are in order and apart."""
    before = bisect_right(pieces, at, key=itemgetter(0))
    return before > 0 and at < pieces[before - 1][1]


# A line of a dump: an offset, octets, and what they spell; a dump is a few lines in a row.
_DUMP = re.compile(
    r"(?m)(?:^[ \t>]{0,8}[0-9A-Fa-f]{4,16}:?[ \t]{1,4}(?:[0-9A-Fa-f]{2}){1,8}"
    r"(?:[ \t][^\n]{0,120})?(?:\n|\Z)){2,}"
)
_OCTETS = re.compile(
    r"[ \t>]{0,8}[0-9A-Fa-f]{4,16}:?[ \t]{1,4}"
    r"((?:(?:[0-9A-Fa-f]{2}){1,8}[ \t]{1,3}){0,31}(?:[0-9A-Fa-f]{2}){1,8})(?![^\s|])"
)
_MOST_OCTETS = 32


def _dumps(text: str) -> list[Piece]:
    """Return dumps of octets as what they spell, without the offsets and letters beside them."""
    found: list[Piece] = []
    for match in _DUMP.finditer(text):
        lines = [_OCTETS.match(line) for line in match.group().splitlines()]
        octets = ["".join(line[1].split())[:_MOST_OCTETS] for line in lines if line]
        plain = codecs.from_hex(" ".join(octets)) if len(octets) == len(lines) else None
        if plain is not None:
            found.append((*match.span(), plain))
    return found


def _shown(view: View, kind: str, pieces: list[Piece]) -> Iterator[View]:
    name = child_kind(view, kind)
    for start, end, text in pieces[:MAX_OWN]:
        yield run(view, name, text, start, end)
    grown = sum([len(text) for _, _, text in pieces]) > _ROOM + _MOST_GROWTH * len(view.text)
    if grown or any(isinstance(text, codecs.Beginning) for _, _, text in pieces):
        yield View(kind="cut", text="")
    if len(pieces) > 1 and not grown:
        yield passages(view, name, pieces, atomic=True)


# What runs hold may be so much longer than the text they stand in: compressed ones can be.
_ROOM, _MOST_GROWTH = 64_000, 4
_LEAST_HUMPS = 2
_HUMPS = re.compile(r"[a-z][A-Z]\S{0,76}\s|[a-z][A-Z]\S{0,76}=")
# In brackets: a split then gives what parts the tokens too, so that lengths say where they stand.
_TOKEN = re.compile(rf"({_B64}{{2,}}={{0,2}})")
_BETWEEN = re.compile(r"[\s>|\"',;+*.\-]{1,12}")


def _series(text: str) -> list[Piece]:
    """Return base64 in small pieces: groups of four, or each word encoded by itself."""
    if sum(1 for _ in islice(_HUMPS.finditer(text), _LEAST_HUMPS)) < _LEAST_HUMPS:
        return []
    parts, ranked = _TOKEN.split(text), words()
    tokens, behind = parts[1::2], parts[2::2]
    usual = {w for w in {*tokens} if (w.islower() or w.istitle()) and w.lower() in ranked}
    plain = bytes(map(usual.__contains__, tokens))
    found: list[tuple[int, int, str]] = []
    near = _Near()
    for row in _ROWS.finditer(plain):
        first = row.start()
        for at in range(first + 1, row.end() + 1):
            if at < row.end() and near[behind[at - 1]]:
                continue
            if (shown := _undone(tokens[first:at])) is not None:
                found.append((first, at, shown))
            first = at
    if not found:
        return []
    ends = list(accumulate(map(len, parts)))
    return [(ends[2 * first], ends[2 * at - 1], shown) for first, at, shown in found]


class _Near(dict[str, bool]):
    """Whether what stands between two words leaves them in one series."""

    def __missing__(self, between: str) -> bool:
        near = self[between] = _BETWEEN.fullmatch(between) is not None
        return near


# So many words in a row, none of them (0) a common one as it is usually written (1).
_LEAST_SERIES = 3
_ROWS = re.compile(rb"\0{%d,}" % _LEAST_SERIES)


def _undone(series: list[str]) -> str | None:
    if len(series) < _LEAST_SERIES:
        return None
    each = [_one(word) for word in series]
    joined = codecs.from_base64("".join(word.rstrip("=") for word in series))
    apart = " ".join(filter(None, each)) if sum(map(bool, each)) * 3 >= len(each) * 2 else None
    text = apart if apart and any(word.endswith("=") for word in series) else joined or apart
    return text or None


def _one(word: str) -> str | None:
    return codecs.from_base64(word) or (_shortly(word) if len(word) <= _BRIEF else _short(word))


# Longer words come too seldom to be remembered.
_BRIEF = 64


@lru_cache(maxsize=8192)
def _shortly(word: str) -> str | None:
    return _short(word)


def _short(word: str) -> str | None:
    """Decode a word of one or two base64 groups, too short to be judged by itself."""
    padded = codecs.from_base64(word + "ICAgIA" if len(word) % 4 == 0 else word)
    if padded is not None:
        return padded.rstrip()
    body = word.rstrip("=")
    try:
        data = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except ValueError:
        return None
    return data.decode("ascii") if data.isalpha() else None


_URL = re.compile(r"%[0-9A-Fa-f]{2}")
_URL_RUN = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,24};)")
# Eight digits stand behind a capital only: "\\u0078D6fd" is an x, then D6fd.
_ESCAPE = re.compile(
    r"\\{1,4}(?:[uU]\{([0-9A-Fa-f]{2,6})\}|U(00[01][0-9A-Fa-f]{5})|[uU]([0-9A-Fa-f]{4}))|"
    r"%[uU]([0-9A-Fa-f]{4})"
)
# Escapes of what is not shown, of white space between words, and characters by name.
_SHORT_ESCAPE = re.compile(
    r"\\(?:x00|0(?![0-9]))|(?<=\w)\\[nrt](?=\w)|\\N\{([A-Z][A-Z0-9 \-]{0,80})\}"
)
_LEAST_ESCAPES = 4


def _in_place(
    view: View, kind: str, pattern: re.Pattern[str], undo: Callable[[re.Match[str]], str | None]
) -> View | None:
    return substituted(view, child_kind(view, kind), pattern, undo)


def _character(match: re.Match[str]) -> str | None:
    code = int(next(filter(None, match.groups())), 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else None


def _named(match: re.Match[str]) -> str | None:
    """Return a character by its name, white space for its escape, nothing for what is not shown."""
    if match[1]:
        try:
            return unicodedata.lookup(match[1])
        except KeyError:
            return None
    return "" if match.group()[1] in "x0" else "\n" if match.group()[1] == "n" else " "


def escapes(view: View) -> Iterator[View]:
    """Yield the text with URL escapes, HTML entities or Unicode escapes undone."""
    text = view.text
    changed: list[View | None] = []
    if "%" in text and len(_URL.findall(text)) >= 3:
        undo = _in_place(view, "url", _URL_RUN, lambda m: unquote(m.group(), errors="replace"))
        changed.append(undo)
    if "&" in text:
        changed.append(_in_place(view, "html", _ENTITY, lambda m: html.unescape(m.group())))
    if "\\" in text or "%u" in text or "%U" in text:
        changed.append(_in_place(view, "escapes", _ESCAPE, _character))
    if text.count("\\") >= _LEAST_ESCAPES and len(_SHORT_ESCAPE.findall(text)) >= _LEAST_ESCAPES:
        changed.append(_in_place(view, "escapes", _SHORT_ESCAPE, _named))
    yield from filter(None, changed)
