"""Two letter ciphers at once: a shift of what was turned around or mirrored, or of both."""

from collections.abc import Callable, Sequence
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


def _turned(word: str, way: str) -> str:
    """Return a word as it was before a shift and one of the ways."""
    turned = word[::-1] if turns(way) else word
    return turned.translate(ATBASH) if way.endswith(_MIRRORED) else turned


def _likely(words: Sequence[str], way: str, shifted: Known) -> list[str]:
    """Return the words that one way and a shift may make of known ones; none where not most are."""
    spare, found = len(words) * 2 // 5, []
    for word in words:
        if shifted(_turned(word, way)):
            found.append(word)
        elif spare:
            spare -= 1
        else:
            return []
    return found


def composed(words: Sequence[str], known: Known, shifted: Known) -> str:
    """Return the composed cipher of which most of different words are known ones, "" for none.

    `shifted`: whether a word is some shift of a known one.
    """
    some = [word for word in words[:_SAMPLE] if word.isascii()]
    if len(some) < _LEAST_WORDS:
        return ""
    likely = {way: {*_likely(some, way, shifted)} for way in _WAYS}
    found: dict[str, list[str]] = {}
    for word in some if any(likely.values()) else ():
        names = (name for way in _WAYS if word in likely[way] for name in _BY_WAY[way])
        for name in names:
            if known(undoing(name)(word)):
                found.setdefault(name, []).append(word)
    best = max(found, key=lambda name: len(found[name]), default="")
    made = found.get(best, [])
    enough = len(made) * 5 >= len(some) * 3 and sum(map(len, made)) >= _LEAST_LETTERS
    return best if enough else ""
