"""Words whose syllables are written apart, as in Vietnamese: "hệ thống" is one word, "system"."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from seawall.core.normal_forms import unmarked
from seawall.guard.model.word_list import pairs_of

Found = tuple[int, int, str]
# Where the tone stands in these syllables is a matter of taste: "hoà" is "hòa".
_TONE = "[\u0300\u0301\u0303\u0309\u0323]"
_LATE = re.compile(rf"(o[ae]|uy)({_TONE})(?!\w)")
_EARLY = re.compile(rf"(o{_TONE}[ae]|u{_TONE}y)(?!\w)")
LONGEST = 4
# What may stand between syllables, but for blanks.
_JOINS = frozenset("-_\u2010\u2011")


def bare(words: str) -> str:
    """Return words in Latin letters as they are typed without accents."""
    return unmarked("NFD", words).replace("đ", "d")


def _spellings(form: str) -> tuple[str, str]:
    """Return a form with its tones on the first and on the last vowel."""
    split = unicodedata.normalize("NFD", form)
    early = _LATE.sub(lambda found: f"{found[1][0]}{found[2]}{found[1][1]}", split)
    late = _EARLY.sub(lambda found: f"{found[1][0]}{found[1][2]}{found[1][1]}", split)
    return unicodedata.normalize("NFC", early), unicodedata.normalize("NFC", late)


def _joined(between: str) -> bool:
    return between.isspace() or between in _JOINS


class Compounds:
    """The compounds of one language, the longest first. Immutable."""

    def __init__(self, words: dict[str, str]) -> None:
        """`words`: forms of two to four syllables, a space between, with their glosses.

        A form without accents that is listed decides what is meant where none are written.
        """
        self._words = {one: words[form] for form in words for one in _spellings(form)} | words
        self._bare = {bare(form): words[form] for form in reversed(words)}
        self._bare |= {form: gloss for form, gloss in words.items() if form.isascii()}
        self._longest: dict[str, int] = {}
        for form in (*self._words, *self._bare):
            first, *others = form.split(" ")
            self._longest[first] = max(self._longest.get(first, 0), 1 + len(others))

    def within(
        self, text: str, syllables: Sequence[str], places: Sequence[re.Match[str]], *, plain: bool
    ) -> Iterator[Found]:
        """Yield (first, end, gloss) of the compounds among syllables; none overlap. Linear.

        `syllables`: in small letters; `places`: where they stand; `plain`: without accents.
        """
        words = self._bare if plain else self._words
        at = 0
        while at < len(syllables):
            most = at + 1
            last = min(len(syllables), at + self._longest.get(syllables[at], 1))
            while most < last and _joined(text[places[most - 1].end() : places[most].start()]):
                most += 1
            for end in range(most, at + 1, -1):
                if gloss := words.get(" ".join(syllables[at:end])):
                    yield at, end, gloss
                    at = end
                    break
            else:
                at += 1


@cache
def compounds_of(code: str) -> Compounds:
    """Return a language's words of several syllables. Raises OSError, ValueError."""
    return Compounds(dict(pairs_of(code, ".compounds.tsv")))
