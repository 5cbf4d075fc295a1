"""Letters of other alphabets that look like Latin ones."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

# Cyrillic and Greek look-alikes (Unicode TR 39 confusables).
LOOKALIKES: dict[str, str] = {
    "a": "а", "c": "с", "e": "е", "i": "і", "j": "ј", "o": "оο", "p": "р", "s": "ѕ", "x": "х",
    "y": "у", "A": "АΑ", "B": "ВΒ", "C": "С", "E": "ЕΕ", "H": "НΗ", "I": "ІΙ", "K": "КΚ",
    "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ΥҮ",
}  # fmt: skip


def encode(text: str, rng: Random) -> str:
    """Return the text with about half of the letters that have a look-alike replaced."""
    return "".join(
        rng.choice(LOOKALIKES[c]) if c in LOOKALIKES and rng.random() < 0.5 else c for c in text
    )


STRATEGY = text_strategy("homoglyphs", "Look-alike letters", encode, files=True)
