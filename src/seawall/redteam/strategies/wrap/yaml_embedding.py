"""The text as a block in a YAML document."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return a small YAML document with the text as a literal block."""
    key = rng.choice(("message", "request", "task", "note"))
    block = "\n".join(f"  {line}" for line in text.split("\n"))
    return f"version: 1\nlang: en\n{key}: |\n{block}"


STRATEGY = text_strategy("yaml-embedding", "YAML block", encode, wide=True)
