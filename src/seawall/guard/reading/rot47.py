"""The reading that undoes ROT47: all signs of ASCII moved by half of them."""

import re
from collections.abc import Iterator, Sequence
from string import ascii_letters

from seawall.guard.contract import View
from seawall.guard.reading.mapped import child_kind, whole
from seawall.guard.reading.vocabulary import known
from seawall.guard.reading.words import stretches_with

_PRINTABLE = "".join(map(chr, range(33, 127)))
_ROT47 = str.maketrans(_PRINTABLE, _PRINTABLE[47:] + _PRINTABLE[:47])
_SIGNS = re.compile(r"[^\w\s.,;:!?'\"()\-]")
_NO_SIGNS = bytes(code for code in range(128) if not _SIGNS.match(chr(code)))
_LEAST_SIGNS = 3
# What tokens of a text in ASCII are made of: such signs, others, and blanks between.
_KINDS = bytes(
    ord(" ") if chr(code).isspace() else ord("#") if _SIGNS.match(chr(code)) else ord("a")
    for code in range(128)
).ljust(256, b"a")
_AROUND = ".,!?:;()'\""
# What letters and the signs around words become.
_MADE, _LEAST_MADE = frozenset(f"{ascii_letters}{_AROUND}".translate(_ROT47)), 12
# A token with such a sign in it.
_ODD = re.compile(r"(?<!\S)[\w.,;:!?'\"()\-]*+[^\w\s.,;:!?'\"()\-]\S*")


def _mostly_known(words: Sequence[str]) -> bool:
    """Say whether half of the words that tell anything are known. Short ones and numbers tell nothing."""
    telling = [word for word in words if len(word) >= 3 and not word.isdigit()]
    found = {word for word in telling if known(word)}
    return sum(map(len, found)) >= _LEAST_MADE and sum(
        word in found for word in telling
    ) * 2 >= len(telling)


def rot47(view: View) -> Iterator[View]:
    """Yield ROT47 undone, where signs and letters mix as in no language.

    What stands backwards below it is left so: that is a reading of this reading.
    """
    text = view.text
    if text.isascii() and len(text.encode().translate(None, _NO_SIGNS)) < _LEAST_SIGNS:
        return
    if text.isascii():
        places = stretches_with(text.encode().translate(_KINDS), b" ", (b"#",))
        tokens = [text[start:end] for start, end in places.items()]
        # Only of such tokens words of letters are made.
        if sum([len(token) for token in tokens if _MADE.issuperset(token)]) < _LEAST_MADE:
            return
    else:
        tokens = [token for token in text.split() if not token.isalnum() and _SIGNS.search(token)]
    turned = "\n".join(tokens).translate(_ROT47).lower().split("\n")
    undone = [token.strip(_AROUND) for token in turned]
    if not _mostly_known(undone) and not _mostly_known([word[::-1] for word in undone]):
        return
    if len(_SIGNS.findall(text)) < _LEAST_SIGNS:
        return
    odd = list(_ODD.finditer(text))
    start, line = odd[0].start(), text.find("\n", odd[-1].end())
    end = len(text) if line < 0 else line
    offsets = tuple(range(start, end + 1))
    yield whole(view, child_kind(view, "rot47"), text[start:end].translate(_ROT47), offsets)
