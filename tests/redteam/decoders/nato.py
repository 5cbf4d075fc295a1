"""The first letter of each word of the spelling alphabet."""

_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def _letter(word: str) -> str:
    return str(_DIGITS.index(word)) if word in _DIGITS else word[:1].lower()


def decode(text: str) -> str:
    return " ".join("".join(map(_letter, word.split())) for word in text.split(" / "))
