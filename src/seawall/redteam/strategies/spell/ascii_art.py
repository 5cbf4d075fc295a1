"""Big letters made of signs, five lines high; after Jiang and others, "ArtPrompt", 2024."""

import textwrap
import unicodedata
from random import Random

from seawall.redteam.strategies.base import text_strategy

# Each sign's five rows of five dots, a row as one digit of base 32.
_FONT = (
    "aehvhh buhuhu cfgggf duhhhu evgugv fvgugg gfgjhf hhhvhh iv444v j722ic khisih lggggv mhrlhh "
    "nhpljh oehhhe puhugg qehlid ruhuih sfge1u tv4444 uhhhhe vhhha4 whhlla xha4ah yha444 zv248v "
    '0ejlpe 14c44e 2u1egv 3u1e1u 4iiv22 5vgu1u 6fguhe 7v1244 8ehehe 9ehf1u .00004 ,00048 "aa000 '
    "'44000 !44404 ?e1604 :04040 -00e00 (24442 )84448 /1248g @elngf _0000v =0v0v0"
)
GLYPHS = {entry[0]: entry[1:] for entry in _FONT.split(" ")}
_LINE = 16


def _banner(line: str, ink: str) -> str:
    rows = []
    for row in range(5):
        bits = [f"{int(GLYPHS[sign][row], 32):05b}" if sign in GLYPHS else "00000" for sign in line]
        rows.append(" ".join(bits).replace("0", " ").replace("1", ink))
    return "\n".join(rows)


def encode(text: str, rng: Random) -> str:
    """Return the text as banners of at most 16 letters; accents and unknown signs go."""
    plain = unicodedata.normalize("NFKD", text.lower())
    known = "".join(ch if ch in GLYPHS else " " if ch.isspace() else "" for ch in plain)
    ink = rng.choice("#*@")
    lines = textwrap.wrap(" ".join(known.split()), _LINE, break_on_hyphens=False)
    # Lines of their own: a carrier sentence would move the first row.
    return "\n" + "\n\n".join(_banner(line, ink) for line in lines) + "\n"


STRATEGY = text_strategy(
    "ascii-art", "Big letters made of signs", encode, carrier="big letters", exact=False, wide=True
)
