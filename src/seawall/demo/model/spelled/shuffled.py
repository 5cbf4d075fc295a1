"""Words whose inner letters changed places."""

import re
from functools import cache

from seawall.demo.model.words import vocabulary

ASCII = True
_WORD = re.compile(r"[^\W\d_]{4,}")
_LEAST = 3


@cache
def _in_order() -> dict[tuple[str, ...], str]:
    return {_letters(word): word for word in sorted(vocabulary()) if len(word) > 3}


def _letters(word: str) -> tuple[str, ...]:
    return word[0], *sorted(word[1:-1]), word[-1]


def read(text: str) -> str:
    """Return the text with such words put right."""
    found = 0

    def put_right(match: re.Match[str]) -> str:
        nonlocal found
        word = match.group().casefold()
        right = None if word in vocabulary() else _in_order().get(_letters(word))
        found += right is not None
        return right or match.group()

    plain = _WORD.sub(put_right, text)
    return plain if found >= _LEAST else ""
