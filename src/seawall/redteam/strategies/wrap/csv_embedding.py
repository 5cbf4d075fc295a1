"""The text as a field of a CSV file."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return two lines of CSV; the text stands quoted in the last field."""
    head = rng.choice(("no,state,message", "id,topic,text", "row,kind,note"))
    quoted = text.replace('"', '""')
    return f'{head}\n1,open,"{quoted}"'


STRATEGY = text_strategy("csv-embedding", "CSV field", encode, wide=True)
