"""A request split over several messages, put together again."""

import re
from collections.abc import Sequence
from itertools import pairwise

from seawall.core.exchange import Part, Role, Stage
from seawall.guard.reading.vocabulary import known

# "Part 2 of 4:", "(2/4)", "Teil 2/4": what stands before it on the message is frame, not payload.
_MARK = re.compile(
    r"(?:\b(?:part|piece|chunk|fragment|section|teil|stück|partie|morceau|parte|trozo|pezzo|deel|część|"
    r"bölüm)\s*)?[(\[]?\b\d{1,2}\s?(?:/|of|von|sur|de|di|van|z)\s?\d{1,2}\b[)\]]?[:.]? ?|"
    r"\b(?:part|piece|chunk|fragment|section|teil|stück|partie|morceau|parte|trozo|pezzo|deel|część|"
    r"bölüm)\s*(?:no\.?|nr\.?)?\s*#?\d{1,2}\s?[:=] ?|"
    r"\b(?:first|second|third|fourth|fifth|next|last|final)\s+(?:part|piece|chunk|bit|half)"
    r"\b[^:\n]{0,30}: ?",
    re.IGNORECASE,
)
MAX_CHARACTERS = 24_000
_FRAME = 400
# A model reads windows of about 700 characters.
_AROUND = 350
_WORD = 30
_LAST_LETTERS, _FIRST_LETTERS = re.compile(r"[^\W\d_]+$"), re.compile(r"[^\W\d_]+")
Joined = tuple[str, tuple[int, ...]]


# Fields beside the messages that are the user's too, but no part of what is said.
_BESIDE = ("/user", "/metadata")


def user_parts(parts: Sequence[Part]) -> list[Part]:
    """Return the parts that the user said in messages."""
    return [
        p
        for p in parts
        if p.role is Role.USER
        and p.stage is Stage.INPUT
        and p.text
        and not p.pointer.startswith(_BESIDE)
    ]


def _unframed(text: str) -> str:
    match = _MARK.search(text[:_FRAME])
    return text[match.end() :] if match else text


def _together(pieces: list[str], glue: str) -> Joined:
    """Return the latest pieces as one text with the offsets of its seams (where pieces begin)."""
    kept = list(pieces)
    while len(kept) > 2 and sum(map(len, kept)) > MAX_CHARACTERS:
        kept.pop(0)
    kept[0] = kept[0][-MAX_CHARACTERS:]
    kept[-1] = kept[-1][:MAX_CHARACTERS]
    seams, total = [], 0
    for piece in kept[:-1]:
        total += len(piece) + len(glue)
        seams.append(total)
    return glue.join(kept), tuple(seams)


def joined(parts: Sequence[Part]) -> list[Joined]:
    """Return the user's messages as one text, in the ways that undo splitting, with the seams.

    Without frames and joined directly ("Part 2 of 3: ..."), unless that adds nothing, and whole, a
    line each ("b = 'ore'").
    """
    whole = [part.text for part in user_parts(parts)]
    if len(whole) < 2:
        return []
    bare = [_unframed(text) for text in whole]
    apart = all(_parted(*pair) for pair in pairwise(whole))
    lines = _together(whole, "\n")
    return [lines] if bare == whole and apart else [_together(bare, ""), lines]


def _parted(left: str, right: str) -> bool:
    """Return whether nothing that was cut in two here can grow together."""
    return left[-1:].isspace() or right[:1].isspace()


def read_as_one(parts: Sequence[Part]) -> Joined:
    """Return the user's messages as one running text without frames, with its seams.

    A word that is cut in two grows together again; other pieces are parted by a space.
    """
    pieces = [_unframed(part.text) for part in user_parts(parts)]
    for at in range(len(pieces) - 1):
        pieces[at] += "" if _cut_word(pieces[at], pieces[at + 1]) else " "
    return _together(pieces, "")


def _cut_word(left: str, right: str) -> bool:
    before, after = _LAST_LETTERS.search(left[-_WORD:]), _FIRST_LETTERS.match(right[:_WORD])
    if before is None or after is None:
        return False
    one, other = before.group().lower(), after.group().lower()
    return known(one + other) and not (known(one) and known(other))


def around_seams(text: str, seams: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the ranges (start, end) around the seams that a finding over one can lie in."""
    found: list[tuple[int, int]] = []
    for seam in seams:
        start, end = max(0, seam - _AROUND), min(len(text), seam + _AROUND)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def crosses(start: int, end: int, seams: tuple[int, ...]) -> bool:
    """Return whether a range goes over a seam: what lies within one message was judged there."""
    return any(start < seam < end for seam in seams)
