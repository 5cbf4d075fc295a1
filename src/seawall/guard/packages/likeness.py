"""Names that can be mistaken for another: one edit away, or two where the name is long."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_./@"
_SHORTEST, _LONG, _LONGEST = 5, 9, 60
_PIECES = 3


class Likeness:
    """Finds the target that a name is a slip of. Work per name does not grow with the targets."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._rank = {name: number for number, name in enumerate(targets)}
        self._pieces: dict[str, list[str]] = defaultdict(list)
        for name in targets:
            if len(name) >= _LONG:
                for piece in _pieces(name):
                    self._pieces[piece].append(name)

    def of(self, name: str) -> str:
        """Return the most used target within one edit (two for long names), or an empty text.

        An edit is a letter more, less or other, or two swapped. A target itself has none.
        """
        if not _SHORTEST <= len(name) <= _LONGEST or name in self._rank:
            return ""
        near = {one for one in _one_edit(name) if len(one) >= _SHORTEST and one in self._rank}
        if not near and len(name) >= _LONG:
            near = {one for one in self._sharing(name) if distance(name, one) <= 2}
        return min(near, key=self._rank.__getitem__, default="")

    def _sharing(self, name: str) -> set[str]:
        """Return targets with a piece in common: two edits leave one of three pieces whole."""
        found: set[str] = set()
        for length in range(_LONG // _PIECES, _LONGEST // _PIECES + 1):
            for start in range(len(name) - length + 1):
                found.update(self._pieces.get(name[start : start + length], ()))
        return {one for one in found if abs(len(one) - len(name)) <= 2}


def distance(left: str, right: str) -> int:
    """Return the edits between two texts; swapping two neighbours is one edit."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, sign in enumerate(left, start=1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (sign != other))
            if i > 1 and j > 1 and sign == right[j - 2] and left[i - 2] == other:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]


def _pieces(name: str) -> Iterator[str]:
    size = len(name) / _PIECES
    cuts = [round(number * size) for number in range(_PIECES + 1)]
    return (name[a:b] for a, b in pairwise(cuts))


def _one_edit(name: str) -> Iterator[str]:
    for i in range(len(name) + 1):
        left, right = name[:i], name[i:]
        for letter in _LETTERS:
            yield left + letter + right
            yield left + letter + right[1:]
        yield left + right[1:]
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
