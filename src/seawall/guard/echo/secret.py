"""What must not be repeated, ready to be looked for in answers."""

import base64
import codecs
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property, lru_cache

import msgspec
import numpy as np

from seawall.guard.echo.streams import Indexes, Mask, Spelled, Stream, joined
from seawall.guard.rolling import Codes, Hashes, Roller

# Letters of the shortest run that can be no chance, words of the shortest that says something.
LETTERS, CONSONANTS = 24, 18
WORDS, HIDDEN_WORDS, KNOWN_WORDS = 8, 4, 10
_KEY = os.urandom(16)
# Of a longer secret (letters) no shifted alphabets are kept: readings undo those of whole texts.
_MOST_SHIFTED = 8_000
_A, _APART = ord("a"), 1 << 40
# Digits and signs that stand for letters, and how many of them inside words make a disguise.
_LEET = str.maketrans("4310578$@!", "aeiostbsai")
_DIGIT_LETTERS, _ENOUGH_DIGITS = re.compile(r"[A-Za-z][431057$@!](?=[A-Za-z])"), 5
_NUMBER = re.compile(r"\d+")
_LOW = "abcdefghijklmnopqrstuvwxyz"
_ATBASH = str.maketrans(_LOW, _LOW[::-1])
# Low bits of a hash that tell at once, mostly, that a run is not in a secret.
_LIKELY = 2**16 - 1
# Pieces of this many words count together when they cover this share of the secret.
_PIECE, _SHARE, _LEAST = 3, 0.4, 16


class Echo(msgspec.Struct, frozen=True):
    """A range of the answer's text that repeats `words` words; `kind`: how they stand there."""

    start: int
    end: int
    words: int
    kind: str


_Select = Callable[[Spelled], Stream]


class _Version(msgspec.Struct, frozen=True):
    """One way to write a secret: its letters and the word of each.

    `select` takes the same from another text; None where that is known from the first version.
    """

    letters: Codes
    words: Indexes
    select: _Select | None


class _Table:
    """The hashes of all runs of all versions of a secret, in order of their value.

    Versions follow each other; runs over the end of one match nothing that is meant.
    """

    def __init__(self, versions: Sequence[_Version], size: int) -> None:
        self.versions, self.roller = versions, _roller(size)
        words = np.concatenate([v.words + n * _APART for n, v in enumerate(versions)])
        self.hashes = self.roller.hashes(np.concatenate([v.letters for v in versions]))
        self.order = np.argsort(self.hashes, kind="stable")
        self._sorted = self.hashes[self.order]
        self._likely = np.zeros(_LIKELY + 1, np.bool_)
        self._likely[self.hashes & np.uint64(_LIKELY)] = True
        changed = np.flatnonzero(words[1:] != words[:-1]) + 1
        self.starts = np.concatenate(([0], changed))
        self.ends = np.concatenate((changed, [len(words)]))

    def held(self, letters: Codes) -> tuple[Indexes, Hashes]:
        """Return the places and hashes of a stream's runs that the secret holds too."""
        hashes = self.roller.hashes(letters)
        likely = np.flatnonzero(self._likely[hashes & np.uint64(_LIKELY)])
        if len(likely):
            told = hashes[likely]
            at = np.minimum(np.searchsorted(self._sorted, told), len(self._sorted) - 1)
            likely = likely[self._sorted[at] == told]
        return likely, hashes[likely]

    def fresh(self, said: Spelled) -> Mask:
        """Return which runs the other side did not say, by their place."""
        fresh = np.ones(len(self.hashes), np.bool_)
        at = 0
        for version in self.versions:
            own = self.hashes[at : at + len(version.letters)]
            if version.select is None:
                fresh[at : at + len(own)] = fresh[: len(own)]
            else:
                told = self.roller.hashes(version.select(said).letters)
                fresh[at : at + len(own)] = ~_among(own, told)
            at += len(version.letters)
        return fresh


class _Runs:
    """All runs of letters of a secret, as it is and rewritten, that nobody else said before.

    What the other side said is read only when an answer holds a run of the secret.
    """

    def __init__(self, table: _Table, said: Callable[[], Spelled]) -> None:
        self._table, self._said = table, said

    @cached_property
    def _fresh(self) -> tuple[Hashes, Indexes]:
        """The hashes of runs that nobody said, in order, and the place of each."""
        table = self._table
        order = table.order[table.fresh(self._said())[table.order]]
        return table.hashes[order], order

    def echoes(self, stream: Stream, least: int) -> Iterator[Echo]:
        """Yield the runs of a stream that hold at least `least` whole words of the secret."""
        table = self._table
        held, hashes = table.held(stream.letters)
        if not len(held):
            return
        fresh, where = self._fresh
        if not len(fresh):
            return
        at = np.minimum(np.searchsorted(fresh, hashes), len(fresh) - 1)
        known = fresh[at] == hashes
        found, begins = held[known], where[at[known]]
        if not len(found):
            return
        breaks = np.flatnonzero(np.diff(found) > 1)
        heads = np.concatenate(([0], breaks + 1))
        firsts, lasts = found[heads], found[np.concatenate((breaks, [len(found) - 1]))]
        stops = begins[heads] + lasts - firsts + table.roller.size
        whole = np.searchsorted(table.ends, stops, "right")
        whole -= np.searchsorted(table.starts, begins[heads])
        enough = np.flatnonzero(whole >= least)
        starts, ends = stream.places() if len(enough) else (found, found)
        for index in enough.tolist():
            inside = slice(int(firsts[index]), int(lasts[index]) + table.roller.size)
            low, high = int(starts[inside].min()), int(ends[inside].max())
            yield Echo(low, high, int(whole[index]), stream.kind)


class _Known:
    """What is worked out of a secret once, whoever it is kept from."""

    def __init__(self, text: str) -> None:
        spelled = Spelled(text)
        self.letters = _Table(_versions(spelled), LETTERS)
        self.consonants = _Table([_version(spelled, Spelled.consonants)], CONSONANTS)
        self.words = frozenset(word for word in spelled.folded if word and not word.isdigit())
        self.written = _written(self.words)
        self.pieces = _pieces(spelled.folded)
        self.length = len(spelled.folded)


class Secret:
    """A secret text. `given` is what the other side said: repeating that is no leak."""

    def __init__(self, text: str, given: str) -> None:
        # Letters tell; numbers do not. A prompt with another date or account is the same secret.
        self._known, self._given = _known(_NUMBER.sub("0", text)), given
        self._letters = _Runs(self._known.letters, lambda: self._said)
        self._consonants = _Runs(self._known.consonants, lambda: self._said)

    @cached_property
    def _said(self) -> Spelled:
        return Spelled(self._given)

    def plain(self, text: Spelled) -> Iterator[Echo]:
        """Yield copies, however they are spaced and marked."""
        yield from self._letters.echoes(text.plain(), WORDS)

    def disguised(self, text: Spelled) -> Iterator[Echo]:
        """Yield copies that are spread over other text, cut up, or written word by word."""
        yield from self._spread(text)
        if len(_DIGIT_LETTERS.findall(text.text)) >= _ENOUGH_DIGITS:
            yield from self._spread(Spelled(text.text.translate(_LEET)))

    def _spread(self, text: Spelled) -> Iterator[Echo]:
        yield from self._consonants.echoes(text.consonants(), WORDS)
        for stream in text.hidden():
            yield from self._letters.echoes(stream, HIDDEN_WORDS)
        known = text.only(self._known.words)
        yield from self._letters.echoes(known, KNOWN_WORDS)
        yield from self._letters.echoes(self._rewritten(text), HIDDEN_WORDS)
        yield from self._gathered(text)

    def _rewritten(self, text: Spelled) -> Stream:
        """Return the words that are written in another way each, as the words that they are."""
        pieces, written = [], self._known.written
        for start, end in text.words:
            token = text.text[start:end]
            word = written.get(token) or written.get(token.lower())
            if word is not None:
                pieces.append((word, start, end))
        return joined("rewritten words", pieces)

    def _gathered(self, text: Spelled) -> Iterator[Echo]:
        """Yield one echo where short pieces, in any order, give most of the secret away."""
        words, seen = _numberless(text.folded), set()
        least = max(_LEAST, _SHARE * self._known.length)
        if len(self._known.pieces & _pieces(words)) < least:
            return
        secret_pieces = self._known.pieces - _pieces(_numberless(self._said.folded))
        first, last = len(words), 0
        for at in range(len(words) - _PIECE + 1):
            piece = tuple(words[at : at + _PIECE])
            if piece in secret_pieces:
                seen.add(piece)
                first, last = min(first, at), max(last, at + _PIECE - 1)
        if len(seen) >= least:
            yield Echo(text.words[first][0], text.words[last][1], len(seen), "pieces")


@lru_cache(maxsize=64)
def _known(text: str) -> _Known:
    return _Known(text)


@cache
def _roller(size: int) -> Roller:
    return Roller(_KEY, size)


def _version(spelled: Spelled, select: _Select) -> _Version:
    stream = select(spelled)
    words = spelled.word_of[np.searchsorted(spelled.places, stream.places()[0])]
    return _Version(stream.letters, words, select)


def _shift(letters: Codes, by: int) -> Codes:
    """Return letters moved in the alphabet; 0 turns the alphabet round."""
    low = (letters >= _A) & (letters < _A + 26)
    moved = (letters - _A + by) % 26 + _A if by else 2 * _A + 25 - letters
    return np.where(low, moved, letters).astype(np.uint32)


def _versions(spelled: Spelled) -> list[_Version]:
    """Return a secret's letters as they are, turned round in three ways, and shifted."""
    turned = (Spelled.plain, Spelled.turned, Spelled.backwards, Spelled.words_turned)
    versions = [_version(spelled, select) for select in turned]
    if len(spelled.letters) > _MOST_SHIFTED:
        return versions
    plain = versions[0]
    shifted = (_Version(_shift(plain.letters, by), plain.words, None) for by in range(26))
    return [*versions, *shifted]


def _among(own: Hashes, told: Hashes) -> Mask:
    """Return which of `own` (few) are in `told` (maybe many)."""
    if not len(own):
        return np.zeros(0, np.bool_)
    known = np.sort(own)
    nearest = known[np.minimum(np.searchsorted(known, told), len(known) - 1)]
    return np.isin(own, nearest[nearest == told])


def _numberless(words: list[str]) -> list[str]:
    """Return words in which every number is the same."""
    return [_NUMBER.sub("0", word) for word in words]


def _pieces(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + _PIECE]) for at in range(len(words) - _PIECE + 1)}


def _written(words: frozenset[str]) -> dict[str, str]:
    """Return words by how each could be written alone: turned round, shifted, encoded."""
    found: dict[str, str] = {}
    for word in words:
        if len(word) < 2:
            continue
        found[word[1:] + word[0] + "ay"] = word
        found[codecs.encode(word, "rot13")] = word
        found[word.translate(_ATBASH)] = word
        found[word[::-1]] = word
        found[word.encode().hex()] = word
        for written in (word, word.title(), word.upper()):
            found[written.encode().hex()] = word
            found[base64.b64encode(written.encode()).decode().rstrip("=")] = word
    return found


@lru_cache(maxsize=8)
def secret(text: str, given: str) -> Secret:
    """Return a secret, remembered for the next answer or piece of a stream."""
    return Secret(text, given)
