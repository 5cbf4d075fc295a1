"""Orders planted in other texts: the words around an order must not be what gives it away.

The marked order of a written row is put into a harmless document or tool result of another row; as
many harmless texts get a sentence of yet another one, so that a strange sentence alone says nothing.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import replace

from training.rows import INPUT, Row

# How many rows are planted for a model: half attacks, half harmless.
PLANTED = 5000
_ORDER, _HOST = (25, 420), (80, 1500)
_PLACE = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[.!?])(?=\")")
_JOINTS = (" ", " ", "\n", "\n\n")


def planted(rows: Iterable[Row], most: int, seed: int = 23) -> list[Row]:
    """Return at most `most` rows of what outsiders write: half with an order, half without."""
    rng = random.Random(seed)
    outside = [row for row in rows if row.stage != INPUT]
    rng.shuffle(outside)
    orders = [row for row in outside if row.label == "injection" and _fits(row.span, _ORDER)]
    hosts = [row for row in outside if row.label == "benign" and _fits(row.text, _HOST)]
    sentences = [one for row in hosts for one in _PLACE.split(row.text) if _fits(one, _ORDER)]
    if not (orders and sentences):
        return []
    attacks = [_with_order(row, rng.choice(hosts), rng) for row in orders[: most // 2]]
    return attacks + [
        _with_sentence(host, rng.choice(sentences), rng) for host in hosts[: most // 2]
    ]


def _fits(text: str, sizes: tuple[int, int]) -> bool:
    return sizes[0] <= len(text.strip()) <= sizes[1]


def _with_order(row: Row, host: Row, rng: random.Random) -> Row:
    order = row.span.strip()
    return replace(row, text=put(order, host.text, rng), span=order, stage=host.stage)


def _with_sentence(host: Row, sentence: str, rng: random.Random) -> Row:
    return replace(host, text=put(sentence.strip(), host.text, rng))


def put(sentence: str, text: str, rng: random.Random) -> str:
    """Return a text with a sentence at its start, its end or, mostly, between two of its own."""
    places = [match.span() for match in _PLACE.finditer(text)]
    if not places or rng.random() < 0.25:
        pair = (sentence, text) if rng.random() < 0.4 else (text, sentence)
        return rng.choice(_JOINTS).join(pair)
    start, end = rng.choice(places)
    gap = text[start:end] or " "
    return f"{text[:start]}{gap}{sentence}{gap}{text[end:]}"
