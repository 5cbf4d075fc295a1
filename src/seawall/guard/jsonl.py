"""Texts to check as JSON Lines: `{"id", "text", "stage", "image", "context"}` in, answers out."""

import gc
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice

import msgspec

from seawall.core.errors import RequestError, SeawallError
from seawall.core.verdicts import Action, Outcome
from seawall.guard.api import Check, Guard
from seawall.wire import strict_json
from seawall.wire.guard_check import Item, item

MAX_LINE = 32 * 1024 * 1024
_BATCH = 32
_BOM = b"\xef\xbb\xbf"
_guard: Guard | SeawallError | None = None
Answer = tuple[bytes, bool]


def answer(guard: Guard, number: int, raw: bytes) -> Answer:
    """Return the answer to one line, and whether the line could be read.

    What cannot be read or judged is UNKNOWN and blocked, never clean.
    """
    identity: str | float | None = None
    try:
        value = strict_json.loads(raw.removeprefix(_BOM).strip(), max_bytes=MAX_LINE)
        identity = _identity(value)
        line = item(value, "")
        found = guard.check(line.text, line.stage, image=line.image, context=line.context)
    except RequestError as error:
        reason = f"line {number}: {error}"
        unread = Check(action=Action.BLOCK, outcome=Outcome.UNKNOWN, unknown=(reason,))
        return encode(Item(id=identity), unread), False
    return encode(line, found), True


def encode(line: Item, found: Check) -> bytes:
    """Return an answer as JSON: the line's id, then the fields of the Check."""
    return msgspec.json.encode({"id": line.id, **msgspec.to_builtins(found)})


def _identity(value: object) -> str | float | None:
    """Return the id of a line that may be wrong otherwise, so that its answer can be joined."""
    identity = value.get("id") if isinstance(value, dict) else None
    return identity if isinstance(identity, str | int | float) else None


def _load(policy: str, rules: str) -> None:
    """Load a worker's guard. An error waits for the first batch: a pool would only say "broken"."""
    global _guard
    try:
        own = rules or None
        _guard = Guard.from_policy(policy, own_rules=own) if policy else Guard(own_rules=own)
    except SeawallError as error:
        _guard = error
    # Models and word lists live as long as the process: the collector need not walk them again.
    gc.freeze()


def _batch(lines: list[tuple[int, bytes]]) -> list[Answer]:
    if isinstance(_guard, SeawallError):
        raise _guard
    if _guard is None:
        raise RuntimeError("the worker has no guard")
    return [answer(_guard, number, raw) for number, raw in lines]


def answers(lines: Iterable[bytes], policy: str, workers: int, rules: str = "") -> Iterator[Answer]:
    """Yield the answers in the order of the lines; empty lines are skipped.

    With several workers lines go to them by the batch. `policy` and `rules` are
    files, empty for none. Raises InputError for one of them, MissingPartError for the models.
    """
    numbered = ((n, raw) for n, raw in enumerate(lines, start=1) if raw.strip())
    if workers < 2:
        _load(policy, rules)
        yield from _batch([])
        for line in numbered:
            yield from _batch([line])
        return
    with ProcessPoolExecutor(workers, initializer=_load, initargs=(policy, rules)) as pool:
        waiting: list[Future[list[Answer]]] = [pool.submit(_batch, [])]
        try:
            while waiting:
                while len(waiting) < 4 * workers and (batch := list(islice(numbered, _BATCH))):
                    waiting.append(pool.submit(_batch, batch))
                yield from waiting.pop(0).result()
        finally:
            # Waited for: Python's own end would wake a pool that closes just then, and fail.
            pool.shutdown(wait=True, cancel_futures=True)
