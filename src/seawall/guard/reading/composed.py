"""Two letter ciphers at once: a shift of what was turned around or mirrored, or of both."""

from collections.abc import Callable, Iterator, Sequence
from string import ascii_lowercase

_UPPER = ascii_lowercase.upper()
_LEAST_WORDS, _LEAST_LETTERS, _SAMPLE = 4, 16, 24
_TURNED, _MIRRORED = "reversed", "atbash"
Known = Callable[[str], bool]
_WAYS = (_TURNED, _MIRRORED, f"{_TURNED}+{_MIRRORED}")


def table(mapped: str) -> dict[int, int]:
    """Return the table that makes these letters of a to z, in both cases."""
    return str.maketrans(ascii_lowercase + _UPPER, mapped + mapped.upper())


ATBASH = table(ascii_lowercase[::-1])


def _letters(way: str, shift: int) -> dict[int, int]:
    letters = ascii_lowercase.translate(ATBASH) if way.endswith(_MIRRORED) else ascii_lowercase
    place = [ord(letter) - 97 for letter in letters]
    return table("".join(ascii_lowercase[(at + shift) % 26] for at in place))


_BOTH = {
    f"{way}+rot{26 - shift}" if shift else way: _letters(way, shift)
    for way in _WAYS
    for shift in range(26)
    if shift or way == _WAYS[-1]
}
_BY_WAY = {
    way: tuple(name for name in _BOTH if name == way or name.startswith(f"{way}+rot"))
    for way in _WAYS
}


def turns(name: str) -> bool:
    """Return whether a cipher of this name turns words around, too."""
    return name.startswith(_TURNED)


def table_of(name: str) -> dict[int, int] | None:
    """Return the letters of a composed cipher, None for another."""
    return _BOTH.get(name)


def undoing(name: str) -> Callable[[str], str]:
    """Return what undoes a composed cipher in a word."""
    letters = _BOTH[name]
    if turns(name):
        return lambda word: word[::-1].translate(letters)
    return lambda word: word.translate(letters)


def _makes(word: str, known: Known, shifted: Known) -> Iterator[str]:
    """Yield the ciphers of which a word is a known one's."""
    for way, names in _BY_WAY.items():
        turned = word[::-1] if turns(way) else word
        if shifted(turned.translate(ATBASH) if way.endswith(_MIRRORED) else turned):
            yield from (name for name in names if known(undoing(name)(word)))


def composed(words: Sequence[str], known: Known, shifted: Known) -> str:
    """Return the composed cipher of which most of different words are known ones, "" for none.

    `shifted`: whether a word is some shift of a known one.
    """
    some = [word for word in words[:_SAMPLE] if word.isascii()]
    if len(some) < _LEAST_WORDS:
        return ""
    found: dict[str, list[str]] = {}
    for word in some:
        for name in _makes(word, known, shifted):
            found.setdefault(name, []).append(word)
    best = max(found, key=lambda name: len(found[name]), default="")
    made = found.get(best, [])
    enough = len(made) * 5 >= len(some) * 3 and sum(map(len, made)) >= _LEAST_LETTERS
    return best if enough else ""
