"""Morse code: letters, digits and common signs; case and other signs are lost."""

import unicodedata
from random import Random

from seawall.redteam.strategies.base import text_strategy

_TABLE = (
    "a.- b-... c-.-. d-.. e. f..-. g--. h.... i.. j.--- k-.- l.-.. m-- n-. o--- p.--. q--.- r.-. "
    "s... t- u..- v...- w.-- x-..- y-.-- z--.. 0----- 1.---- 2..--- 3...-- 4....- 5..... 6-.... "
    "7--... 8---.. 9----. ..-.-.- ,--..-- ?..--.. '.----. !-.-.-- /-..-. (-.--. )-.--.- :---... "
    ';-.-.-. =-...- --....- _..--.- ".-..-. @.--.-.'
)
_CODE = {entry[0]: entry[1:] for entry in _TABLE.split(" ")}


def encode(text: str, _rng: Random) -> str:
    """Return the text in Morse, words separated by slashes; accents and unknown signs go."""
    plain = unicodedata.normalize("NFKD", text.lower())
    words = (" ".join(_CODE[c] for c in word if c in _CODE) for word in plain.split())
    return " / ".join(word for word in words if word)


STRATEGY = text_strategy(
    "morse", "Morse code", encode, carrier="Morse code", exact=False, wide=True
)
