"""Gibberish behind the text, in the manner of optimised suffixes."""

from random import Random

from seawall.redteam.payloads import words
from seawall.redteam.strategies.base import text_strategy

_SIGNS = ("]]", "}}(", "\\+", "!--", "**", '"@{', "==>", ";;", ")](", "~~", "##", "?<")


def encode(text: str, rng: Random) -> str:
    """Return the text followed by twelve to twenty odd tokens."""
    pieces = []
    for _ in range(rng.randrange(12, 21)):
        word = rng.choice(words.WORDS)
        pieces.append(
            rng.choice((word, word.title(), rng.choice(_SIGNS), word + rng.choice(_SIGNS)))
        )
    return f"{text} {' '.join(pieces)}"


STRATEGY = text_strategy("suffix-noise", "Noise suffix", encode)
