"""Where a text was cut into pieces: at such a seam a word goes on."""

from itertools import accumulate, pairwise
from string import ascii_letters

from seawall.guard.reading.vocabulary import known, plausible, segment

_LETTERS = frozenset(ascii_letters)
_LEAST_OVER, _LONGEST_PART = 8, 40


def seams(pieces: list[str], least: int) -> int:
    """Return at how many seams a word was cut: joined it is common, its pieces are not.

    0 where these are fewer than `least`.
    """
    parts: list[tuple[str, str]] = []
    for left, right in pairwise(pieces):
        if left[-1:] not in _LETTERS or right[:1] not in _LETTERS:
            continue
        left, right = left[-_LONGEST_PART:], right[:_LONGEST_PART]
        first = left[len(left.rstrip(ascii_letters)) :].lower()
        second = right[: len(right) - len(right.lstrip(ascii_letters))].lower()
        if not (known(first) and known(second)):
            parts.append((first, second))
    uneven, cuts = len(parts) >= least and _uneven(pieces), 0
    for left_over, (first, second) in zip(range(len(parts), 0, -1), parts, strict=True):
        if cuts + left_over < least:
            return 0
        cuts += known(first + second) or _over(first, second, uneven=uneven)
    return cuts if cuts >= least else 0


def _uneven(pieces: list[str]) -> bool:
    """Return whether some pieces begin or end with a space: what is cut anywhere, not a list."""
    edges = [piece[:1].isspace() != piece[-1:].isspace() for piece in pieces]
    return any(edges) and not all(edges)


def _over(first: str, second: str, *, uneven: bool) -> bool:
    """Return whether parts read as words only together: one goes over the seam, or none is known.

    `uneven`: the pieces look cut, so that words which go apart at the seam count too.
    """
    if len(first) + len(second) < _LEAST_OVER:
        return False
    words = segment(first + second)
    over = len(first) not in {*accumulate(map(len, words))}
    return (uneven or over or not (known(first) or known(second))) and plausible(words)
