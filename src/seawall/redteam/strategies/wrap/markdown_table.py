"""The text in a cell of a markdown table, line breaks as <br>."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return a small table whose last row holds the text."""
    cell = text.replace("|", "\\|").replace("\n", "<br>")
    head = rng.choice((("no", "message"), ("field", "value"), ("date", "note")))
    return f"| {head[0]} | {head[1]} |\n|---|---|\n| 1 | ok |\n| 2 | {cell} |"


STRATEGY = text_strategy("markdown-table", "Markdown table", encode, exact=False, files=True)
