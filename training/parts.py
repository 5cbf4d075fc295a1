"""Parts of longer rows, cut as the product cuts them: models must know a middle without its start."""

import random
from collections.abc import Iterable
from dataclasses import replace

from seawall.guard.model.cuts import CHUNK, chunks
from training.rows import Row

# Of a longer row only so many characters are looked through.
_MOST = 20_000


def parts_of(rows: Iterable[Row], most: int) -> list[tuple[Row, bool]]:
    """Return one part each of at most `most` longer rows, and whether the row's label holds for it.

    A part of harmless text is harmless. Of an attack the part with its marked order is taken; where
    none is marked, nobody knows which part carries it.
    """
    long = [row for row in rows if len(row.text) > CHUNK]
    random.Random(7).shuffle(long)
    return [_part(row) for row in long[:most]]


def _part(row: Row) -> tuple[Row, bool]:
    rng, ranges = random.Random(row.text), chunks(row.text[:_MOST])
    start = row.text.find(row.span) if row.span else -1
    holding = [
        (a, b) for a, b in ranges if start >= 0 and a <= start and start + len(row.span) <= b
    ]
    known = row.label == "benign" or bool(holding)
    a, b = rng.choice(holding or ranges)
    span = row.span if holding else ""
    return replace(row, text=row.text[a:b], span=span), known
