"""Texts to check as JSON Lines: `{"id", "text", "stage", "image", "context"}` in, answers out."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import Any

import msgspec

from seawall.core.errors import InputError, SeawallError
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Outcome
from seawall.guard.api import Check, Guard, image_bytes

_BATCH = 32
_guard: Guard | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text to check. `image`: base64 or a data URL. `context`: see Guard.check."""

    id: str | int | None = None
    text: str = ""
    stage: Stage = Stage.INPUT
    image: str = ""
    context: dict[str, Any] | None = None


def answer(guard: Guard, number: int, raw: str) -> tuple[bytes, bool]:
    """Return the answer to one line, and whether the line could be read.

    What cannot be read or judged is UNKNOWN and blocked, never clean.
    """
    try:
        line = msgspec.json.decode(raw, type=Line)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        return _unread(None, f"line {number}: {error}"), False
    try:
        image = image_bytes(line.image) if line.image else None
        found = guard.check(line.text, line.stage, image=image, context=line.context)
    except InputError as error:
        return _unread(line.id, f"line {number}: {error.message}"), False
    except Exception as error:  # noqa: BLE001 - one bad text must not end the run
        reason = error.message if isinstance(error, SeawallError) else type(error).__name__
        return _unread(line.id, f"line {number}: {reason}"), True
    return _encode(line.id, found), True


def _encode(identity: object, found: Check) -> bytes:
    return msgspec.json.encode({"id": identity, **msgspec.to_builtins(found)})


def _unread(identity: object, reason: str) -> bytes:
    return _encode(identity, Check(action=Action.BLOCK, outcome=Outcome.UNKNOWN, unknown=(reason,)))


def _load(policy: str) -> None:
    global _guard
    _guard = Guard.from_policy(policy) if policy else Guard()


def _batch(lines: list[tuple[int, str]]) -> list[tuple[bytes, bool]]:
    if _guard is None:
        raise RuntimeError("the worker has no guard")
    return [answer(_guard, number, raw) for number, raw in lines]


def answers(lines: Iterable[str], policy: str, workers: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the answers in the order of the lines; empty lines are skipped.

    Raises InputError for the policy, MissingPartError for the models.
    """
    numbered = ((n, raw) for n, raw in enumerate(lines, start=1) if raw.strip())
    if workers < 2:
        _load(policy)
        for item in numbered:
            yield from _batch([item])
        return
    with ProcessPoolExecutor(workers, initializer=_load, initargs=(policy,)) as pool:
        waiting: list[Any] = []
        while True:
            while len(waiting) < 4 * workers and (batch := list(islice(numbered, _BATCH))):
                waiting.append(pool.submit(_batch, batch))
            if not waiting:
                return
            yield from waiting.pop(0).result()
