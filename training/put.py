"""One text put into another, where a sentence of it ends."""

import json
import random
import re

# Where a sentence ends.
PLACE = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[.!?])(?=\")")
_JOINTS = (" ", " ", "\n", "\n\n")
# A longer text that is a value of JSON, without the quote at its end.
_VALUE = re.compile(r'"(?:[^"\\]|\\.){8,}(?="\s*[,}\]])')


def fits(text: str, sizes: tuple[int, int]) -> bool:
    """Return whether a text has from so many to so many characters, without the blanks around."""
    return sizes[0] <= len(text.strip()) <= sizes[1]


def put(sentence: str, text: str, rng: random.Random) -> str:
    """Return a text with a sentence at its start, its end or, mostly, between two of its own."""
    places = [match.span() for match in PLACE.finditer(text)]
    if not places or rng.random() < 0.25:
        pair = (sentence, text) if rng.random() < 0.4 else (text, sentence)
        return rng.choice(_JOINTS).join(pair)
    start, end = rng.choice(places)
    gap = text[start:end] or " "
    return f"{text[:start]}{gap}{sentence}{gap}{text[end:]}"


def put_as_value(words: str, text: str, rng: random.Random) -> tuple[str, str]:
    """Return a result with words in it, and the words as they stand there.

    In JSON they stand behind one of its texts, elsewhere as `put` has them.
    """
    if text[:1] not in "[{":
        return put(words, text, rng), words
    words = json.dumps(words, ensure_ascii=False)[1:-1]
    ends = [one.end() for one in _VALUE.finditer(text)]
    if not ends:
        return put(words, text, rng), words
    end = rng.choice(ends)
    return f"{text[:end]} {words}{text[end:]}", words


def put_as_kind(words: str, text: str, rng: random.Random) -> tuple[str, str]:
    """Return a document with words in it, and the words as they stand there.

    They stand where its kind of document has text: in a cell of a table, behind a speaker's name,
    as a comment, an item of a list or a value of JSON, else as `put_as_value` has them.
    """
    if text[:1] in "[{" and _VALUE.search(text):
        return _value(words, text, rng) if rng.random() < 0.5 else put_as_value(words, text, rng)
    lines = text.split("\n")
    kinds = [found for kind in (_cell, _said, _remark) if (found := kind(words, lines, rng))]
    if not kinds:
        return put_as_value(words, text, rng)
    first, last, line = rng.choice(kinds)
    lines[first:last] = [line]
    return "\n".join(lines), words


def _value(words: str, text: str, rng: random.Random) -> tuple[str, str]:
    """Return JSON with words in place of one of its longer texts."""
    own = json.dumps(words, ensure_ascii=False)[1:-1]
    start, end = rng.choice(list(_VALUE.finditer(text))).span()
    return f'{text[:start]}"{own}{text[end:]}', own


# Lines (first, last) that a line stands for.
Line = tuple[int, int, str]
_SEPARATORS = ("\t", ";", "|", ",")
_CELLS = 3
_SPEAKER = re.compile(r"(?:\[[^\]\n]{1,20}\] ?)?([^\W\d][^\n:,;|\t]{1,22}): \S")
_REMARK = re.compile(r"(\s*(?:#|//|--|%|\*|;|-|•|\d{1,2}[.)])\s+)\S")
_ENOUGH = 3
_STRANGERS = ("Guest", "visitor", "Gast", "invité", "user_17", "Anonymous", "invitado")


def _cell(words: str, lines: list[str], rng: random.Random) -> Line | None:
    """Return a table's row with words in a cell of it."""
    for separator in _SEPARATORS:
        rows = [i for i, line in enumerate(lines) if line.count(separator) >= _CELLS - 1]
        if len(rows) >= _ENOUGH and len(rows) >= len(lines) * 0.6:
            break
    else:
        return None
    at = rng.choice(rows[1:])
    cells = lines[at].split(separator)
    texts = [i for i, cell in enumerate(cells) if not cell or any(map(str.isalpha, cell))]
    chosen = rng.choice(texts or [len(cells) - 1])
    before = cells[chosen].strip()
    beside = f"{before} " if before and rng.random() < 0.4 and separator not in words else ""
    own = words if separator not in words else f'"{words}"'
    cells[chosen] = f" {beside}{own} " if separator == "|" else f"{beside}{own}"
    return at, at + 1, separator.join(cells)


def _said(words: str, lines: list[str], rng: random.Random) -> Line | None:
    """Return a line of a talk."""
    speakers = [found[1] for line in lines if (found := _SPEAKER.match(line))]
    if len(speakers) < _ENOUGH:
        return None
    name = rng.choice([*speakers, *_STRANGERS])
    at = rng.randrange(1, len(lines) + 1)
    return at, at, f"{name}: {words}"


def _remark(words: str, lines: list[str], rng: random.Random) -> Line | None:
    """Return a comment or an item that begins as others do."""
    found = [(i, begun[1]) for i, line in enumerate(lines) if (begun := _REMARK.match(line))]
    if len(found) < _ENOUGH:
        return None
    at, begun = rng.choice(found)
    return at, at, f"{begun}{words}"
