"""Typoglycemia: the letters inside longer words change places; people still read them."""

import re
from random import Random

from seawall.redteam.strategies.base import text_strategy

# What stands in quotes is to be said as it is.
_WORD = re.compile(r'"[^"\n]*"|[^\W\d_]{4,}')
_TRIES = 4


def encode(text: str, rng: Random) -> str:
    """Return the text with the letters between the first and the last of each word shuffled.

    Quoted words stay.
    """

    def shuffled(match: re.Match[str]) -> str:
        word = match.group()
        if word.startswith('"'):
            return word
        inner = list(word[1:-1])
        for _ in range(_TRIES):
            rng.shuffle(inner)
            made = word[0] + "".join(inner) + word[-1]
            if made != word:
                return made
        return word

    return _WORD.sub(shuffled, text)


STRATEGY = text_strategy("scrambled-words", "Scrambled words", encode, exact=False, wide=True)
