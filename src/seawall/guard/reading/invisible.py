"""Bits written in two kinds of invisible characters, wherever they stand in a text."""

import re
from collections import Counter
from collections.abc import Set
from itertools import permutations

from seawall.guard.contract import View
from seawall.guard.reading.mapped import child_kind, run

_INVISIBLE = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufeff]")
# Fewer characters than this spell nothing; bits of a byte, and of an ASCII letter.
_LEAST, _WIDTHS = 4, (8, 7)
_LEAST_KINDS = 2


def bits(view: View, signs: Set[str]) -> View | None:
    """Return alone what two kinds of invisible characters spell, one for 0 and one for 1.

    A third kind may part the letters. Joiners of ordinary scripts spell no readable text.
    """
    if len(_INVISIBLE.findall("".join(signs))) < _LEAST_KINDS:
        return None
    found = list(_INVISIBLE.finditer(view.text))
    if len(found) < _LEAST * min(_WIDTHS):
        return None
    spelled = _spelled("".join(match.group() for match in found))
    if spelled is None:
        return None
    return run(view, child_kind(view, "invisible"), spelled, found[0].start(), found[-1].end())


def _spelled(signs: str) -> str | None:
    kinds = [kind for kind, _ in Counter(signs).most_common(3)]
    plain = signs if len(kinds) < 3 else signs.replace(kinds[2], "")
    if len(kinds) < 2 or set(plain) != set(kinds[:2]):
        return None
    for zero, one in permutations(kinds[:2]):
        digits = plain.replace(zero, "0").replace(one, "1")
        for width in _WIDTHS:
            text = _text(digits, width)
            if text is not None:
                return text
    return None


def _text(digits: str, width: int) -> str | None:
    whole_part = len(digits) - len(digits) % width
    data = bytes(int(digits[at : at + width], 2) for at in range(0, whole_part, width))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    readable = text.replace("\n", "").replace("\t", "")
    return text if len(text) >= _LEAST and readable.isprintable() and readable else None
