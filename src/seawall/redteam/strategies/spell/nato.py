"""The spelling alphabet of radio: Alfa, Bravo, Charlie; case is lost."""

import unicodedata
from random import Random

from seawall.redteam.strategies.base import text_strategy

_WORDS = [
    "Alfa",
    "Bravo",
    "Charlie",
    "Delta",
    "Echo",
    "Foxtrot",
    "Golf",
    "Hotel",
    "India",
    "Juliett",
    "Kilo",
    "Lima",
    "Mike",
    "November",
    "Oscar",
    "Papa",
    "Quebec",
    "Romeo",
    "Sierra",
    "Tango",
    "Uniform",
    "Victor",
    "Whiskey",
    "X-ray",
    "Yankee",
    "Zulu",
]
_DIGITS = "Zero One Two Three Four Five Six Seven Eight Nine".split()  # noqa: SIM905 - a list of words
_TABLE = {word[0].lower(): word for word in _WORDS} | dict(zip("0123456789", _DIGITS, strict=True))


def encode(text: str, _rng: Random) -> str:
    """Return the text spelled out, words parted by slashes; accents go, other signs stay."""
    plain = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(ch for ch in plain if not unicodedata.combining(ch))
    return " / ".join(" ".join(_TABLE.get(ch, ch) for ch in word) for word in letters.split())


STRATEGY = text_strategy(
    "nato", "Spelling alphabet", encode, carrier="the NATO alphabet", exact=False, wide=True
)
