"""Letters as their places in the alphabet: 9-7-14-15-18-5; case is lost."""

import re
from random import Random

from seawall.redteam.strategies.base import text_strategy

_WORD = re.compile(r"(?<![\w-])[a-z]{2,}(?![\w-])")


def encode(text: str, _rng: Random) -> str:
    """Return the text with each plain word of two letters or more in numbers."""
    return _WORD.sub(
        lambda match: "-".join(str(ord(letter) - 96) for letter in match.group()), text.lower()
    )


STRATEGY = text_strategy(
    "letter-numbers", "Places in the alphabet", encode, carrier="A=1, B=2, C=3", exact=False,
    wide=True,
)  # fmt: skip
