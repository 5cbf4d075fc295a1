"""Texts that remember where in the raw text each of their characters stood."""

import re
from collections import deque
from collections.abc import Callable, Sequence

from seawall.guard.contract import View

# A change inside a long text is shown with this many characters around it, not with all of it.
MARGIN, SHORT_TEXT = 240, 1_600
CLEAN_KINDS = frozenset({"raw", "normalised", "folded", "strings"})
Piece = tuple[int, int, str]
# A token, then tokens that are too long for words, and what has none of the letters g to z.
_HELD = re.compile(
    r"[A-Za-z0-9+/=_.~%-]*+"
    r"(?:[A-Za-z0-9+/=_.~%-]{20,}+|[\x00-@\[-`{-\x7fA-Fa-f\xb7\u2013\u2014\u2022\u2212])*+"
)


class Builder:
    """Builds a text from copied and replaced pieces of a source, with offsets into the source."""

    __slots__ = ("_offsets", "_pieces", "changed")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._offsets: list[int] = []
        self.changed = False

    def copy(self, source: str, start: int, end: int) -> None:
        """Append source[start:end] unchanged."""
        if end > start:
            self._pieces.append(source[start:end])
            self._offsets.extend(range(start, end))

    def put(self, text: str, start: int, end: int) -> None:
        """Append `text`, which stands for source[start:end]; its characters spread over it."""
        self.changed = True
        self._pieces.append(text)
        size, width = len(text), end - start
        if size == 1:
            self._offsets.append(start)
        elif size:
            self._offsets.extend([start + index * width // size for index in range(size)])

    def finish(self, end: int) -> tuple[str, tuple[int, ...]]:
        """Return the text and its offsets (one more than characters). `end` closes the map."""
        self._offsets.append(end)
        return "".join(self._pieces), tuple(self._offsets)


def child_kind(parent: View, kind: str) -> str:
    """Name a reading of a reading: `base64+rot13`. Clean-up steps do not show in the name."""
    return kind if parent.kind in CLEAN_KINDS else f"{parent.kind}+{kind}"


def whole(
    parent: View,
    kind: str,
    text: str,
    offsets: tuple[int, ...],
    atoms: tuple[tuple[int, int], ...] = (),
) -> View:
    """Return the view of a text built from its parent, offsets composed with the parent's."""
    if parent.kind != "raw" and parent.offsets is None:
        return View(kind=kind, text=text, start=parent.start, end=parent.end)
    if parent.offsets is not None:
        base = parent.offsets
        offsets = tuple([base[index] for index in offsets])
    return View(
        kind=kind,
        text=text,
        offsets=offsets,
        start=min(offsets[0], offsets[-1]),
        end=max(offsets[0], offsets[-1]),
        atoms=joined(sorted({*parent.atoms, *atoms})),
    )


def joined(ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return sorted ranges with those that overlap as one, so that all stand apart."""
    found: list[tuple[int, int]] = []
    for start, end in ranges:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def run(parent: View, kind: str, text: str, start: int, end: int) -> View:
    """Return the view of one decoded run parent.text[start:end]; every hit covers the run."""
    raw_start, raw_end = parent.raw_span(start, end)
    return View(kind=kind, text=text, start=raw_start, end=raw_end)


def _windows(text: str, pieces: Sequence[Piece], margin: int) -> list[tuple[int, int]]:
    """Return the ranges around the pieces, in order and apart; linear in the text."""
    if len(text) <= SHORT_TEXT * margin // MARGIN:
        return [(0, len(text))]
    merged: list[tuple[int, int]] = []
    for start, end, _ in pieces:
        first, last = merged.pop() if merged else (0, 0)
        low, high = max(last, start - margin), max(last, min(len(text), end + margin))
        if low > last:
            low -= _held(text[last:low][::-1], 0)
        if high > last:
            high = _held(text, high)
        if low > last:
            merged += [(first, last), (low, high)] if last else [(low, high)]
        else:
            merged.append((first, high))
    return merged


def _held(text: str, at: int) -> int:
    """Return where what must not be cut there ends: a word, a token, a run of codes."""
    match = _HELD.match(text, at)
    return match.end() if match else at


def around(
    source: str,
    pieces: Sequence[Piece],
    margin: int,
    write: Callable[[Builder, str, int, int], None],
) -> tuple[str, tuple[int, ...]]:
    """Return what stands around the pieces and, in their places, what `write` appends, with offsets.

    `write` gets the builder and a piece's text, start and end.
    """
    builder, todo, close = Builder(), deque(pieces), 0
    for number, (low, high) in enumerate(_windows(source, pieces, margin)):
        if number:
            builder.put("\n\n", close, low)
        last = low
        while todo and todo[0][0] < high:
            start, end, text = todo.popleft()
            builder.copy(source, last, start)
            write(builder, text, start, end)
            last = end
        builder.copy(source, last, max(high, last))
        close = max(high, last)
    return builder.finish(close)


def passages(
    parent: View,
    kind: str,
    pieces: Sequence[Piece],
    *,
    atomic: bool = False,
    margin: int = MARGIN,
) -> View:
    """Return the parent with pieces (start, end, text; sorted, apart) replaced.

    Of a long parent only `margin` characters around the pieces are kept, and what these would cut
    in two; an empty line stands for what is left out.
    `atomic`: the replaced ranges only make sense whole, so findings cover them.
    """
    text, offsets = around(parent.text, pieces, margin, Builder.put)
    atoms = tuple(parent.raw_span(start, end) for start, end, _ in pieces) if atomic else ()
    return whole(parent, kind, text, offsets, atoms)


def substituted(
    parent: View,
    kind: str,
    pattern: re.Pattern[str],
    replace: Callable[[re.Match[str]], str | None],
) -> View | None:
    """Return the parent with matches replaced, as `passages` does; None when nothing was replaced.

    `replace` returns None to leave a match as it is.
    """
    pieces: list[Piece] = []
    for match in pattern.finditer(parent.text):
        text = replace(match)
        if text is not None and text != match.group():
            pieces.append((*match.span(), text))
    return passages(parent, kind, pieces) if pieces else None
