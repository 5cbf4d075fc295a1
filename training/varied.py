"""Our own rows in the ways in which texts come: each model learns from the same ones."""

from collections.abc import Iterable

from training.dress import DRESSED, dressed
from training.mails import carried
from training.paste import PASTED, QUOTED, pasted, quoted
from training.plant import PLANTED, planted
from training.rows import Row
from training.surround import SURROUNDED, surrounded


def varied(rows: Iterable[Row]) -> list[Row]:
    """Return rows dressed in wishes about form, among other words, planted, pasted, quoted and mailed."""
    ours = list(rows)
    return [
        *dressed(ours, DRESSED),
        *surrounded(ours, ours, SURROUNDED),
        *planted(ours, PLANTED),
        *pasted(ours, PASTED),
        *quoted(ours, QUOTED),
        *carried(ours),
    ]
