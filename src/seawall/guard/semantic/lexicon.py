"""Word classes in many languages: which words of a text stand for which idea."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import cache
from importlib import resources
from itertools import compress
from operator import add, or_
from typing import Any

import msgspec

from seawall.core import yamlfile
from seawall.guard.reading.words import others as others_in
from seawall.guard.semantic import text as words
from seawall.guard.semantic.text import Tokens

# Words of these languages are found inside other words: no spaces, or particles joined on.
JOINED = frozenset({"zh", "ja", "ko", "ar", "fa", "hi", "he", "th", "el", "vi"})
# So many words up to this length are remembered.
_KEPT, _LONGEST = 60_000, 24
# Latin letters, those of Vietnamese among them.
_BEYOND_LATIN = "\u1f00"
# What `words.tokens` takes for a word, and stars.
_WORD = re.compile(r"[a-z0-9*]+(?:'[a-z0-9*]+)*")


class Mark(msgspec.Struct, frozen=True):
    """A word or phrase of class `kind` at a range; `langs` is a bit set of its languages."""

    start: int
    end: int
    kind: str
    langs: int


class _Phrase(msgspec.Struct, frozen=True):
    rest: tuple[str, ...]
    kind: str
    langs: int


class _Start(msgspec.Struct, frozen=True):
    """The phrases that begin with a word: it alone, by the second word, by how that begins."""

    alone: tuple[_Phrase, ...]
    second: dict[str, list[_Phrase]]
    beginnings: tuple[tuple[str, _Phrase], ...]


class _Memo(dict[str, _Start | None]):
    """What begins with each word."""

    def __init__(self, starting: Callable[[str], _Start | None]) -> None:
        super().__init__()
        self._starting = starting

    def __missing__(self, word: str) -> _Start | None:
        found = self._starting(word)
        if len(self) < _KEPT and len(word) <= _LONGEST:
            self[word] = found
        return found


class Lexicon:
    """All word classes, ready to mark a text."""

    def __init__(self, classes: dict[str, dict[str, str]]) -> None:
        self._bits: dict[str, int] = {}
        self._exact: dict[str, list[_Phrase]] = defaultdict(list)
        self._prefix: dict[str, list[_Phrase]] = defaultdict(list)
        self._joined: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for kind, languages in classes.items():
            for language, listing in languages.items():
                bit = self._bits.setdefault(language, 1 << len(self._bits))
                for entry in str(listing).split(","):
                    self._add(kind, language, bit, entry.strip())
        # How long the beginnings are that share their first letters, shortest first.
        self._shortest = min(map(len, self._prefix), default=0)
        self._lengths: dict[str, list[int]] = {}
        for length, head in sorted({(len(p), p[: self._shortest]) for p in self._prefix}):
            self._lengths.setdefault(head, []).append(length)
        self._memo = _Memo(self._starting)
        self._heads = frozenset(word[:2] for word in self._joined)
        self._sizes = _sizes(self._joined)
        others = {word: others_in(word) for word in self._joined}
        self._latin: dict[frozenset[str], list[str]] = {}
        beyond: set[str] = set()
        for word, signs in others.items():
            if max(signs, default="") < _BEYOND_LATIN:
                self._latin.setdefault(signs, []).append(word)
            else:
                beyond |= signs
        self._beyond = frozenset(beyond)

    def _add(self, kind: str, language: str, bit: int, entry: str) -> None:
        if not entry:
            return
        if language in JOINED and not entry.isascii():
            self._joined[entry.casefold()].append((kind, bit))
            return
        folded = _folded(entry)
        if not folded:
            return
        first, rest = folded[0], folded[1:]
        table = self._prefix if first.endswith("*") else self._exact
        table[first.rstrip("*")].append(_Phrase(rest, kind, bit))

    def _starting(self, word: str) -> _Start | None:
        found = list(self._exact.get(word, ()))
        for length in self._lengths.get(word[: self._shortest], ()):
            if length > len(word):
                break
            found += self._prefix.get(word[:length], ())
        return _start(found) if found else None

    def marks(self, text: str, tokens: Tokens) -> list[Mark]:
        """Return every class found, in order of the text; longer phrases hide shorter ones."""
        found: dict[tuple[int, int, str], int] = {}
        shown, bounds = tokens
        count, started = len(shown), list(map(self._memo.__getitem__, shown))
        for index in compress(range(count), started):
            first = started[index]
            assert first is not None
            begin, end = bounds[2 * index], bounds[2 * index + 1]
            following = shown[index + 1] if index + 1 < count else ""
            longer = following in first.second or (first.beginnings and following)
            if not longer:
                for phrase in first.alone:
                    found[begin, end, phrase.kind] = phrase.langs
                continue
            best = {phrase.kind: (end, phrase.langs) for phrase in first.alone}
            _longer(first, tokens, index, best)
            for kind, (stop, langs) in best.items():
                found[begin, stop, kind] = langs
        if self._joined and not text.isascii():
            self._mark_joined(text, found)
        ordered = sorted(found.items())
        return [Mark(start, end, kind, langs) for (start, end, kind), langs in ordered]

    def _may_join(self, lowered: str) -> bool:
        """Return whether a joined word may stand in a text: some need its script, others accents."""
        signs = others_in(lowered)
        return not self._beyond.isdisjoint(signs) or any(
            accents <= signs and any(word in lowered for word in words)
            for accents, words in self._latin.items()
        )

    def _mark_joined(self, text: str, found: dict[tuple[int, int, str], int]) -> None:
        lowered = text.lower()
        if len(lowered) != len(text):
            lowered = text
        if not self._may_join(lowered):
            return
        past, sizes = 0, self._sizes
        pairs = map(add, lowered, f"{lowered[1:]} ")
        starts = map(
            or_, map(self._heads.__contains__, pairs), map(self._heads.__contains__, lowered)
        )
        for start in compress(range(len(lowered)), starts):
            if start < past:
                continue
            three = lowered[start : start + 3]
            for size in sizes.get(three) or sizes.get(three[:2]) or sizes.get(three[0], ()):
                word = lowered[start : start + size]
                classes = self._joined.get(word)
                if classes is not None:
                    past = start + len(word)
                    for kind, langs in classes:
                        found[start, past, kind] = found.get((start, past, kind), 0) | langs
                    break


def _folded(entry: str) -> tuple[str, ...]:
    """Return the words of an entry as texts show them; a star stands for any ending."""
    if entry.isascii():
        return tuple(_WORD.findall(entry.lower()))
    star = entry.replace("*", "ǂ")
    return tuple(piece.replace("ǂ", "*") for piece in words.tokens(star).words)


def _sizes(listed: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Return how long the words may be, longest first, by their first three characters.

    What three characters do not begin, two or one may be.
    """
    found: dict[str, set[int]] = {word[:3]: set() for word in listed}
    for word in listed:
        found[word[:3]].add(len(word))
    for head, sizes in found.items():
        sizes.update(size for size in (1, 2) if head[:size] in found)
    return {head: tuple(sorted(sizes, reverse=True)) for head, sizes in found.items()}


def _start(phrases: list[_Phrase]) -> _Start:
    alone: dict[str, _Phrase] = {}
    second: dict[str, list[_Phrase]] = {}
    beginnings: list[tuple[str, _Phrase]] = []
    for phrase in phrases:
        if not phrase.rest:
            held = alone.get(phrase.kind)
            langs = phrase.langs | (held.langs if held else 0)
            alone[phrase.kind] = _Phrase((), phrase.kind, langs)
        elif phrase.rest[0].endswith("*"):
            beginnings.append((phrase.rest[0][:-1], phrase))
        else:
            second.setdefault(phrase.rest[0], []).append(phrase)
    return _Start(tuple(alone.values()), second, tuple(beginnings))


def _longer(started: _Start, tokens: Tokens, index: int, best: dict[str, tuple[int, int]]) -> None:
    """Put the phrases of several words that stand at a token into `best`, the longest of a kind."""
    following = tokens.words[index + 1]
    fitting = started.second.get(following, [])
    if started.beginnings:
        more = [p for beginning, p in started.beginnings if following.startswith(beginning)]
        fitting = [*fitting, *more]
    for phrase in fitting:
        last = _match(phrase.rest, tokens.words, index)
        if last < 0:
            continue
        stop, (held, langs) = tokens.bounds[2 * last + 1], best.get(phrase.kind, (-1, 0))
        if stop > held:
            best[phrase.kind] = (stop, phrase.langs)
        elif stop == held:
            best[phrase.kind] = (stop, langs | phrase.langs)


def _match(rest: tuple[str, ...], words: list[str], index: int) -> int:
    """Return the index of the phrase's last token, or -1; the second word fits already."""
    at = index + 1
    for piece in rest[1:]:
        at += 1
        if at >= len(words):
            return -1
        word = words[at]
        fits = word.startswith(piece[:-1]) if piece.endswith("*") else word == piece
        if not fits:
            return -1
    return at


@cache
def load() -> Lexicon:
    """Return the bundled lexicon. Raises InputError when a file of it is broken."""
    classes: dict[str, dict[str, str]] = {}
    folder = resources.files("seawall.guard.semantic").joinpath("lexicon")
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".yaml"):
            content: Any = yamlfile.parse(entry.read_text(encoding="utf-8"), entry.name)
            for kind, languages in content.items():
                classes.setdefault(kind, {}).update(languages)
    return Lexicon(classes)
