"""Turned letters by their names: LATIN SMALL LETTER TURNED A."""

import unicodedata

_LIKE = {"ɔ": "c", "ǝ": "e", "ɟ": "f", "ƃ": "g", "ɹ": "r", "ᴉ": "i", "ɾ": "j",
         "n": "u", "u": "n", "q": "b", "b": "q", "p": "d", "d": "p", "˙": ".", "¿": "?",
         "¡": "!", "'": ","}  # fmt: skip


def _letter(sign: str) -> str:
    name = unicodedata.name(sign, "")
    turned = "LETTER TURNED" in name and len(name.split()[-1]) == 1
    return _LIKE.get(sign, name[-1].lower() if turned else sign)


def decode(text: str) -> str:
    return "".join(map(_letter, reversed(text)))
