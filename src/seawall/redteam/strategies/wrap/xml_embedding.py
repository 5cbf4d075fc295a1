"""The text as an element of an XML document."""

from html import escape
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return a small XML document that holds the text, escaped."""
    tag = rng.choice(("message", "request", "task", "body"))
    return f'<ticket id="{rng.randrange(1000, 9999)}">\n<{tag}>{escape(text)}</{tag}>\n</ticket>'


STRATEGY = text_strategy("xml-embedding", "XML element", encode, wide=True)
