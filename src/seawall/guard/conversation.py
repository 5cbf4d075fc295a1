"""A request split over several messages, put together again."""

import re
from collections.abc import Sequence

from seawall.core.exchange import Part, Role, Stage

# "Part 2 of 4:", "(2/4)", "Teil 2/4": what stands before it on the message is frame, not payload.
_MARK = re.compile(
    r"(?:\b(?:part|piece|chunk|teil|stück|partie|parte|deel)\s*)?[(\[]?\b\d{1,2}\s?(?:/|of|von|sur|"
    r"de|van)\s?\d{1,2}\b[)\]]?[:.]? ?|\b(?:part|piece|chunk|teil|partie|parte)\s*\d{1,2}\s?[:=] ?",
    re.IGNORECASE,
)
MAX_CHARACTERS = 64_000


def joined(parts: Sequence[Part]) -> tuple[str, tuple[int, ...]] | None:
    """Return the user's messages as one text and the offsets of its seams, or None for one."""
    users = [p for p in parts if p.role is Role.USER and p.stage is Stage.INPUT and p.text]
    if len(users) < 2:
        return None
    pieces: list[str] = []
    for part in users:
        match = _MARK.search(part.text[:400])
        pieces.append(part.text[match.end() :] if match else part.text)
    while len(pieces) > 1 and sum(map(len, pieces)) > MAX_CHARACTERS:
        pieces.pop(0)
    seams, total = [], 0
    for piece in pieces[:-1]:
        total += len(piece)
        seams.append(total)
    return "".join(pieces), tuple(seams)


def crosses(start: int, end: int, seams: tuple[int, ...]) -> bool:
    """Return whether a range goes over a seam: what lies within one message was judged there."""
    return any(start < seam < end for seam in seams)
