"""Each word backwards, the order of the words kept."""

import re
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text with the letters of each word in the opposite order."""
    return re.sub(r"\S+", lambda match: match[0][::-1], text)


STRATEGY = text_strategy("words-backwards", "Words backwards", encode, wide=True)
