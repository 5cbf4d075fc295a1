"""Readings of spelt texts: spelling alphabets, letters as numbers, taught alphabets, Pig Latin."""

import re
from collections.abc import Iterator, Set
from itertools import chain, islice

from seawall.guard.contract import View
from seawall.guard.reading.codecs import text_of
from seawall.guard.reading.mapped import Piece, child_kind, passages, whole
from seawall.guard.reading.vocabulary import known, plausible, ranks, segment

_LETTER_WORDS = [
    "alfa",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "x-ray",
    "yankee",
    "zulu",
    "alpha",
    "juliet",
    "whisky",
    "xray",
]
_NUMBERS = "zero one two three four five six seven eight nine".split()  # noqa: SIM905 - words
_SPELT = {word: word[0] for word in _LETTER_WORDS} | {
    word: str(number) for number, word in enumerate(_NUMBERS)
}
_ONE = rf"\b(?:{'|'.join(_LETTER_WORDS)})\b"
# Signs may stand between: words are parted by a slash, a bar, a line or wider space.
_RADIO = re.compile(
    rf"{_ONE}(?:[\s/|,.;:\-]{{1,4}}(?:[\"'!?()@_]{{1,2}}[\s/|]{{1,4}})?"
    rf"(?:{_ONE}|\b(?:{'|'.join(_NUMBERS)})\b)){{7,}}",
    re.IGNORECASE,
)
_APART = re.compile(r"\s*[/|\n]\s*|\s{2,}")
_TOKEN = re.compile(r"x-ray|[^\W\d_]+|[\"'!?()@_]", re.IGNORECASE)

_PLACE = r"(?:2[0-6]|1\d|[1-9])"
# Beginning with its digit: the search then looks at nothing else.
_PLACES = re.compile(
    rf"[1-9](?<![\w.\-].)(?:(?<=1)\d|(?<=2)[0-6])?(?:[\-.]{_PLACE})+(?![\w\-])(?!\.\d)"
)
_LEAST_PLACED = 4

_BETWEEN_PLACES, _LONG_WORD = re.compile(r"[\-.]"), re.compile(r"[a-z]{3,}")
_PAIR = re.compile(r"(?<!\w)([A-Za-z]) ?(?:=|->|=>|→|:|is) ?([A-Za-z])(?!\w)")
_LEAST_PAIRS = 16
# So far pairs of one alphabet may stand apart; so many alphabets are tried.
_NEAR_PAIRS, _LESSONS = 8, 4

_PIG = re.compile(r"(?<![\w\-])([A-Za-z]{0,30})(-?)([A-Za-z]{0,5}?)[aA][yY](?!\w)")
_LEAST_PIGS = 4
_NO_RANK = 1 << 30

GATES = {
    "radio": rf"(?:{'|'.join(_LETTER_WORDS)})\b[\s/|,.;:\-]{{1,4}}(?:{'|'.join(_LETTER_WORDS)})\b",
    "places": r"\b[12]?\d[\-.][12]?\d[\-.][12]?\d",
    "lesson": r"\b[a-z] ?(?:[=→:]|->|=>|is) ?[a-z]\b\W{1,4}[a-z] ?(?:[=→:]|->|=>|is) ?[a-z]\b",
    "pig-latin": r"-ay",
}


def may_be(gates: Set[str], unknown: Set[str]) -> bool:
    """Return whether `spelt` may say anything."""
    if not gates.isdisjoint(GATES):
        return True
    return sum([word[-2:] == "ay" for word in unknown]) >= _LEAST_PIGS


def spelt(view: View, gates: Set[str], unknown: Set[str]) -> Iterator[View]:
    """Yield what spelt words say; `unknown`: the text's words that are not common."""
    if "radio" in gates:
        found = [(*match.span(), _said(match[0])) for match in _RADIO.finditer(view.text)]
        yield from _pieces(view, "radio", found)
    if "places" in gates:
        yield from _pieces(view, "places", _placed(view.text))
    if "lesson" in gates:
        yield from _taught(view)
    if "pig-latin" in gates or sum([word[-2:] == "ay" for word in unknown]) >= _LEAST_PIGS:
        yield from _pieces(view, "pig-latin", _pigs(view.text))


def _pieces(view: View, kind: str, pieces: list[Piece]) -> Iterator[View]:
    if pieces:
        yield passages(view, child_kind(view, kind), pieces)


def _said(run: str) -> str:
    """Return the letters of a run of spelling words; unparted ones are cut into common words."""
    words = [
        "".join(_SPELT.get(token.lower(), token) for token in _TOKEN.findall(word))
        for word in _APART.split(run)
    ]
    if len(words) == 1 and words[0].isalpha():
        parts = segment(words[0])
        words = parts if plausible(parts) else words
    return " ".join(words)


def _placed(text: str) -> list[Piece]:
    """Return words in numbers where most of them are common ones; dates and versions are none."""
    found: list[Piece] = []
    for match in _PLACES.finditer(text):
        word = "".join(chr(96 + int(n)) for n in _BETWEEN_PLACES.split(match[0]))
        found.append((*match.span(), word))
    sound = sum(len(word) for _, _, word in found if known(word))
    enough = len(found) >= _LEAST_PLACED and sound * 2 >= sum(len(word) for _, _, word in found)
    return found if enough else []


def _lessons(text: str) -> Iterator[dict[str, str]]:
    """Yield alphabets whose pairs stand close together; of two for a letter the first, the last."""
    row: list[tuple[str, str]] = []
    last = 0
    for match in chain(_PAIR.finditer(text), (None,)):
        if match is None or match.start() - last > _NEAR_PAIRS:
            first = _alphabet(row)
            yield first
            late = _alphabet(row[::-1]) if len(first) < len(row) else first
            if late != first:
                yield late
            row = []
        if match is not None:
            row.append((match[1].lower(), match[2].lower()))
            last = match.end()


def _alphabet(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs without those whose letter, or what it becomes, came before."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for old, new in pairs:
        if old not in found and new not in taken:
            found[old] = new
            taken.add(new)
    return found


def _taught(view: View) -> Iterator[View]:
    """Undo alphabets that the text teaches, in the direction that gives common words."""
    text = view.text
    lessons = islice((pairs for pairs in _lessons(text) if len(pairs) >= _LEAST_PAIRS), _LESSONS)
    for pairs in lessons:
        for table in ({new: old for old, new in pairs.items()}, pairs):
            signs = {ord(old): new for old, new in table.items()}
            signs |= {ord(old.upper()): new.upper() for old, new in table.items()}
            plain = text.translate(signs)
            words = _LONG_WORD.findall(plain.lower())
            if sum(map(known, words)) * 2 >= len(words) > _LEAST_PLACED:
                yield whole(view, child_kind(view, "taught"), plain, tuple(range(len(text) + 1)))


def _pigs(text: str) -> list[Piece]:
    """Return words put right; the cut is where a common word comes out."""
    found: list[Piece] = []
    sound = 0
    for match in _PIG.finditer(text):
        word, good = _unpigged(match[1].lower(), match[2], match[3].lower())
        if word and not known(match[0].lower()):
            found.append((*match.span(), word))
            sound += good
    return found if sound >= _LEAST_PIGS and sound * 2 >= len(found) else []


def _unpigged(stem: str, cut: str, start: str) -> tuple[str, bool]:
    """Return the word, and whether it is common. Without a cut the commonest one is taken."""
    together = stem + start
    bare = start in ("w", "y", "h") or not cut
    tried = [start + stem] if cut else [together[-n:] + together[:-n] for n in range(1, 5)]
    if bare and together[-1:] in ("w", "y", "h"):
        tried.append(together[:-1])
    return min(tried, key=lambda word: ranks().get(word, _NO_RANK)), any(map(known, tried))


_BLOCKS = re.compile(r"[\u2800-\u28ff]{8,}|[\ue000-\uf8ff]{8,}|[\U0001f000-\U0001faff]{8,}")


def bytes_of_signs(view: View, signs: Set[str]) -> View | None:
    """Return runs of pictographs, dots or private signs as the bytes that their last octets spell.

    `signs`: the text's characters beyond ASCII. Only printable ASCII counts: emoji spell none.
    """
    if len(_SIGN.findall("".join(signs))) < _LEAST_KINDS:
        return None
    pieces: list[Piece] = []
    for match in _BLOCKS.finditer(view.text):
        text = text_of(bytes(ord(sign) & 0xFF for sign in match[0]))
        if text is not None and text.isascii() and text.replace("\n", " ").isprintable():
            pieces.append((*match.span(), text))
    return passages(view, child_kind(view, "byte-signs"), pieces) if pieces else None


_SIGN = re.compile(r"[\u2800-\u28ff\ue000-\uf8ff\U0001f000-\U0001faff]")
_LEAST_KINDS = 4
