"""Empty boxes drawn with signs: forms, tables, frames. They say little, and that whatever their size."""

from collections.abc import Sequence
from itertools import groupby

_ACROSS = frozenset("-=_─━═┄┅┈┉╌╍")
_UPRIGHT = frozenset("|│┃║┆┇┊┋╎╏")
_EDGES = _ACROSS | _UPRIGHT | frozenset("+") | frozenset(map(chr, range(0x2500, 0x2580)))
# So many lines and columns alike stay of more: enough for a letter of one box, such as an o. More
# boxes beside each other are a table.
_ONE, _MORE = (5, 9), (2, 3)


def reduced(rows: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row of closed, empty boxes at their least size; any other row as it is.

    Letters drawn with the same signs are open somewhere, but for o, d, b, zero and eight, which
    are boxes too. Linear in the row.
    """
    if not rows or not all(map(_EDGES.issuperset, (line.replace(" ", "") for line in rows))):
        return rows
    width = max(map(len, rows))
    even = [line.ljust(width) for line in rows]
    groups = [(side, list(same)) for side, same in groupby(even, key=_side)]
    if len(groups) < 3 or groups[0][0] or groups[-1][0] or not _closed(groups):
        return rows
    sides = max(len(same[0].split()) for side, same in groups if side)
    high, wide = _ONE if sides <= 2 else _MORE
    lines = [line for side, same in groups for line in (same[:high] if side else same)]
    columns = [
        column for _, same in groupby(zip(*lines, strict=True)) for column in list(same)[:wide]
    ]
    return tuple("".join(line).rstrip() for line in zip(*columns, strict=True))


def _side(line: str) -> bool:
    """Return whether only upright signs stand in a line: the sides of boxes."""
    return _UPRIGHT.issuperset(line.replace(" ", ""))


def _closed(groups: Sequence[tuple[bool, list[str]]]) -> bool:
    """Return whether all sides end above and below at lines that go from side to side."""
    for number, (side, same) in enumerate(groups):
        if side:
            if len(set(same)) > 1:
                return False
            continue
        beside = [groups[at][1][0] for at in (number - 1, number + 1) if 0 <= at < len(groups)]
        ends = {at for line in beside for at, sign in enumerate(line) if sign != " "}
        for ruler in same:
            inked = [at for at, sign in enumerate(ruler) if sign != " "]
            if not ends.issubset(inked):
                return False
            first = [at for at in inked if at == 0 or ruler[at - 1] == " "]
            last = [at for at in inked if ruler[at + 1 : at + 2] in ("", " ")]
            if not ends.issuperset((*first, *last)):
                return False
    return True
