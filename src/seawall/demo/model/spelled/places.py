"""Words as places in the alphabet: 9-7-14."""

import re

ASCII = True
_WORD = re.compile(r"(?<![\w-])(?:[1-9]|1\d|2[0-6])(?:-(?:[1-9]|1\d|2[0-6]))+(?![\w-])")
_LEAST = 4


def read(text: str) -> str:
    """Return the text with such words in letters."""
    if len(_WORD.findall(text)) < _LEAST:
        return ""
    return _WORD.sub(lambda m: "".join(chr(96 + int(n)) for n in m.group().split("-")), text)
