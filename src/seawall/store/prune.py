"""End audit records after their retention: signed, on record, and the rest still verifies.

Records end from the first on, up to one that a checkpoint signed while it was new: who kept the
checkpoints elsewhere can prove that the seal names the hash that was there.
"""

import time
from collections.abc import Callable, Iterator

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seawall.core.errors import InputError, IntegrityError
from seawall.core.roles import Actor
from seawall.store import chain
from seawall.store.chain import Head
from seawall.store.changes import note_change
from seawall.store.checkpoints import FILE, checkpoints
from seawall.store.db import Store
from seawall.store.holds import Hold, holds_in, refuse, refuse_held, said
from seawall.store.journal import FILE as JOURNAL
from seawall.store.seals import Seal, add_seal, last_seal, signed
from seawall.store.tables import audit, captures
from seawall.store.verify import chain_of, last_seq, verify

DAY = 86_400
SHORTEST_SECONDS = 183 * DAY
"""Six months: what the EU AI Act asks of the logs of high-risk systems (Articles 19 and 26)."""
# Records of one transaction: a running gateway's own wait for it.
_STEP = 5_000


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What may be ended now: `records` from `first` to `last`, the last one written at `until`.

    `until` is Unix ns. Nothing is due where `records` is 0; `why` says what keeps the rest, and
    `holds` which legal holds stand.
    """

    first: int
    last: int
    records: int
    until: int
    why: str
    holds: list[Hold]


class _Cut(msgspec.Struct, frozen=True):
    """Where records end: each step ends with the record that one of the checkpoints signs."""

    begin: int
    steps: list[Head]
    why: str
    holds: list[Hold]


def retention(seconds: int, *, short: bool = False) -> int:
    """Return for how long records are kept. Raises InputError below six months, unless `short`."""
    if seconds < DAY:
        raise InputError("Records are kept for one day at least.", hint="Write --older-than 400d.")
    if seconds < SHORTEST_SECONDS and not short:
        raise InputError(
            "--older-than is less than six months (183d), which the EU AI Act asks for at least of "
            "high-risk systems.",
            hint="Say --short if no law keeps your records longer, or keep them longer.",
        )
    return seconds


def due(store: Store, *, kept_seconds: int, now: float | None = None) -> Due:
    """Return what is older than `kept_seconds` and may be ended; nothing is changed.

    Raises InputError (records wait in a journal), IntegrityError (the log does not verify).
    """
    return _due(_cut(store, _before(kept_seconds, now), now))


def _due(cut: _Cut) -> Due:
    last = cut.steps[-1] if cut.steps else None
    end = last.seq if last else cut.begin
    return Due(
        first=cut.begin + 1, last=end, records=end - cut.begin, until=last.time if last else 0,
        why=cut.why, holds=cut.holds,
    )  # fmt: skip


def prune(
    store: Store, *, kept_seconds: int, reason: str, actor: Actor, now: float | None = None,
    tell: Callable[[int], None] = lambda ended: None,
) -> Due:  # fmt: skip
    """End what `due` names and return it. `tell` hears after each step how many have ended.

    What a stop leaves is whole: each step is one transaction with its seal and its record.
    Raises what `due` raises, InputError, HeldError.
    """
    why = said(reason, "--reason")
    cut = _cut(store, _before(kept_seconds, now), now)
    refuse(cut.holds)  # where nothing is due as well: a timer that is held should say so
    key = chain.load_private(store.folder / chain.KEY_FILE)
    before = cut.begin
    for head in cut.steps:
        seal = Seal(
            first=before + 1, seq=head.seq, hash=head.hash, time=head.time,
            ended=int((time.time() if now is None else now) * 1e9), kept_seconds=kept_seconds,
            actor=actor.signed, reason=why, key="",
        )  # fmt: skip
        _end(store, signed(seal, key), key, actor)
        before = head.seq
        tell(before - cut.begin)
    if cut.steps and not store.shared:
        store.overwrite("audit")
    return _due(cut)


def _before(kept_seconds: int, now: float | None) -> int:
    """Return the moment (Unix ns) before which a record must have been written."""
    return int(((time.time() if now is None else now) - kept_seconds) * 1e9)


def _cut(store: Store, before: int, now: float | None) -> _Cut:
    """Return the steps up to the last checkpoint at which everything is older than `before`."""
    journal = store.folder / JOURNAL
    if store.shared and journal.is_file() and journal.stat().st_size:
        raise InputError(
            f"{JOURNAL} holds records that wait for the database.",
            hint="Try again when it is back.",
        )
    report = verify(store)
    if not report.ok:
        raise IntegrityError(
            f"The audit log does not verify, so nothing is ended: {report.problems[0]}.",
            hint="Run `seawall audit verify`; keep the folder as evidence.",
        )
    name = chain_of(store)["chain"]
    moment = int(time.time() if now is None else now)
    # The newest one stays: a start goes on from it where a power cut took the head.
    marks = sorted(checkpoints(store.folder / FILE), key=lambda head: head.seq)[:-1]
    with store.read() as connection:
        limit, why = _limit(connection, name, before, moment, last_seq(store))
        held = holds_in(connection)
    good = [head for head in marks if report.ended < head.seq <= limit and head.time <= before]
    if not good and limit > report.ended:
        why = "no checkpoint is old enough: one is signed every 1,000 records or five minutes"
    return _Cut(report.ended, list(_steps(good, report.ended)), why, held)


def _limit(
    connection: sa.Connection, name: str, before: int, now: int, last: int
) -> tuple[int, str]:
    """Return the last record that may end at all, and what keeps the one after it."""
    own = audit.c.chain == name
    young = connection.scalar(sa.select(sa.func.min(audit.c.seq)).where(own, audit.c.time > before))
    content = sa.select(sa.func.min(captures.c.seq)).where(
        captures.c.chain == name, captures.c.expires > now
    )
    found = [(last - 1, "the last record stays")]
    if young is not None:
        found.append((young - 1, f"record {young} is younger"))
    if (kept := connection.scalar(content)) is not None:
        found.append((kept - 1, f"content is kept that belongs to record {kept}"))
    return min(found)


def _steps(marks: list[Head], begin: int) -> Iterator[Head]:
    """Yield the checkpoints after about so many records each, and the last one."""
    for number, head in enumerate(marks, 1):
        if number == len(marks) or marks[number].seq - begin > _STEP:
            yield head
            begin = head.seq


def _end(store: Store, seal: Seal, key: Ed25519PrivateKey, actor: Actor) -> None:
    """End one step's records. Raises HeldError, IntegrityError: then none of them has ended."""
    name = chain_of(store, key.public_key())["chain"]
    own = audit.c.chain == name
    with store.write() as connection:
        refuse_held(connection)
        store.secure(connection)
        before = last_seal(connection, name, key.public_key(), _refuse)
        there = connection.scalar(sa.select(audit.c.hash).where(own, audit.c.seq == seal.seq))
        if there is None or bytes(there).hex() != seal.hash:
            _refuse(f"record {seal.seq} is not the one that its checkpoint signs")
        if (before.seq if before else 0) != seal.first - 1:
            _refuse("somebody else ends records at this moment")
        gone = connection.execute(sa.delete(audit).where(own, audit.c.seq <= seal.seq)).rowcount
        if gone != seal.seq - seal.first + 1:
            _refuse(f"{gone} records stand before record {seal.seq + 1}")
        add_seal(connection, name, seal)
        details = {
            "first": seal.first, "last": seal.seq, "records": gone, "hash": seal.hash,
            "kept_seconds": seal.kept_seconds, "reason": seal.reason,
        }  # fmt: skip
        note_change(connection, actor, "audit.prune", seal.key, details)


def _refuse(problem: str) -> None:
    raise IntegrityError(
        f"Audit records were not ended: {problem}.",
        hint="Run `seawall audit verify` and try again.",
    )
