"""Word classes in many languages: which words of a text stand for which idea."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache, lru_cache
from importlib import resources
from itertools import chain, compress, islice
from operator import add, or_
from typing import Any

import msgspec

from seawall.core import yamlfile
from seawall.guard.reading.vocabulary import ranks
from seawall.guard.reading.words import others as others_in
from seawall.guard.semantic import text as words

# Words of these languages are found inside other words: no spaces, or particles joined on.
JOINED = frozenset({"zh", "ja", "ko", "ar", "fa", "hi", "he", "th", "el", "vi"})
# So many words up to this length are remembered.
_KEPT, _LONGEST = 60_000, 24
# So many common words are looked up from the start.
_LEARNT = 8_000
# Of so many sets of accents is known which words need no others.
_ACCENTS = 1024
# Latin letters, those of Vietnamese among them.
_BEYOND_LATIN = "\u1f00"
# Which words (first, last) are of which class, in which languages; where a class stands.
Spot = tuple[int, int, str, int]
Place = tuple[int, int, str]
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
    """The phrases that begin with a word: it alone (kind, languages), by the second word, by how
    that begins; `heads`: all such beginnings.
    """

    alone: tuple[tuple[str, int], ...]
    second: dict[str, list[_Phrase]]
    beginnings: tuple[tuple[str, _Phrase], ...]
    heads: tuple[str, ...]
    longer: bool


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
        self._accents = frozenset(chain.from_iterable(self._latin))
        self._spelt_with = lru_cache(maxsize=_ACCENTS)(self._with)

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
        found, lengths = self._exact.get(word), self._lengths.get(word[: self._shortest])
        if found is None and lengths is None:
            return None
        found = [*(found or ())]
        for length in lengths or ():
            if length > len(word):
                break
            found += self._prefix.get(word[:length], ())
        return _start(found) if found else None

    def learn(self, words: Iterable[str]) -> None:
        """Look up words before a text shows them."""
        deque(map(self._memo.__getitem__, words), maxlen=0)

    def spotted(self, shown: list[str]) -> list[Spot]:
        """Return every class found among words, in order; longer phrases hide shorter ones."""
        found: list[Spot] = []
        last, started = len(shown) - 1, list(map(self._memo.__getitem__, shown))
        for index in compress(range(len(shown)), started):
            first = started[index]
            assert first is not None
            if first.longer and index < last:
                following = shown[index + 1]
                if following in first.second or following.startswith(first.heads):
                    found += _longest(first, shown, index)
                    continue
            for kind, langs in first.alone:
                found.append((index, index, kind, langs))
        return found

    def joined(self, text: str) -> dict[Place, int]:
        """Return the languages of the classes found inside words, by range and class."""
        found: dict[Place, int] = {}
        if self._joined and not text.isascii():
            self._mark_joined(text, found)
        return found

    def marks(self, spots: list[Spot], bounds: list[int], joined: dict[Place, int]) -> list[Mark]:
        """Return what `spotted` and `joined` found, in order of the text; `bounds`: see Tokens."""
        found = {(bounds[2 * a], bounds[2 * b + 1], kind): langs for a, b, kind, langs in spots}
        for place, langs in joined.items():
            found[place] = found.get(place, 0) | langs
        ordered = sorted(found.items())
        return [Mark(start, end, kind, langs) for (start, end, kind), langs in ordered]

    def _may_join(self, lowered: str) -> bool:
        """Return whether a joined word may stand in a text: some need its script, others accents."""
        signs = others_in(lowered)
        if not self._beyond.isdisjoint(signs):
            return True
        return any(word in lowered for word in self._spelt_with(self._accents & signs))

    def _with(self, signs: frozenset[str]) -> list[str]:
        """Return the joined words in Latin letters that need no other accents."""
        return [word for accents, own in self._latin.items() if accents <= signs for word in own]

    def _mark_joined(self, text: str, found: dict[Place, int]) -> None:
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
    alone: dict[str, int] = {}
    second: dict[str, list[_Phrase]] = {}
    beginnings: list[tuple[str, _Phrase]] = []
    for phrase in phrases:
        if not phrase.rest:
            alone[phrase.kind] = alone.get(phrase.kind, 0) | phrase.langs
        elif phrase.rest[0].endswith("*"):
            beginnings.append((phrase.rest[0][:-1], phrase))
        else:
            second.setdefault(phrase.rest[0], []).append(phrase)
    heads = tuple(dict.fromkeys(beginning for beginning, _ in beginnings))
    longer = bool(second or beginnings)
    return _Start(tuple(alone.items()), second, tuple(beginnings), heads, longer)


def _longest(started: _Start, shown: list[str], index: int) -> Iterator[Spot]:
    """Yield the classes of the phrases that stand at a word, the longest of a class."""
    best = {kind: (index, langs) for kind, langs in started.alone}
    following = shown[index + 1]
    fitting = started.second.get(following, [])
    if started.beginnings:
        more = [p for beginning, p in started.beginnings if following.startswith(beginning)]
        fitting = [*fitting, *more]
    for phrase in fitting:
        last = _match(phrase.rest, shown, index)
        if last < 0:
            continue
        held, langs = best.get(phrase.kind, (-1, 0))
        if last > held:
            best[phrase.kind] = (last, phrase.langs)
        elif last == held:
            best[phrase.kind] = (last, langs | phrase.langs)
    for kind, (last, langs) in best.items():
        yield index, last, kind, langs


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
    found = Lexicon(classes)
    found.learn(islice(ranks(), _LEARNT))
    return found
