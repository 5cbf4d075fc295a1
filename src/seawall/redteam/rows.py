"""Rows of a run on disk: one JSON line an attempt, so that an interrupted run can go on."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.core.errors import InputError
from seawall.core.files import stream_atomically
from seawall.core.notjson import NOT_JSON
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.alone import alone
from seawall.redteam.audit import Audit
from seawall.redteam.jsonlines import decoded
from seawall.redteam.ledger import Ledger


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """First line of the file: what the rows belong to, and the ISO day on which they began.

    `began` is the time in UTC (ISO; empty in older files): of two runs of one day the later counts.
    `n` (None: each card's) and `options` repeat the command: flags and values, never a secret.
    `stop`: the rate at which probes ended by themselves once they were decided (None: never).
    `audit`: what the judge of the run was worth, measured before it began. `left_out`: probes that
    were not tried on this target, with the reason. `cases`: the saved cases tried, by id, with the
    digests of their content (`cases.digest`).
    """

    run: str
    target: str
    mode: Mode
    seed: int
    created: str = ""
    began: str = ""
    n: int | None = None
    options: tuple[str, ...] = ()
    stop: float | None = None
    audit: Audit | None = None
    left_out: dict[str, str] = {}
    cases: dict[str, str] = {}

    @property
    def model(self) -> str:
        """The model that was asked for; empty where the command named none."""
        named = dict(zip(self.options, self.options[1:], strict=False)).get("--model", "")
        return "" if named == "default" else named

    def whole(self, path: Path) -> None:
        """Raise InputError where probes ended by their own results: then rates and tests that
        count on a fixed number of attempts would be wrong."""
        if self.stop is not None:
            raise InputError(
                f"{path}: its probes stopped once they were decided, so it cannot be compared.",
                hint="Attack again without --stop; `seawall attack report` reads it as it is.",
            )

    def same_run(self, other: "Head") -> bool:
        """Tell whether rows of both belong together, whatever the day and the command's wording."""
        return all(
            getattr(self, name) == getattr(other, name)
            for name in ("run", "target", "mode", "seed", "stop")
        )


def fingerprint(cards: Iterable[ProbeCard], n: int | None, seed: int, target: str) -> str:
    """Return a digest of everything that decides which attempts are made."""
    data = msgspec.json.encode([sorted(cards, key=lambda card: card.id), n, seed, target])
    return hashlib.sha256(data).hexdigest()[:32]


class Rows:
    """The rows of a file, read anew each time they are iterated: a run of any length fits.

    The last row of each attempt counts, and a torn last line is dropped. Iterating raises
    InputError naming file and line, also for a row of another mode than the run's.
    """

    def __init__(self, path: Path, mode: Mode) -> None:
        self._path, self._mode = path, mode

    def __iter__(self) -> Iterator[Attempt]:
        left = self._repeated()
        for row in self._lines():
            if left[row.id] > 0:
                left[row.id] -= 1
            else:
                yield row

    def _repeated(self) -> Counter[str]:
        """Return how many earlier rows of an attempt a later one replaces; usually nothing."""
        seen, again = Ledger(), Counter[str]()
        for row in self._lines():
            if row.id in seen:
                again[row.id] += 1
            seen.put(row.id, row.outcome)
        return again

    def _lines(self) -> Iterator[Attempt]:
        with self._path.open("rb") as file:
            file.readline()
            numbered = (one for one in enumerate(file, start=2) if one[1].strip())
            for number, row in decoded(numbered, Attempt, self._path, "not an attempt"):
                if row.mode is not self._mode:
                    raise InputError(
                        f"{self._path}:{number}: its mode is {row.mode}, the run's {self._mode}."
                    )
                yield row


def open_rows(path: Path) -> tuple[Head, Rows]:
    """Return what a run left on disk; the rows are read when they are iterated.

    Raises InputError naming file and line.
    """
    if path.exists() and not path.is_file():  # a pipe could be read only once
        raise InputError(f"{path}: not a file.", hint="Rows are read more than once.")
    try:
        with path.open("rb") as file:
            first = file.readline()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from None
    try:
        head = msgspec.json.decode(first, type=Head)
    except NOT_JSON:
        raise InputError(
            f"{path}:1: not a file of attempts.",
            hint="`seawall attack --out` writes one; the demo's attempts.jsonl has no head.",
        ) from None
    return head, Rows(path, head.mode)


def read_rows(path: Path) -> tuple[Head, list[Attempt]]:
    """Return head and rows of a file, as `open_rows`, all at once. Raises InputError."""
    head, rows = open_rows(path)
    return head, list(rows)


class RowFile:
    """Appends attempts to a JSONL file. Opening one that belongs to another run is refused.

    `done` knows the rows that are there already, without those that ended in an error: these
    are tried again, unless `errors` says that they stay. `earlier` is shown each of them. A torn
    last line (the run was killed) is dropped. The folder is made. Opening raises InputError where
    the file cannot be read or written, and while another process writes to it.
    """

    def __init__(
        self, path: Path, head: Head, earlier: Callable[[Attempt], None] | None = None,
        *, errors: bool = False,
    ) -> None:  # fmt: skip
        self.path, self.head = path, head
        self._errors = errors
        self.done = Ledger()
        self._earlier = earlier
        self._file: IO[bytes] | None = None
        self._held = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with ExitStack() as held:
                held.enter_context(alone(self.path))
                kept = self._kept() if self.path.exists() else iter(())
                stream_atomically(self.path, self._written(kept))
                self._file = self.path.open("ab")
                self._held = held.pop_all()
        except OSError as error:
            raise self._unwritten(error) from None
        return self

    def _unwritten(self, error: OSError) -> InputError:
        return InputError(
            f"{self.path}: cannot be written: {error.strerror}.",
            hint="What stands in it counts: the same command goes on from there.",
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        file, self._file = self._file, None
        with self._held:
            if file is not None:
                with suppress(OSError):  # every row was flushed, or its error was raised
                    file.close()

    def _kept(self) -> Iterator[Attempt]:
        head, rows = open_rows(self.path)
        if not head.same_run(self.head):
            raise InputError(
                f"{self.path}: belongs to another run (other probes, seed, number, target, stop).",
                hint="Name another file, or repeat that run's options to go on with it.",
            )
        self.head = head
        return (row for row in rows if self._errors or row.outcome is not AttemptOutcome.ERROR)

    def _written(self, kept: Iterator[Attempt]) -> Iterator[bytes]:
        yield msgspec.json.encode(self.head) + b"\n"
        for row in kept:
            self.done.put(row.id, row.outcome)
            if self._earlier is not None:
                self._earlier(row)
            yield msgspec.json.encode(row) + b"\n"

    def append(self, row: Attempt) -> None:
        """Write one row, unless it is there; it is on its way to the disk when this returns.

        Raises InputError where the file cannot be written.
        """
        if self._file is None:
            raise ValueError("the file is not open")
        if row.id not in self.done:
            try:
                self._file.write(msgspec.json.encode(row) + b"\n")
                self._file.flush()
            except OSError as error:
                raise self._unwritten(error) from None
