"""Leet over a letter cipher, or a letter cipher over leet."""

import re
from collections.abc import Callable, Iterator, Sequence
from string import ascii_letters, digits

from seawall.guard.contract import View
from seawall.guard.reading import ciphers, leet
from seawall.guard.reading.mapped import child_kind, passages, whole

_LEAST, _SAMPLE, _LONG = 6, 24, 10
_MIXED = re.compile(r"[A-Za-z][0-9]|[0-9][A-Za-z]")
_KINDS = bytes(
    ord("a") if chr(code) in ascii_letters else ord("1") if chr(code) in digits else ord(" ")
    for code in range(256)
)


def leet_ciphers(view: View) -> Iterator[View]:
    """Yield a text that is mostly leet, but of no words, with one of the two undone.

    The other is a reading of this reading.
    """
    # Most texts with a digit beside a letter have few of them: at most so many.
    kinds = view.text.encode("latin-1", "replace").translate(_KINDS)
    if kinds.count(b"a1") + kinds.count(b"1a") < _LEAST:
        return
    mixed = len(_MIXED.findall(view.text))
    if mixed < _LEAST or mixed * 3 < view.text.count(" ") * 2:
        return
    tokens = list(leet.tokens(view.text))
    some = list(dict.fromkeys(match.group().lower() for match in tokens))[:_SAMPLE]
    size = sum(map(len, some))
    if len(some) < _LEAST or size > _LONG * len(some):
        return
    # Codes have more figures than leet.
    if sum(sign.isalpha() for token in some for sign in token) * 5 < size * 2:
        return
    if ciphers.cipher_of(" ".join(map(_letters, some))):
        pieces = [(*match.span(), _letters(match.group())) for match in tokens]
        yield passages(view, child_kind(view, "leet"), pieces)
        return
    for name, undo in ciphers.CIPHERS.items():
        if name != "reversed" and _reads(some[:_LEAST], undo) and _reads(some, undo):
            text = undo(view.text)
            yield whole(view, child_kind(view, name), text, tuple(range(len(text) + 1)))
            return


def _letters(token: str) -> str:
    found = leet.leet_word(token, dense=True)
    return found[0] if found else token


def _reads(tokens: Sequence[str], undo: Callable[[str], str]) -> bool:
    """Return whether most tokens are leet for common words once a cipher is undone."""
    made = [leet.leet_word(undo(token), dense=True) for token in tokens]
    return sum(1 for found in made if found and found[1]) * 5 >= len(tokens) * 3
