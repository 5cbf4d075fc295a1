"""What texts of files are known by, and where that stands in a request: pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from seawall.core.exchange import Part
from seawall.core.verdicts import Action
from seawall.gateway.call import Place
from seawall.gateway.steps.lineage import ORDERS
from seawall.guard.decision import PartDecision
from seawall.policy.provenance.lineage import CHUNK, INSTRUCTION, SUSPECT, Known
from seawall.policy.provenance.text import fold, words
from seawall.policy.provenance.traced import File
from seawall.policy.taint import placed_marks
from seawall.store.file_marks import FileMark

Marks = dict[str, tuple[int, int]]
# So many words in a row hardly stand in two texts by chance.
_RUN = 6


def marks_of_pieces(
    pieces: Sequence[str], judged: Sequence[PartDecision], level: int
) -> dict[str, tuple[int, int]]:
    """Return the (chunk, label) of each mark of a file; a sentence with orders has its own label.

    `judged`: the decisions about `/pieces/N`, whose findings are offsets into the piece.
    """
    orders: dict[str, list[tuple[int, int]]] = {}
    for part in judged:
        if part.action is not Action.REDACT:
            ranges = [(x.start, x.end) for x in part.findings if x.detector in ORDERS]
            orders.setdefault(part.pointer, []).extend(ranges)
    found: dict[str, tuple[int, int]] = {}
    begins = 0
    for index, piece in enumerate(pieces):
        told = orders.get(f"/pieces/{index}", [])
        for mark, (low, high) in placed_marks(fold(piece)).items():
            order = any(low < end and start < high for start, end in told)
            chunk = (begins + low) // CHUNK + 1
            if mark not in found or order:
                found[mark] = chunk, INSTRUCTION if order else level
        begins += len(piece)
    return found


def marks_of_texts(texts: Iterable[str]) -> set[str]:
    """Return all that some texts are known by."""
    return {mark for text in texts for mark in placed_marks(fold(text))}


def placed(parts: Iterable[Part]) -> dict[Place, Marks]:
    """Return the marks of each part with their ranges in its folded text."""
    return {(part.pointer, part.span): placed_marks(fold(part.text)) for part in parts}


def known_in(
    marks: Mapping[Place, Marks], found: Mapping[str, Sequence[FileMark]]
) -> dict[Place, list[Known]]:
    """Return what is known of each part: ranges with their files."""
    known: dict[Place, list[Known]] = {}
    for where, own in marks.items():
        files = {mark: found[mark] for mark in own if mark in found}
        if files:
            known[where] = list(_known(own, files))
    return known


def _known(own: Marks, files: Mapping[str, Sequence[FileMark]]) -> Iterator[Known]:
    """Yield the file of each mark: of several, the one that most marks of the part are of.

    Another file that holds the mark counts too where it is suspect: a copy does not wash a text.
    """
    counts: dict[str, int] = {}
    for some in files.values():
        for one in some:
            counts[one.object_id] = counts.get(one.object_id, 0) + 1
    for mark, some in files.items():
        low, high = own[mark]
        first = min(some, key=lambda one: (-counts[one.object_id], one.object_id))
        for one in some:
            if one is first or one.level >= SUSPECT:
                file = File(
                    id=one.object_id, name=one.filename, chunk=one.chunk or None, known=True
                )
                yield Known(start=low, end=high, file=file, level=one.level)


def repeated(
    parts: Iterable[Part], known: Mapping[Place, Sequence[Known]], said: Sequence[str]
) -> list[File]:
    """Return the files of which an answer repeats a mark, or six words in a row."""
    folded = [fold(text) for text in said]
    marks = {mark for text in folded for mark in placed_marks(text)}
    runs = {run for text in folded for run in _runs(text)}
    again = []
    for part in parts:
        own = known.get((part.pointer, part.span), ())
        text = fold(part.text) if own else ""
        for one in own:
            held = text[one.start : one.end]
            if marks & placed_marks(held).keys() or runs & _runs(held):
                again.append(one.file)
    return again


def _runs(folded: str) -> set[tuple[str, ...]]:
    own = words(folded)
    return {tuple(own[at : at + _RUN]) for at in range(len(own) - _RUN + 1)}
