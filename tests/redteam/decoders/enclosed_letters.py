"""Letters by their names: NEGATIVE SQUARED LATIN CAPITAL LETTER A."""

import unicodedata


def decode(text: str) -> str:
    names = ((ch, unicodedata.name(ch, "")) for ch in text)
    return "".join(n[-1].lower() if "LATIN CAPITAL LETTER" in n else ch for ch, n in names)
