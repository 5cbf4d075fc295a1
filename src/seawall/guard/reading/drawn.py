"""Words drawn with signs over several lines: found, read, and put where the drawing stood.

A drawing is three or more lines in a row in which next to no words stand. Lines with signs only
also rule tables, end code and frame pictures: what the network says of these is no word, and
hardly sure.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from seawall.guard.contract import View
from seawall.guard.reading.boxes import reduced
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, plausible, segment

if TYPE_CHECKING:
    from seawall.guard.reading.drawn_letters import Read

_SIGN = r"[!-/:-@\[-`{-~]"
_OTHER = r"[\x{2500}-\x{259f}\x{25a0}-\x{25ff}\x{2800}-\x{28ff}\x{2b1b}\x{2b1c}\x{1f532}-\x{1f7ff}]"
# Three lines without letters and digits; a run of one letter or digit. Names begin
# with www, numbers end with zeros: of these it takes more.
GATES = {
    "drawn": rf"(?:^|\n)[ \t]*(?:{_SIGN}[ \t]*){{2,}}\r?\n"
    rf"[ \t]*(?:{_SIGN}[ \t]*)+\r?\n[ \t]*(?:{_SIGN}[ \t]*)+\r?(?:\n|$)|"
    + "|".join(letter * 3 for letter in "abcdefghijklmnopqrstuvxyz123456789")
    + "|w{4}|0{5}",
    "drawn-other": _OTHER + r"[^\n]*\n[^\n]*" + _OTHER,
}  # fmt: skip
KIND = "drawn"
# These put signs together or take them for others: what they leave is no picture.
_REWRITTEN = (KIND, "atbash", "glued", "joined", "leet", "morse", "parted", "pig", "places",
              "radio", "rejoined", "reversed", "rot", "taught", "word-order")  # fmt: skip
_LETTERS = re.compile(r"[a-z0-9]*[a-z][a-z0-9]*")
# What zero, one, two, five, seven and eight look like.
_LOOKS = tuple(str.maketrans("012578", letters) for letters in ("oizstb", "olzstb"))
_LEAST_GLUED = 8

# Columns and lines of a drawing; blank lines between two rows of one.
_MOST_COLUMNS, _LEAST_LINES, _MOST_LINES, _APART = 1_000, 3, 60, 2
_LEAST_WIDE, _LEAST_INK = 4, 8
# A unit is some 11 microseconds, a second or so for a text in all; letters that are not clear are
# searched for, in four times that.
MOST_WORK = 100_000
_PER_ROW, _CELLS, _SEARCHED = 50, 9, 4
# Where letters are less sure than this, on the mean, it may be several rows.
_SURELY = 0.85
_MOST_STACKED, _LEAST_STACKED = 3, 4
# A letter or a digit beside another one: words and numbers; ink repeats itself.
_CHANGE = re.compile(r"([^\W\d_])(?!\1)(?=[^\W\d_])(?!P)", re.IGNORECASE)
_STEP = re.compile(r"(\d)(?!\1)(?=\d)")
_INKS, _MOST_INKS = 2, 5
# Lists of numbers, assignments, and what closes a block of code.
_CODE = re.compile(r"\d,\s{0,3}[+-]?\d|\w ?= ?[\w\[(\"]|^\s*[()\[\]{},;\"]{1,4}\s*$")
# Letters of other scripts; their marks are none to the expressions.
_OTHERS = re.compile("[\u0370-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufaff]")
_MOST_OTHERS = 3
# Four letters of a line tell most words at once; these letters ink no shapes.
_WORD, _SHAPE, _OF_WORDS = re.compile(r"[A-Za-z]{2}[a-z]{2}"), 3, frozenset("ceihkrstuvwxz")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})\s*\w{0,20}\s*")
_MARK = re.compile(r"[ \t]*(>|#|\*|;+|\||%|//|--)(?= |$)")
_RULER = re.compile(r"\s*(\S)\1{19,}\s*")
_QUARTER = 4
_LEAST_SHAPED, _FEW = 12, 9


class Work:
    """What rows of a text say; how much may still be read of it, in all its readings together."""

    def __init__(self) -> None:
        """Begin a text."""
        self.left = MOST_WORK
        self._known: dict[tuple[str, ...], Read] = {}

    def said(self, rows: tuple[str, ...]) -> "Read":
        """Return what rows say; rows that were read before cost nothing."""
        read = self._known.get(rows)
        if read is None:
            from seawall.guard.reading.drawn_letters import said  # it brings numpy

            read = self._known[rows] = said(rows)
            columns, lines = max(map(len, rows)), len(rows)
            wide = columns * 10 // lines
            self.left -= _PER_ROW + wide * (_SEARCHED if read.text else 1)
            self.left -= columns * lines // _CELLS
        return read


def drawn(view: View, gates: frozenset[str], work: Work) -> Iterator[View]:
    """Yield the text with each drawing as what it says.

    A view of kind "cut" means that there was too much to read.
    """
    if not gates & GATES.keys() or view.text.count("\n") < _LEAST_LINES - 1:
        return
    if any(step.startswith(_REWRITTEN) for step in view.kind.split("+")):
        return
    pieces: list[Piece] = []
    for block in _blocks(view.text):
        read = _read(block, work)
        if read:
            pieces.append((block[0][0], block[-1][1], read))
        if work.left < 0:
            yield View(kind="cut", text="")
            break
    if pieces:
        yield passages(view, child_kind(view, KIND), pieces, atomic=True)


# Where a line begins and ends, and what it holds without a mark of quotation.
Line = tuple[int, int, str]


def _blocks(text: str) -> Iterator[list[Line]]:
    """Yield runs of lines that may be drawn, without blank ones around."""
    run: list[Line] = []
    blank = at = 0
    for line in text.split("\n"):
        start, at = at, at + len(line) + 1
        if not line.strip():
            blank += 1
            continue
        inked = _inked(line)
        if run and (blank > _APART or not inked):
            yield from _block(run)
            run = []
        if inked:
            run += [(start - 1, start - 1, "")] * bool(run and blank)
            run.append((start, start + len(line), line.rstrip()))
        blank = 0
    yield from _block(run)


def _block(run: list[Line]) -> Iterator[list[Line]]:
    if len(run) >= _LEAST_LINES:
        yield _unmarked(run)


def _inked(line: str) -> bool:
    """Return whether next to no words stand in a line."""
    word = _WORD.search(line)
    letters = {*word[0].lower()} if word is not None else set()
    if len(letters) > _SHAPE or (len(letters) == _SHAPE and not letters.isdisjoint(_OF_WORDS)):
        return False
    if len(line) > _MOST_COLUMNS or _FENCE.fullmatch(line) or _CODE.search(line):
        return False
    if not line.isascii() and len({*_OTHERS.findall(line)}) > _MOST_OTHERS:
        return False
    digits = len({*filter(str.isdigit, line)})
    if digits > _MOST_INKS:
        return False
    changes = len(_CHANGE.findall(line)) + (len(_STEP.findall(line)) if digits > _INKS else 0)
    ink = len(line) - line.count(" ")
    if changes * _QUARTER <= ink:
        return True
    # Shapes of few letters: d88b, `Ybmmd'.
    few = ink >= _LEAST_SHAPED and len({*filter(str.isalpha, line.lower())}) <= _FEW
    return few and changes * 2 <= ink


def _unmarked(run: list[Line]) -> list[Line]:
    """Return lines without the mark of quotation or comment that begins them all."""
    found = {match[0] if (match := _MARK.match(line)) else "" for _, _, line in run if line}
    if len(found) != 1 or "" in found:
        return run
    size = len(found.pop())
    return [(start, end, line[size:] if line[size:].strip() else "") for start, end, line in run]


def _read(block: Sequence[Line], work: Work) -> str:
    """Return what the rows of a drawing say, as far as there is work left."""
    words: list[str] = []
    single = 0
    for inked, group in groupby(block, key=lambda line: bool(line[2])):
        rows = reduced(_trimmed([line for _, _, line in group])) if inked else ()
        if work.left < 0:
            break
        said = _row(rows, work) if rows else ""
        if not said:
            continue
        alone = len(said) == 1
        # Big letters one below the other spell a word downwards.
        single = single + 1 if alone else 0
        if single > 1:
            words[-1] += said
        else:
            words.append(said)
    text = _LETTERS.sub(_worded, " ".join(words))
    return text if sum(map(str.isalnum, text)) > 1 else ""


def _worded(match: re.Match[str]) -> str:
    """Return a run of letters as words: letters for digits that look like them, and parted."""
    run = match[0]
    if known(run):
        return run
    for plain in (run,) if run.isalpha() else [run.translate(table) for table in _LOOKS]:
        if known(plain):
            return plain
        parts = segment(plain) if len(plain) >= _LEAST_GLUED and plain.isalpha() else []
        if plausible(parts):
            return " ".join(parts)
    return run


def _trimmed(rows: list[str]) -> tuple[str, ...]:
    """Return the lines of a row of letters without rulers and frame; nothing for what is none."""
    while rows and _RULER.fullmatch(rows[-1]):
        rows.pop()
    start = next((at for at, line in enumerate(rows) if not _RULER.fullmatch(line)), len(rows))
    rows = _unframed(rows[start:])
    if not _LEAST_LINES <= len(rows) <= _MOST_LINES:
        return ()
    rows = [line.expandtabs() for line in rows]
    # One long line among short ones would make a picture of blanks.
    most = max(80, 8 * sum(map(len, rows)) // len(rows))
    indent = min(len(line) - len(line.lstrip()) for line in rows)
    rows = [line[indent:most] for line in rows]
    ink = sum(len(line) - line.count(" ") for line in rows)
    # Tabs may have made a line of many more columns than it had characters.
    enough = _LEAST_WIDE <= max(map(len, rows)) <= _MOST_COLUMNS and ink >= _LEAST_INK
    return tuple(rows) if enough and len(set(rows)) > 1 else ()


_LEAST_FRAMED = 12


def _unframed(rows: list[str]) -> list[str]:
    """Return what stands in a frame, or the lines as they are."""
    bare = [line.strip() for line in rows]
    if len(rows) < _LEAST_LINES + 2 or len({*map(len, bare)}) > 1 or len(bare[0]) < _LEAST_FRAMED:
        return rows
    top, bottom = bare[0], bare[-1]
    if " " in top + bottom or len({*top[1:-1]}) > 1 or len({*bottom[1:-1]}) > 1:
        return rows
    sides = {line[0] for line in bare[1:-1]} | {line[-1] for line in bare[1:-1]}
    inner = [line[1:-1].rstrip() for line in bare[1:-1]]
    return [line for line in inner if line] if len(sides) <= 2 and any(inner) else rows


def _row(rows: tuple[str, ...], work: Work) -> str:
    """Return what lines with letters say.

    Rows of letters may stand below each other without a blank line.
    """
    found = work.said(rows)
    text, sure = found.text, found.sure
    for count in range(2, min(_MOST_STACKED, len(rows) // _LEAST_STACKED) + 1):
        if sure >= _SURELY:
            break
        edges = [len(rows) * part // count for part in range(count + 1)]
        read = [work.said(rows[start:end]) for start, end in pairwise(edges)]
        mean = sum(one.sure for one in read) / count
        if mean > sure and all(one.sure for one in read):
            text, sure = " ".join(one.text for one in read), mean
    return text
