"""Letters under piles of accents, as readers still read them."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

# Combining marks above, below and through a letter.
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0311\u0316\u0323\u0324\u032e\u0331\u0335"


def encode(text: str, rng: Random) -> str:
    """Return the text with one to three marks on each Latin letter."""
    return "".join(
        ch + "".join(rng.choice(_MARKS) for _ in range(rng.randint(1, 3)))
        if ch.isascii() and ch.isalpha()
        else ch
        for ch in text
    )


STRATEGY = text_strategy("diacritics", "Letters under accents", encode, wide=True)
