"""Follow the audit log's chain record by record, and collect what is wrong with it."""

from typing import Any

from seawall.store import chain
from seawall.store.chain import GENESIS
from seawall.store.marks import Marks

MAX_PROBLEMS = 100


class Problems:
    """Collects problems; keeps the first hundred (`kept`) and the count of all."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.count = 0

    def add(self, problem: str) -> None:
        """Keep one problem, or only count it."""
        self.count += 1
        if self.count <= MAX_PROBLEMS:
            self.kept.append(problem)

    def all(self) -> list[str]:
        """Return what was kept and how many more there were."""
        more = self.count - len(self.kept)
        return [*self.kept, f"and {more} more problems"] if more else self.kept


class Walk:
    """Follows the chain record by record, in bounded memory."""

    def __init__(self, problems: Problems, watched: int, marks: Marks | None = None) -> None:
        self.problems = problems
        self.marks = marks
        self.watched = watched
        self.watched_hash: bytes | None = GENESIS if watched == 0 else None
        self.seq = 0
        self.last = GENESIS
        self.records = 0

    def begin(self, seq: int, digest: bytes) -> None:
        """Begin behind a record that was ended: what follows it must name this hash."""
        self.seq, self.last = seq, digest
        if seq == self.watched:
            self.watched_hash = digest
        if self.marks is not None:
            self.marks.passed(seq, digest)

    def step(self, row: tuple[Any, ...]) -> None:
        """Take the next record of the log: seq, time, body, hash before, hash."""
        seq, time, body, previous, digest = row
        self.records += 1
        if not isinstance(seq, int) or seq <= self.seq:
            self.problems.add(f"record {seq!r}: inserted, a record with this place exists already")
            return
        if seq != self.seq + 1:
            gone = str(self.seq + 1) if seq == self.seq + 2 else f"{self.seq + 1} to {seq - 1}"
            self.problems.add(f"record {gone}: missing")
        self.seq = seq
        if not (isinstance(time, int) and all(isinstance(x, bytes) for x in row[2:])):
            self.problems.add(f"record {seq}: edited, a column no longer has its type")
            self.last = digest if isinstance(digest, bytes) else b""
            return
        if previous != self.last:
            self.problems.add(f"record {seq}: does not follow the record before it")
        if chain.record_hash(seq, time, previous, body) != digest:
            self.problems.add(f"record {seq}: edited or moved, its content does not match its hash")
        self.last = digest
        if seq == self.watched:
            self.watched_hash = digest
        if self.marks is not None:
            self.marks.passed(seq, digest)
