"""The spelling alphabet of radio."""

import re

ASCII = True
_WORDS = [
    "alfa",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "x-ray",
    "yankee",
    "zulu",
]
_SIGNS = {word: word[0] for word in _WORDS} | {
    "alpha": "a", "juliet": "j", "whisky": "w", "xray": "x", "zero": "0", "one": "1", "two": "2",
    "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_ONE = rf"(?:\b(?:{'|'.join(_SIGNS)})\b|[^\w\s/])"
_RUN = re.compile(rf"{_ONE}(?:[ /]+{_ONE}){{7,}}", re.IGNORECASE)


def read(text: str) -> str:
    """Return the text with runs of such words as letters; slashes part words."""
    return _RUN.sub(lambda match: " ".join(map(_word, match.group().split("/"))), text)


def _word(spelt: str) -> str:
    return "".join(_SIGNS.get(token.lower(), token) for token in spelt.split())
