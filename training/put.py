"""One text put into another, where a sentence of it ends."""

import json
import random
import re

# Where a sentence ends.
PLACE = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[.!?])(?=\")")
_JOINTS = (" ", " ", "\n", "\n\n")
# The end of a longer text that is a value of JSON.
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
