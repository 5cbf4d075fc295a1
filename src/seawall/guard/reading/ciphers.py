"""Readings that undo letter ciphers and reversal where the text is no language but becomes one."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from functools import cache, lru_cache
from itertools import chain

from seawall.guard.contract import View
from seawall.guard.reading.composed import ATBASH, composed, table, table_of, turns, undoing
from seawall.guard.reading.fluency import SCALE, Undoing, fold, shifting, strangeness, weight
from seawall.guard.reading.mapped import child_kind, run, whole
from seawall.guard.reading.vocabulary import known
from seawall.guard.reading.vocabulary import words as common

_TOKEN = re.compile(r"\w+")
_WORD = re.compile(r"[^\W\d_]{1,40}")
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_SAMPLE, _WINDOW = 24, 8
_MOST_KNOWN_BETWEEN = 3
_LEAST_WORD, _LEAST_LETTERS = 3, 8
# The rarer shifts are only tried on stretches that can't be a few names.
_ENOUGH_FOR_ALL = 4
# Bits a letter: text of a European language has 3.2-4.2, ciphers of it 4.3 (reversed) to 6.8.
_FLUENT, _STRANGE, _GAIN = 4.2, 4.3, 0.4
# Languages that the table has not seen are stranger; a shift gains more than reversal.
_ROUGH, _MUCH = 4.7, 0.9
_USUAL = ("rot13", "reversed")
_MOST_AT_ONCE = 20_000

_SHIFTS = {
    shift: table(_LOWER[shift:] + _LOWER[:shift]) for shift in (13, *range(1, 13), *range(14, 26))
}
ROT13 = _SHIFTS[13]


def _translate(table: dict[int, int]) -> Callable[[str], str]:
    return lambda text: text.translate(table)


# name -> how a word is undone; reversal also turns the order of the words (see _reversed).
CIPHERS: dict[str, Callable[[str], str]] = {
    "rot13": _translate(ROT13),
    "reversed": lambda text: text[::-1],
    "atbash": _translate(ATBASH),
    **{f"rot{26 - shift}": _translate(table) for shift, table in _SHIFTS.items() if shift != 13},
}


@cache
def _undoing() -> Undoing:
    return Undoing({n: "" if n == "reversed" else undo(_LOWER) for n, undo in CIPHERS.items()})


def prepare() -> None:
    """Make the tables of what ciphers make of letters."""
    shapes_of_words()
    _undoing().prepare()


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield stretches that begin and end with an unknown word and hold few known ones."""
    current: list[re.Match[str]] = []
    between, ranked = 0, common()
    for match in _WORD.finditer(text):
        word = match.group().lower()
        if len(word) < _LEAST_WORD:
            continue
        if word not in ranked:
            current.append(match)
            between = 0
        elif current:
            between += 1
            if between > _MOST_KNOWN_BETWEEN:
                yield current
                current, between = [], 0
    if current:
        yield current


# Of the words of a window so many must be some cipher's.
_LEAST_IN_WINDOW = _WINDOW - _WINDOW * 2 // 5


def _may_read(made: bytes) -> bool:
    """Return whether so many words are some cipher's that `_reads` may find one.

    `made`: 1 for each word of which a cipher is a common word's, else 0.
    """
    return made.count(0) <= len(made) * 2 // 5


def _reads(words: Sequence[str], names: Collection[str], readable: Set[str]) -> str:
    """Return the first cipher of which most of the unknown words are common words'; "" if none."""
    found: dict[str, list[str]] = {}
    for word in filter(readable.__contains__, words):
        for name in _makes_known(word):
            found.setdefault(name, []).append(word)
    likely = [name for name, made in found.items() if _most(made, len(words))]
    if len(likely) < 2:
        return likely[0] if likely and likely[0] in names else ""
    return next((name for name in names if name in likely), "")


def _most(found: Sequence[str], size: int) -> bool:
    return len(found) * 5 >= size * 3 and sum(map(len, set(found))) >= _LEAST_LETTERS


def _strange(words: Sequence[str]) -> float:
    """Return the bits a letter of words that are mostly Latin, else 0.0."""
    weights = [*map(weight, words)]
    letters = sum([count for _, count in weights])
    if not letters or letters * 5 < sum(map(len, words)) * 4:
        return 0.0
    return sum([bits / count / SCALE * count for bits, count in weights if count]) / letters


def _flows(words: Sequence[str], name: str, strange: float) -> bool:
    """Return whether words that look like no language look like one once they are undone.

    `strange`: the strangeness of the words as they stand, bits a letter.
    """
    undone = strangeness(fold(" ".join(map(CIPHERS[name], words))))
    return _smooth(undone, strange)


def _smooth(undone: float, strange: float) -> bool:
    gain = strange - undone
    return (undone <= _FLUENT and gain >= _GAIN) or (undone <= _ROUGH and gain >= _MUCH)


def _ciphers_of(words: Sequence[str], readable: Set[str]) -> Iterator[tuple[str, int, int]]:
    """Yield (cipher, first word, last word) of what of a stretch of unknown words is enciphered.

    `readable`: the words that some cipher makes of common ones.
    """
    if len(words) < 2 and len(words[0]) < _LEAST_LETTERS:
        return
    enough, head = len(words) >= _ENOUGH_FOR_ALL, words[:_SAMPLE]
    made = bytes(map(readable.__contains__, words))
    name = ""
    if _may_read(made[:_SAMPLE]):
        name = _reads(head, CIPHERS if enough else _USUAL, readable)
    # A word that comes again and again tells no more than once.
    unlike = [*dict.fromkeys(head)]
    name = name or (_flowing(unlike) if len(unlike) >= _ENOUGH_FOR_ALL else "")
    if name:
        yield name, 0, len(words) - 1
        return
    # Words of a language that nobody listed may stand around.
    first = last = -1
    for at in _windows(len(words)) if made.count(1) >= _LEAST_IN_WINDOW else ():
        near, some = made[at : at + _WINDOW], words[at : at + _WINDOW]
        found = _reads(some, CIPHERS, readable) if _may_read(near) else ""
        if last >= 0 and found != name:
            yield name, first, last
            first = last = -1
        if found:
            name, first = found, at if first < 0 else first
            last = at + _WINDOW - 1
    if last >= 0:
        yield name, first, last


def _windows(size: int) -> list[int]:
    if size <= _WINDOW:
        return []
    return [*range(0, size - _WINDOW, _WINDOW // 2), size - _WINDOW]


def _flowing(words: Sequence[str]) -> str:
    """Return the first cipher that makes words of no language flow, "" for none."""
    size, plain = sum(map(len, words)), all(map(str.isascii, words))
    many = size > _MOST_AT_ONCE
    if plain and not many:
        strange = sum([bits for bits, _ in map(weight, words)]) / size / SCALE
    else:
        strange = _strange(words)
    if strange < _STRANGE:
        return ""
    if many:
        return next((name for name in CIPHERS if _flows(words, name, strange)), "")
    parts = words if plain else shifting(words)
    size = sum(map(len, parts))
    undone = dict(_undoing().bits(parts))
    # Nothing is as smooth as the least: mostly not even that is.
    if _smooth(min(undone.values()) / size / SCALE, strange):
        return next(n for n, bits in undone.items() if _smooth(bits / size / SCALE, strange))
    return composed(words, common().__contains__, _shifted)


def _widened(text: str, start: int, end: int, undo: Callable[[str], str]) -> tuple[int, int]:
    """Widen a stretch by neighbours that are words when undone, within the line."""
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    for match in reversed(list(_WORD.finditer(text, max(line_start, start - 120), start))):
        if not known(undo(match.group().lower())):
            break
        start = match.start()
    for match in _WORD.finditer(text, end, min(line_end, end + 120)):
        if not known(undo(match.group().lower())):
            break
        end = match.end()
    return start, end


def _readings(view: View, name: str, start: int, end: int) -> Iterator[View]:
    text, kind = view.text[start:end], child_kind(view, name)
    if not turns(name):
        offsets = tuple(range(start, end + 1))
        yield whole(view, kind, _undo(name)(text), offsets)
        return
    letters = table_of(name) or {}
    yield run(view, kind, text[::-1].translate(letters), start, end)
    words = _TOKEN.sub(lambda m: m.group()[::-1], text)
    yield run(view, kind, words.translate(letters), start, end)


def _undo(name: str) -> Callable[[str], str]:
    return CIPHERS.get(name) or undoing(name)


@lru_cache(maxsize=16_384)
def _makes_known(word: str) -> frozenset[str]:
    """Return the ciphers of which a word is a common word's."""
    ranked, shifted = common(), _shifted(word)
    possible = ((n, undo) for n, undo in CIPHERS.items() if shifted or n[:3] != "rot")
    return frozenset(name for name, undo in possible if undo(word) in ranked)


# Words that no cipher makes of common ones, as many as are kept; long ones are not.
_PLAIN, _MOST_PLAIN, _MEAN_PLAIN = set[str](), 16_384, 24


def _readable(words: Set[str]) -> Set[str]:
    """Return the words that some cipher makes of common ones; new ones are undone all at once.

    `words`: lower case, letters only.
    """
    new = words - _PLAIN
    if not new:
        return new
    (shapes, ranked), once = (shapes_of_words(), common()), [*new]
    text = "\n".join(once)
    data = text.encode()
    shifted = [*map(_shape, data.split(b"\n"))]
    mirrored = data.translate(_MIRROR).decode().split("\n")
    turned = text[::-1].split("\n")
    turned.reverse()
    if shapes.isdisjoint(shifted) and ranked.isdisjoint(mirrored) and ranked.isdisjoint(turned):
        found = set[str]()
    else:
        each = zip(once, shifted, mirrored, turned, strict=True)
        found = {w for w, s, m, t in each if s in shapes or m in ranked or t in ranked}
    if len(text) <= _MEAN_PLAIN * len(once) <= _MEAN_PLAIN * _MOST_PLAIN:
        if len(_PLAIN) + len(once) > _MOST_PLAIN:
            _PLAIN.clear()
        _PLAIN.update(new - found)
    return found


# By the first byte of a word: what shifts all its letters so that it begins with an a.
_TO_A = {
    97 + first: bytes(
        _SHIFTS[26 - first].get(code, code) if code < 128 else code for code in range(256)
    )
    for first in range(1, 26)
}
_MIRROR = bytes.maketrans(_LOWER.encode(), _LOWER[::-1].encode())


def _shape(word: bytes) -> bytes:
    """Return what all shifts of a word have in common: the word shifted to begin with an a."""
    return word.translate(_TO_A.get(word[0]))


@cache
def shapes_of_words() -> frozenset[bytes]:
    """Return the shapes of all common words."""
    # All words of a letter are shifted at once: one by one takes longer.
    by_first: dict[str, list[str]] = {}
    for word in common():
        by_first.setdefault(word[0], []).append(word)
    shapes = [_shape("\n".join(words).encode()).split(b"\n") for words in by_first.values()]
    return frozenset(chain.from_iterable(shapes))


def _shifted(word: str) -> bool:
    return _shape(word.encode()) in shapes_of_words()


def _apart(words: Sequence[str], start: int, end: int) -> bool:
    """Return whether more words than a stretch may hold stand between two unknown ones."""
    near = min(end, start + _WINDOW)
    long = sum(map(_LEAST_WORD.__le__, map(len, words[start:near])))
    if long <= _MOST_KNOWN_BETWEEN and near < end:
        long += sum(map(_LEAST_WORD.__le__, map(len, words[near:end])))
    return long > _MOST_KNOWN_BETWEEN


def _stretches(words: Sequence[str], places: Sequence[int]) -> Iterator[list[str]]:
    """Yield the words of the same stretches as `_runs`, from a text's words in order."""
    current: list[str] = []
    last = least = 0
    for at in places:
        word = words[at]
        if len(word) < _LEAST_WORD:
            continue
        # So few words between need not be counted.
        if current and at > least and _apart(words, last + 1, at):
            yield current
            current = []
        current.append(word)
        last, least = at, at + 1 + _MOST_KNOWN_BETWEEN
    if current:
        yield current


_ROT13 = bytes(ord(chr(code).translate(ROT13)) if code < 128 else code for code in range(256))


def _usual(words: Sequence[str]) -> bool:
    """Return whether one of the usual ciphers makes a common word of some word."""
    text, ranked = "\n".join(words), common()
    if not ranked.isdisjoint(text[::-1].split("\n")):
        return True
    return not ranked.isdisjoint(text.encode().translate(_ROT13).decode().split("\n"))


def _may_be(words: Sequence[str], places: Sequence[int]) -> bool:
    """Return whether something in a text's words is enciphered; `places`: see `ciphers`."""
    likely: list[list[str]] = []
    few: list[list[str]] = []
    for stretch in _stretches(words, places):
        if len(stretch) >= _ENOUGH_FOR_ALL:
            likely.append(stretch)
        elif sum(map(len, stretch)) >= _LEAST_LETTERS:
            few.append(stretch)
    if few and _usual([*chain.from_iterable(few)]):
        likely += few
    if not likely:
        return False
    made = _readable({*chain.from_iterable(likely)})
    return any(True for stretch in likely for _ in _ciphers_of(stretch, made))


def ciphers(view: View, words: Sequence[str], places: Sequence[int]) -> Iterator[View]:
    """Yield the stretches that read as text under a shift, Atbash or reversal, undone.

    `words`: the text's words in order, lower case; `places`: where those stand that are not common.
    """
    if not _may_be(words, places):
        return
    for stretch in _runs(view.text):
        own = [match.group().lower() for match in stretch]
        for name, first, last in _ciphers_of(own, _readable({*own})):
            start, end = stretch[first].start(), stretch[last].end()
            yield from _readings(view, name, *_widened(view.text, start, end, _undo(name)))


def cipher_of(text: str) -> str:
    """Return the first cipher that reads a stretch of a text, "" for none."""
    for stretch in _runs(text):
        words = [match.group().lower() for match in stretch]
        for name, _, _ in _ciphers_of(words, _readable({*words})):
            return name
    return ""
