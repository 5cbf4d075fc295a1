"""English glosses: words of other languages become the English words that the models know best.

A word list a language (`glosses/<language>.txt`, form and gloss, tab between). Scripts other than
Latin tell their language; Latin text is read in the language that most of its words belong to.
"""

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from string import ascii_lowercase
from typing import NamedTuple

import numpy as np

from seawall.core.normal_forms import unmarked
from seawall.guard.model.affixes import of_arabic_letters, stem, unpointed
from seawall.guard.model.compounds import compounds_of
from seawall.guard.model.latin import LatinWords
from seawall.guard.model.scripts import script_of
from seawall.guard.model.word_list import WordList, WordLists, Words, folder, languages, pairs_of

Piece = tuple[int, int, int, int]
Range = tuple[int, int]
_KEPT = 256
# Of languages that share a script the first list that knows a word decides; in Cyrillic the one
# that knows most words of the text goes before all.
_SCRIPTS = {
    "cyrillic": ("ru", "uk", "sr", "bg"),
    "greek": ("el",),
    "arabic": ("ar", "fa", "ur"),
    "persian": ("fa", "ar", "ur"),
    "urdu": ("ur", "fa", "ar"),
    "hebrew": ("he",),
    "devanagari": ("hi",),
    "bengali": ("bn",),
    "tamil": ("ta",),
    "thai": ("th",),
    "hangul": ("ko",),
    "chinese": ("zh", "ja"),
    "kana": ("ja", "zh"),
}
_VOTED = "cyrillic"
# Also written in Latin letters.
_TWO_SCRIPTS = frozenset({"sr", "hi"})
# Of Latin letters, with the syllables of a word apart.
SYLLABIC = frozenset({"vi"})
# With more syllables in ASCII than this, accents are left out.
_PLAIN = 0.8
# Words with the marks that some scripts put on letters; such marks are no word characters to `re`.
_MARKS = (
    r"\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u064b-\u0655\u0670"
    r"\u0900-\u0963\u0980-\u09e3\u0b82-\u0bcd\u0e30-\u0e4e\u200c"
)
_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*")
# Letters beyond ASCII and their marks; a text without them is as good as ASCII.
BEYOND = re.compile(rf"[^\W\d_\x00-\x7f]|[{_MARKS}]")
# Scripts that do not part words.
_RUNNING = frozenset({"chinese", "kana", "thai"})
_STOP = re.compile(r"[.!?\n;:]")
# What all languages in Latin letters know of a form: "code:gloss" for each of them.
TABLE, _OR = "latin.npz", "|"


# A character beyond ASCII that is neither a letter nor a letter's mark.
_SIGN = re.compile(rf"[^\x00-\x7f](?<![^\W\d_])(?<![{_MARKS}])")
# Of small letters: words stay, sentences end at line ends, all else is a space.
_PARTED = {
    code: c if c in f"{ascii_lowercase}?" else "\n" if _STOP.match(c) else " "
    for code, c in enumerate(map(chr, range(128)))
}
_LONGEST = 13
# No word is longer, though its letters and their marks stand apart.
_LONGEST_WORD = 80
# Katakana as short as this are as often a part of another word.
_TORN, _KATAKANA = 2, re.compile("[ァ-ヺー]+")
# Words that make a text English; the most common ones, which no other list should outvote.
ENGLISH = frozenset(
    "the of and to in is you that it he was for on are as with his they at be this have from or "  # noqa: SIM905
    "had by not but what all were we when your can said there use an each which she do how their "
    "if will up other about out many then them these so some her would make like him into time "
    "has look two more write go see no way could my than been who its now did get any our me "
    "know should please where just because does i a don isn t s m ve ll re d got ten am being down "
    "off over only before after here must may might never always too very much every most own same "
    "such both few next last first new good well want need help tell give take let show use used "
    "using work keep put ask read open list text line name user file code mail date day week call "
    "check play game word words story rules question questions message answer people thing things "
    "one five six seven eight nine today still again around through while without within under yes "
    "ok okay hey hi thanks thank sorry sure data system prompt bot chat ai vs id url api json "
    "sql".split()
)
# A language must know so many words of a text, this share of them, and this many times as many as
# are English; and more of a sentence in a text of another language.
WHOLE, INSIDE = (2, 0.4, 1.5), (4, 0.6, 3.0)


class Glossed(NamedTuple):
    """A text in English words. `pieces`: (start, end) here, then (start, end) in the original."""

    text: str
    pieces: tuple[Piece, ...]

    def origin(self, start: int, end: int) -> Range:
        """Return the range of the original that a range of the glossed text stands for."""
        first = self.pieces[max(0, bisect_right(self.pieces, (start, 1 << 60)) - 1)]
        last = self.pieces[max(0, bisect_right(self.pieces, (end - 1, 1 << 60)) - 1)]
        return _place(first, start)[0], _place(last, end - 1)[1]


def _place(piece: Piece, at: int) -> Range:
    """Return where one character of a piece comes from; a gloss comes from its whole word."""
    start, end, low, high = piece
    if end - start == high - low:
        return low + at - start, low + at - start + 1
    return low, high


@cache
def list_of(code: str) -> WordList:
    """Return a language's words of scripts other than Latin. Raises OSError, ValueError."""
    both = code in _TWO_SCRIPTS
    return WordList(pair for pair in pairs_of(code) if not both or script_of(pair[0]))


@cache
def _in_script(script: str, leader: str) -> Words:
    """Return the words of a script that is not Latin; `leader`: "" or the language asked first."""
    known = languages()
    codes = [code for code in dict.fromkeys((leader, *_SCRIPTS[script])) if code in known]
    if script not in _RUNNING:
        return WordLists(map(list_of, codes))
    # Most of what is looked up there is no word: a dictionary says so at once.
    return {form: gloss for code in reversed(codes) for form, gloss in pairs_of(code)}


def latin_glosses() -> dict[str, str]:
    """Return the forms of all lists of languages in Latin letters, each with its glosses.

    A form counts without its accents, too. Raises OSError, ValueError.
    """
    own = {code for codes in _SCRIPTS.values() for code in codes} - _TWO_SCRIPTS
    found: dict[str, list[str]] = {}
    for code in languages():
        words = [] if code in own else pairs_of(code)
        latin = {form: gloss for form, gloss in words if not script_of(form[0])}
        for form, gloss in ({unmarked("NFD", form): latin[form] for form in latin} | latin).items():
            found.setdefault(form, []).append(f"{code}:{gloss}")
    return {form: _OR.join(glosses) for form, glosses in found.items()}


@cache
def latin_words() -> LatinWords:
    """Return `latin_glosses`, read from the file that scripts/build_latin.py wrote."""
    with (folder() / TABLE).open("rb") as file, np.load(file, allow_pickle=False) as table:
        return LatinWords(table)


def load() -> None:
    """Read all words: else the first text that is not English waits for them.

    Raises OSError, ValueError.
    """
    latin_words()
    for script in _SCRIPTS:
        for leader in ("", *(_SCRIPTS[script] if script == _VOTED else ())):
            _in_script(script, leader)
    for code in SYLLABIC:
        compounds_of(code)


def _small(word: str) -> str:
    """Return a word in small letters, each with its marks as one; of too long a word its start."""
    if not word.isascii():
        # The Turkish İ would become an i with a mark of its own.
        word = unicodedata.normalize("NFC", word[:_LONGEST_WORD]).replace("İ", "i")
    return word.lower()


def _run(word: str, words: Words) -> list[tuple[int, int, str]]:
    """Return the longest known words of a run without spaces."""
    found, at = [], 0
    while at < len(word):
        for size in range(min(_LONGEST, len(word) - at), 0, -1):
            gloss = words.get(word[at : at + size])
            if gloss is not None and not (size <= _TORN and _torn(word, at, at + size, words)):
                found.append((at, at + size, gloss))
                at += size
                break
        else:
            at += 1
    return found


def _torn(word: str, start: int, end: int, words: Words) -> bool:
    """Return whether katakana are only the start of a longer word that is not known."""
    if not _KATAKANA.fullmatch(word, start, end) or not _KATAKANA.fullmatch(word, end, end + 1):
        return False
    return all(word[end:stop] not in words for stop in range(end + 2, end + _LONGEST))


def _spelled(word: str, script: str, words: Words) -> list[tuple[int, int, str]]:
    """Return the parts of a word of another script with their glosses."""
    if script in _RUNNING:
        return _run(word, words)
    low = _small(word)
    gloss = words.get(low) or words.get(stem(low, script, words))
    if not gloss and (plain := unpointed(low)) != low:
        gloss = words.get(plain) or words.get(stem(plain, script, words))
    return [(0, len(word), gloss)] if gloss else []


def _language(words: list[str], others: list[str], asked: tuple[int, float, float] = WHOLE) -> str:
    """Return the language of Latin words; empty for English, and where none is likely.

    `others`: those of the words that are not English.
    """
    least, share, times = asked
    if len(words) < least:
        return ""
    enough = max(least, share * len(words), times * (len(words) - len(others)))
    if len(others) < enough:
        return ""
    # No language has more votes than words are known at all.
    entries = _entries(others, math.ceil(enough))
    votes: dict[str, int] = {}
    for entry in entries:
        for one in entry.split(_OR):
            votes[one[:2]] = votes.get(one[:2], 0) + 1
    code, count = max(votes.items(), key=lambda vote: (vote[1], vote[0]), default=("", 0))
    return code if count >= enough else ""


def _entries(words: list[str], least: int) -> list[str]:
    """Return the glosses of words in Latin letters; none where too few words have some."""
    found: list[str] = []
    spare, glosses = len(words) - least, latin_words().glosses
    for word in words:
        entry = glosses(word)
        if entry:
            found.append(entry)
        elif spare:
            spare -= 1
        else:
            return []
    return found


class _Sentence(NamedTuple):
    """A range of a text, the words there that are of no other script, in small letters, those of
    them that are not English, and, where letters stand beyond ASCII, the words' matches.
    """

    place: Range
    words: list[str]
    others: list[str]
    matches: list[re.Match[str]]


def _sentences(text: str) -> tuple[list[_Sentence], list[tuple[re.Match[str], str]]]:
    """Return a text's sentences, and its words of other scripts, each with its script."""
    found: list[_Sentence] = []
    others: list[tuple[re.Match[str], str]] = []
    start = 0
    for segment in _plain(text).split("\n"):
        place = (start, start + len(segment))
        if "?" in segment:
            each = [(match, script_of(match.group())) for match in _WORD.finditer(text, *place)]
            others += [(match, script) for match, script in each if script]
            matches = [match for match, script in each if not script]
            words = [_small(match.group()) for match in matches]
        else:
            matches, words = [], segment.split()
        foreign = [word for word in words if word not in ENGLISH]
        found.append(_Sentence(place, words, foreign, matches))
        start = place[1] + 1
    return found, others


def _plain(text: str) -> str:
    """Return a text of as many characters: small letters, a question mark for each beyond ASCII, a
    line end for what parts sentences, and spaces.
    """
    low = text.lower()
    if len(low) != len(text):
        low = "".join(one if len(one := letter.lower()) == 1 else letter for letter in text)
    low = low.replace("?", "\n")
    if not low.isascii():
        low = _SIGN.sub(" ", low).encode("ascii", "replace").decode()
    return low.translate(_PARTED)


def _in_sentence(text: str, sentence: _Sentence, main: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, gloss) of one sentence's words; `main`: the language of the whole text."""
    words, others = sentence.words, sentence.others
    same = main and (len(others) == len(words) or _language(words, others) == main)
    code = main if same else _language(words, others, INSIDE)
    if not code or not words:
        return
    matches = sentence.matches or list(_WORD.finditer(text, *sentence.place))
    last = 0
    if code in SYLLABIC:
        plain = sum(map(str.isascii, words)) > _PLAIN * len(words)
        for first, end, gloss in compounds_of(code).within(text, words, matches, plain=plain):
            yield from _single(words[last:first], matches[last:first], code)
            yield matches[first].start(), matches[end - 1].end(), gloss
            last = end
    yield from _single(words[last:], matches[last:], code)


def _single(
    words: list[str], matches: list[re.Match[str]], code: str
) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, gloss) of words that stand for themselves."""
    for match, entry in zip(matches, map(latin_words().glosses, words), strict=True):
        if gloss := _gloss_in(entry, code):
            yield (*match.span(), gloss)


def _gloss_in(entry: str, code: str) -> str:
    """Return one language's gloss of a form in Latin letters; empty if it has none."""
    return next((one[3:] for one in entry.split(_OR) if one.startswith(code)), "")


def _leader(words: list[str]) -> str:
    """Return the language that knows most of a text's Cyrillic words; two more than the first."""
    codes = _SCRIPTS[_VOTED]
    counts = [sum(map(list_of(code).__contains__, words)) for code in codes]
    counts[0] += 1
    return codes[counts.index(max(counts))] if words else ""


def _others(
    matches: list[tuple[re.Match[str], str]],
) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, gloss) of the words of other scripts."""
    leader = _leader([_small(match.group()) for match, script in matches if script == _VOTED])
    own_of = {script: script for _, script in matches}
    if "kana" in own_of:
        own_of["chinese"] = "kana"
    if "arabic" in own_of:
        own_of["arabic"] = of_arabic_letters(
            set().union(*(match.group() for match, script in matches if script == "arabic"))
        )
    for match, script in matches:
        own = own_of[script]
        words = _in_script(own, leader if script == _VOTED else "")
        for start, end, gloss in _spelled(match.group(), own, words):
            yield match.start() + start, match.start() + end, gloss


def _known(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, gloss) of the words that have one, in order."""
    sentences, others = _sentences(text)
    main = _language(
        [word for sentence in sentences for word in sentence.words],
        [word for sentence in sentences for word in sentence.others],
    )
    # Too few foreign words tell no language of a sentence's own.
    likely = [one for one in sentences if main or len(one.others) >= INSIDE[0]]
    found = (_in_sentence(text, sentence, main) for sentence in likely)
    return sorted([*chain.from_iterable(found), *_others(others)])


@lru_cache(maxsize=_KEPT)
def glossed(text: str) -> Glossed | None:
    """Return a text with English words for the foreign ones that are known; None if there are none.

    Linear in the text. Raises OSError when a word list cannot be read.
    """
    known = _known(text)
    if not known:
        return None
    parts: list[str] = []
    pieces: list[Piece] = []
    size = last = 0

    def add(part: str, start: int, end: int) -> None:
        nonlocal size
        if part:
            parts.append(part)
            pieces.append((size, size + len(part), start, end))
            size += len(part)

    for start, end, gloss in known:
        add(text[last:start], last, start)
        if parts and start == last and not parts[-1].endswith(" "):
            add(" ", start, start + 1)
        add(gloss, start, end)
        last = end
    add(text[last:], last, len(text))
    return Glossed("".join(parts), tuple(pieces))
