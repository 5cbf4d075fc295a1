"""Words, numbers and signs of a text, with hashed features for the tagger. numpy only."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from seawall.guard.model.powers import MIX, PRIME, Hashes, powers

BITS = 16
FEATURES = 9
LISTS = ("given", "family", "place", "street")
# In brackets: a split then gives what parts the tokens too, so that lengths say where they stand.
_TOKEN = re.compile(r"([^\W\d_]+|\d+|_|[^\w\s]|\n)")
_SHIFT = np.uint64(64 - BITS)
_SALT = 0x2545F4914F6CDD1D
_SALTS = np.arange(1, FEATURES + 1, dtype=np.uint64)[:, None] * np.uint64(_SALT)
_PRIME, _MIX, _ALL = int(PRIME), int(MIX), (1 << 64) - 1
_ZERO = 48
_ZEROS, _FIGURE = str.maketrans("123456789", "000000000"), re.compile("[1-9]")
_COMMON, _KNOWN = 500, 3000
# Ways to write a word; widths of what parts two words, the widest and all wider ones the last.
CASES, GAPS = 6, 4
_WIDEST = GAPS - 1
# The one feature that depends on more than the word.
_PARTED = 7
_OWN_SALTS = np.delete(_SALTS, _PARTED, axis=0)
Ints = npt.NDArray[np.int64]
# Hashes of words, in order, and what each is known as.
Vocabulary = tuple[Hashes, Ints]


def tokens(text: str) -> Ints:
    """Return (start, end) of every token, shape (n, 2), in characters; linear in the text."""
    return words_in(text)[1]


def words_in(text: str) -> tuple[list[str], Ints]:
    """Return every token's letters, and what `tokens` returns."""
    parts = _TOKEN.split(text)
    ends = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts)).cumsum()
    return parts[1::2], ends[:-1].reshape(-1, 2)


def _codes(text: str) -> Hashes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(
        np.uint64
    )


def _lower(text: str) -> str:
    """Return the text in lower case, as long as it was."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


class _Hasher:
    """Hashes of any stretches of a text, from sums that are made once."""

    def __init__(self, codes: Hashes) -> None:
        size = len(codes) + 1
        up, self._back = powers(size)
        weighted = (codes + np.uint64(1)) * up[: len(codes)]
        self._sums = np.zeros(size, dtype=np.uint64)
        np.cumsum(weighted, out=self._sums[1:])

    def of(self, starts: Ints, ends: Ints) -> Hashes:
        found: Hashes = (self._sums[ends] - self._sums[starts]) * self._back[starts]
        return found


def _buckets(hashes: Hashes, salts: Hashes = _SALTS) -> Ints:
    """Return the buckets of hashes, a feature a row."""
    mixed = (hashes ^ salts) * MIX
    mixed ^= mixed >> np.uint64(29)
    mixed *= PRIME
    mixed >>= _SHIFT
    return mixed.view(np.int64)


def vocabulary(words: str, lists: Sequence[str]) -> Vocabulary:
    """Return what `features` must know of words. `words`: the common ones, the commonest first.

    `lists`: the words of each of LISTS. All as one text each, in small letters, parted by spaces.
    """
    codes: dict[int, int] = {}
    for rank, word in enumerate(_hashes(words).tolist()):
        codes[word] = 1 + (rank < _KNOWN) + (rank < _COMMON)
    for bit, listed in enumerate(lists, start=2):
        for word in _hashes(listed).tolist():
            codes[word] = codes.get(word, 0) | 1 << bit
    hashes = np.array(sorted(codes), dtype=np.uint64)
    return hashes, np.array([codes[word] for word in sorted(codes)], dtype=np.int64)


def _hashes(words: str) -> Hashes:
    spans = np.array([m.span() for m in re.finditer(r"\S+", words)], dtype=np.int64).reshape(-1, 2)
    return _Hasher(_codes(words)).of(spans[:, 0], spans[:, 1])


def lists_of(word: str, known: Vocabulary) -> frozenset[str]:
    """Return which of LISTS have a word."""
    code = int(_known_as(_hashes(_lower(word)), known)[0]) if word.strip() else 0
    return frozenset(name for bit, name in enumerate(LISTS, start=2) if code >> bit & 1)


def _known_as(words: Hashes, known: Vocabulary) -> Ints:
    """Return each word's code: how common (0 to 3, 3 most), and a bit for each list it is in."""
    hashes, codes = known
    at = np.minimum(np.searchsorted(hashes, words), len(hashes) - 1)
    found: Ints = np.where(hashes[at] == words, codes[at], 0)
    return found


def _between(codes: Hashes, first: int, last: int) -> npt.NDArray[np.bool_]:
    """Return which codes lie in a range; what is below it wraps around."""
    return codes - np.uint64(first) <= np.uint64(last - first)


def _cases(codes: Hashes, low: Hashes, starts: Ints, ends: Ints) -> Ints:
    """Return how each token is written: 0 small, 1 Capital, 2 ALL, 3 mIxed, 4 digits, 5 signs."""
    capital = codes != low
    upper = np.zeros(len(codes) + 1, dtype=np.int64)
    np.cumsum(capital, out=upper[1:])
    count, size, lead = upper[ends] - upper[starts], ends - starts, low[starts]
    case = np.full(len(starts), 3, dtype=np.int64)
    case[count == 0] = 0
    case[capital[starts] & (count == 1)] = 1
    case[(count == size) & (size > 1)] = 2
    digit = _between(lead, _ZERO, _ZERO + 9)
    case[digit] = 4
    case[(size == 1) & (lead < 128) & ~(_between(lead, 97, 122) | digit)] = 5
    return case


def features(text: str, spans: Ints, known: Vocabulary) -> Ints:
    """Return the buckets of each token, shape (n, FEATURES); 0 <= bucket < 2**BITS.

    The word in small letters (each digit as 0), its first and last letters, how it is written,
    how common it is, what parts it from the token before, and in which lists it is.
    """
    if not len(spans):
        return np.zeros((0, FEATURES), dtype=np.int64)
    found, case = _worded(text, spans, known)
    gap = np.zeros(len(spans), dtype=np.int64)
    np.minimum(spans[1:, 0] - spans[:-1, 1], _WIDEST, out=gap[1:])
    return _buckets(np.insert(found, _PARTED, _parted(case, gap), axis=0)).T


def of_words(words: Sequence[str], known: Vocabulary) -> tuple[Ints, Ints]:
    """Return the buckets that a token has wherever it stands, shape (n, FEATURES - 1), and how
    each is written (0 to CASES - 1). No word holds a space.
    """
    text = " ".join(words)
    small = _lower(text)
    plain = small.translate(_ZEROS) if _FIGURE.search(small) else small
    case = np.fromiter(map(_case, words, small.split(" ")), dtype=np.int64, count=len(words))
    sizes = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    ends = (sizes + 1).cumsum() - 1
    found = _spelt(_Hasher(_codes(plain)), ends - sizes, ends, case, known)
    return _buckets(found, _OWN_SALTS).T, case


def of_word(word: str, known: Vocabulary) -> tuple[list[int], int]:
    """Return what `of_words` returns, for one word: for a few, a fraction of the time."""
    low = _lower(word)
    plain = low.translate(_ZEROS)
    size, whole = len(plain), _hash(plain)
    hashes, codes = known
    at = bisect_left(hashes.data, whole)
    code = int(codes[at]) if at < len(hashes) and hashes[at] == whole else 0
    case = _case(word, low)
    parts = (plain[:3], plain[max(0, size - 3) :], plain[max(0, size - 2) :], plain[:4])
    last = plain[max(0, size - 4) :]
    found = [_mixed(0, whole), *map(_part, range(1, 6), (*parts, last))]
    found.append(_mixed(6, (case * 16 + min(size, 12)) * 4 + code % 4))
    return [*found, _mixed(8, code * 8 + case)], case


def _hash(word: str) -> int:
    """Return the hash of a word as `_Hasher` makes it."""
    total = 0
    for code in map(ord, reversed(word)):
        total = total * _PRIME + code + 1 & _ALL
    return total


def _mixed(row: int, hashed: int) -> int:
    """Return the bucket of a feature in a row, as `_buckets` makes it."""
    mixed = (hashed ^ (row + 1) * _SALT & _ALL) * _MIX & _ALL
    mixed ^= mixed >> 29
    return (mixed * _PRIME & _ALL) >> 64 - BITS


@lru_cache(maxsize=1 << 14)
def _part(row: int, letters: str) -> int:
    """Return the bucket of a word's first or last letters: many words share them."""
    return _mixed(row, _hash(letters))


def _case(word: str, low: str) -> int:
    """Return how one token is written, as `_cases` does."""
    lead, size = low[0], len(low)
    if "0" <= lead <= "9":
        return 4
    if size == 1 and lead < "\x80" and not "a" <= lead <= "z":
        return 5
    if word == low:
        return 0
    if word[1:] == low[1:]:
        return 1
    capital = [a != b for a, b in zip(word, low, strict=True)]
    count = sum(capital)
    if count == size > 1:
        return 2
    if count == 1 and capital[0]:
        return 1
    return 0 if not count else 3


def of_gaps() -> Ints:
    """Return the bucket of the feature that `of_words` leaves out: how a token is written, and
    what parts it from the one before; shape (CASES, GAPS).
    """
    case, gap = np.divmod(np.arange(CASES * GAPS, dtype=np.int64), GAPS)
    found = np.zeros((FEATURES, CASES * GAPS), dtype=np.uint64)
    found[_PARTED] = _parted(case, gap)
    bucket: Ints = _buckets(found)[_PARTED]
    return bucket.reshape(CASES, GAPS)


def _parted(case: Ints, gap: Ints) -> Ints:
    return case * 8 + gap


def _worded(text: str, spans: Ints, known: Vocabulary) -> tuple[Hashes, Ints]:
    """Return each token's features but for _PARTED, a feature a row, and how it is written."""
    small = _lower(text)
    codes = _codes(text)
    low = codes if small == text else _codes(small)
    starts, ends = np.ascontiguousarray(spans[:, 0]), np.ascontiguousarray(spans[:, 1])
    case = _cases(codes, low, starts, ends)
    plain = np.where(_between(low, _ZERO, _ZERO + 9), np.uint64(_ZERO), low)
    return _spelt(_Hasher(plain), starts, ends, case, known), case


def _spelt(hasher: _Hasher, starts: Ints, ends: Ints, case: Ints, known: Vocabulary) -> Hashes:
    """Return what `_worded` does; `hasher`: of small letters, each digit as 0."""
    found = np.empty((FEATURES - 1, len(starts)), dtype=np.uint64)
    found[:6] = hasher.of(*_spelled(starts, ends))
    size = np.minimum(ends - starts, 12)
    code = _known_as(found[0], known)
    found[6] = (case * 16 + size) * 4 + code % 4
    found[7] = code * 8 + case
    return found


def _spelled(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return where six stretches of each word begin and end, a stretch a row.

    All of it, its first three letters, its last three, two, first four and last four.
    """
    first, last = np.empty((6, len(starts)), np.int64), np.empty((6, len(starts)), np.int64)
    first[:], last[:] = starts, ends
    for row, letters in ((2, 3), (3, 2), (5, 4)):
        np.maximum(ends - letters, starts, out=first[row])
    for row, letters in ((1, 3), (4, 4)):
        np.minimum(starts + letters, ends, out=last[row])
    return first, last
