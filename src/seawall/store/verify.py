"""Read the audit log back: does every record still stand where it was written?"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seawall.core.errors import InputError, IntegrityError
from seawall.core.notjson import NOT_JSON
from seawall.store import chain
from seawall.store.chain import Head
from seawall.store.checkpoints import FILE, last_checkpoint
from seawall.store.db import Store, open_for_reading, place_of
from seawall.store.head_file import read_head
from seawall.store.journal import FILE as JOURNAL
from seawall.store.marks import Marks
from seawall.store.seals import Seal, last_seal
from seawall.store.tables import audit
from seawall.store.walk import Problems, Walk

log = logging.getLogger("seawall.audit")
_PAGE = 500
# Untyped on purpose: a tampered column may hold anything, and that is a problem, not a crash.
# A file holds one log, so every row there counts; a shared database holds one for each replica.
_ROWS = {
    False: sa.text("SELECT seq, time, body, prev_hash, hash FROM audit ORDER BY seq"),
    True: sa.text(
        "SELECT seq, time, body, prev_hash, hash FROM audit WHERE chain = :chain ORDER BY seq"
    ),
}
_HEADS = {
    False: sa.text("SELECT head FROM audit_head"),
    True: sa.text("SELECT head FROM audit_head WHERE chain = :chain"),
}


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What verification found. `records` were read; `problems` name the record's seq.

    `notes` say what is unusual but sound. `head_seq` and `head_time` (Unix ns) are the signed
    head's, `key` the fingerprint of the public key that was used, `checkpoints` how many signed
    checkpoints were compared, `ended` the last record that a seal ended.
    """

    ok: bool
    records: int
    problems: list[str]
    notes: list[str] = []
    head_seq: int = 0
    head_time: int = 0
    key: str = ""
    checkpoints: int = 0
    ended: int = 0


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One audit record as written: seq, time (Unix ns), the body and its hash (hex)."""

    seq: int
    time: int
    body: Any
    hash: str


def verify(
    store: Store,
    public_key: Path | None = None,
    head: Path | None = None,
    checkpoints: Path | None = None,
) -> VerifyReport:
    """Check every record of the log against its chain and the chain against its signed head.

    `public_key`, `head` and `checkpoints` default to the store's own folder (the last to what lies
    beside `head`); give copies kept elsewhere to detect a log that was replaced together with its
    key. A chain longer than the head is accepted when the database holds a signed head for the
    rest (a crash, or a writer at work). Memory does not grow with the log. Raises InputError when
    there is nothing to verify.
    """
    problems, notes = Problems(), list[str]()
    # The head before the database: a running writer commits first and replaces the head second.
    signed = _head_file(_given(head) or store.folder / chain.HEAD_FILE, problems)
    key = _public_key(_given(public_key) or store.folder / chain.PUBLIC_FILE, problems)
    marks = Marks(_given(checkpoints) or _beside(head) or store.folder / FILE, key, problems.add)
    walk = Walk(problems, signed.seq if signed else 0, marks)
    stored, seal = _walked(store, chain_of(store, key, signed), key, walk)
    if signed is None and not walk.records and not stored and seal is None:
        raise InputError(
            f"There is no audit log in {store.folder}.",
            hint="It is written by `seawall serve` and `seawall demo`.",
        )
    if signed is not None:
        _check_head(signed, key, walk, problems)
    _check_stored(stored, key, walk, problems)
    notes += _ended(seal, signed)
    marks.ended(walk.seq)
    must_be = checkpoints is not None or head is None
    notes += _check_marks(marks, walk, problems, must_be=must_be)
    journal = store.folder / JOURNAL
    if store.shared and journal.is_file() and journal.stat().st_size:
        notes.append(f"{JOURNAL} holds records that wait for the database: verify again later")
    if signed is not None and walk.seq > signed.seq and not problems.count:
        notes.append(
            f"records {signed.seq + 1} to {walk.seq} came after audit.head and are covered by the "
            "head in the database: a writer at work, or a crash"
        )
    return VerifyReport(
        ok=problems.count == 0,
        records=walk.records,
        problems=problems.all(),
        notes=notes,
        head_seq=signed.seq if signed else 0,
        head_time=signed.time if signed else 0,
        key=chain.fingerprint(key) if key else "",
        checkpoints=marks.count,
        ended=seal.seq if seal else 0,
    )


def _walked(
    store: Store, name: dict[str, str], key: Ed25519PublicKey | None, walk: Walk
) -> tuple[list[Any], Seal | None]:
    """Follow every record; return the heads in the database, and the seal before the first."""
    stored, seal = list[Any](), None
    try:
        with store.read() as connection:
            heads = _heads(connection, store, name)
            if seal := last_seal(connection, name["chain"], key, walk.problems.add):
                walk.begin(seal.seq, bytes.fromhex(seal.hash))
            rows = connection.execution_options(yield_per=_PAGE)
            for row in rows.execute(_ROWS[store.shared], name if store.shared else {}):
                walk.step(tuple(row))
            stored = heads
    except sa.exc.DBAPIError as error:
        walk.problems.add(f"after record {walk.seq}: the database cannot be read: {error.orig}")
    return stored, seal


def _ended(seal: Seal | None, signed: Head | None) -> list[str]:
    """Say what was ended, and that a head from before it is compared with nothing."""
    if seal is None:
        return []
    notes = [seal.said()]
    if signed is not None and signed.seq < seal.seq:
        notes.append(f"the signed head counts {signed.count}: it is older than what was ended")
    return notes


def chain_of(
    store: Store, key: Ed25519PublicKey | None = None, signed: Head | None = None
) -> dict[str, str]:
    """Return the name of a log's chain as parameter `chain`: '' in a file, which has one log only.

    In a database that replicas share, the key's fingerprint; without a key, the one that the head
    names. `key` None reads the folder's own.
    """
    if not store.shared:
        return {"chain": ""}
    if key is None and signed is None:
        path = store.folder / chain.PUBLIC_FILE
        key = chain.load_public(path) if path.is_file() else None
    if key is not None:
        return {"chain": chain.fingerprint(key)}
    return {"chain": signed.key if signed is not None else ""}


def _heads(connection: sa.Connection, store: Store, name: dict[str, str]) -> list[Any]:
    found = connection.execute(_HEADS[store.shared], name if store.shared else {})
    return [row[0] for row in found]


def verify_folder(
    data: str | Path,
    public_key: Path | None = None,
    head: Path | None = None,
    checkpoints: Path | None = None,
) -> VerifyReport:
    """Verify the log in a data folder without changing anything in it. See `verify`.

    A folder with a signed head but no database is reported, not refused: the log was removed.
    """
    path, url = place_of(data)
    signed_path = _given(head) or path.parent / chain.HEAD_FILE
    if path.is_file() or url or not signed_path.is_file():
        store = open_for_reading(data, any_schema=True)
        try:
            return verify(store, public_key, head, checkpoints)
        finally:
            store.close()
    problems = Problems()
    signed = _head_file(signed_path, problems)
    count = signed.count if signed else "an unknown number of"
    problems.add(f"the database {path.name} is missing; the signed head counts {count} records")
    return VerifyReport(ok=False, records=0, problems=problems.all())


def _given(path: Path | None) -> Path | None:
    """Refuse a file that was named but is not there. Raises InputError."""
    if path is not None and not path.is_file():
        raise InputError(f"There is no file {path}.")
    return path


def _head_file(path: Path, problems: Problems) -> Head | None:
    try:
        return chain.decode_head(read_head(path))
    except OSError:
        problems.add(f"signed head: {path.name} is missing")
    except IntegrityError:
        problems.add(
            f"signed head: {path.name} cannot be read; if the power failed, the next start goes on "
            "from the last checkpoint"
        )
    return None


def _head_to_go_on(folder: Path, problems: Problems) -> tuple[Head | None, bool]:
    """Return the head that a log must hold, and whether the last checkpoint stands for it.

    It does where the file cannot be read, as a power cut may leave it. Whoever can damage the file
    could put back an older head as well, and that, too, is found out by the checkpoints alone.
    """
    path, unread = folder / chain.HEAD_FILE, Problems()
    signed = _head_file(path, unread)
    if signed is None and path.is_file() and (last := last_checkpoint(folder / FILE)) is not None:
        log.warning(
            "%s cannot be read (did the power fail?): going on from the checkpoint at record %d; "
            "the head in the database covers the rest", path, last.seq,
        )  # fmt: skip
        return last, True
    for problem in unread.kept:
        problems.add(problem)
    return signed, False


def _public_key(path: Path, problems: Problems) -> Ed25519PublicKey | None:
    try:
        return chain.load_public(path)
    except InputError as error:
        problems.add(f"signed head: {error.message.rstrip('.')}")
        return None


def _check_head(head: Head, key: Ed25519PublicKey | None, walk: Walk, problems: Problems) -> None:
    if key is not None and not chain.signed_by(head, key):
        problems.add(f"signed head: the signature over record {head.seq} is wrong")
    if head.count != head.seq:
        problems.add(f"signed head: {head.count} records cannot end with record {head.seq}")
    if walk.seq < head.seq:
        gone = str(head.seq) if walk.seq == head.seq - 1 else f"{walk.seq + 1} to {head.seq}"
        problems.add(f"record {gone}: missing at the end, the signed head counts {head.count}")
    elif walk.watched_hash is not None and walk.watched_hash.hex() != head.hash:
        problems.add(f"record {head.seq}: not the one that was signed; the log was replaced")


def _beside(head: Path | None) -> Path | None:
    """Return the checkpoints that lie beside a head kept elsewhere; None where there are none."""
    path = None if head is None else head.parent / FILE
    return path if path is not None and path.is_file() else None


def _check_marks(marks: Marks, walk: Walk, problems: Problems, *, must_be: bool) -> list[str]:
    """Check that there are checkpoints: the first start writes one before the first record.

    Who keeps only a head elsewhere (`must_be` false) is told that there are none.
    """
    if not marks.count and not marks.damaged and walk.records:
        said = f"{FILE} is missing or empty: records at the end may be missing unseen"
        if not must_be:
            return [said]
        problems.add(said)
    if not marks.first:
        return []
    return [f"checkpoints begin at record {marks.first}: those before were missing at a start"]


def _check_stored(
    stored: list[Any], key: Ed25519PublicKey | None, walk: Walk, problems: Problems
) -> None:
    """Check the head in the database: it must end exactly where the records end."""
    if len(stored) != 1 or not isinstance(stored[0], bytes):
        problems.add("head in the database: missing or not readable")
        return
    try:
        head = chain.decode_head(stored[0])
    except IntegrityError:
        problems.add("head in the database: missing or not readable")
        return
    if key is not None and not chain.signed_by(head, key):
        problems.add(f"head in the database: the signature over record {head.seq} is wrong")
    if head.seq < walk.seq:
        problems.add(f"record {head.seq + 1}: inserted at the end, no signature covers it")
    elif head.seq > walk.seq:
        problems.add(f"record {head.seq}: missing at the end, the database's head counts it")
    elif head.hash != walk.last.hex():
        problems.add(f"record {head.seq}: not the one that the database's head signs")


def check_end(store: Store, key: Ed25519PublicKey, folder: Path) -> tuple[Head, bool]:
    """Return the end of the log for a writer that continues it, and whether `audit.head` lags.

    Reads two records, not the log. Raises IntegrityError when head, database and key disagree.
    """
    problems = Problems()
    signed, damaged = _head_to_go_on(folder, problems)
    name = chain_of(store, key)
    own = sa.select(audit).where(audit.c.chain == name["chain"])
    with store.read() as connection:
        stored = _heads(connection, store, name)
        walk = Walk(problems, signed.seq if signed else 0)
        last = connection.execute(own.order_by(audit.c.seq.desc()).limit(1)).first()
        if last is not None:
            walk.seq, walk.last = last.seq, last.hash
        if signed is not None and signed.seq:
            seen = connection.execute(own.where(audit.c.seq == signed.seq)).first()
            walk.watched_hash = seen.hash if seen is not None else None
    if signed is not None:
        _check_head(signed, key, walk, problems)
    _check_stored(stored, key, walk, problems)
    if problems.count or signed is None:
        raise IntegrityError(
            f"The audit log in {folder} does not end as it was written: {problems.kept[0]}.",
            hint="Run `seawall audit verify`; keep the folder as evidence and start a new one.",
        )
    end = chain.decode_head(stored[0])
    return end, end.seq > signed.seq or damaged


def records(store: Store, *, after: int = 0, limit: int = 50) -> Iterator[Record]:
    """Yield up to `limit` records with seq > `after`, oldest first."""
    own = sa.select(audit).where(audit.c.chain == chain_of(store)["chain"])
    statement = own.where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    with store.read() as connection:
        for row in connection.execution_options(yield_per=_PAGE).execute(statement):
            yield Record(
                seq=row.seq, time=row.time, body=_json(row.body), hash=bytes(row.hash).hex()
            )


def refuse_without_key(store: Store, key_path: Path) -> None:
    """Raise IntegrityError where a log has records; nobody can go on with it without its key."""
    head_path = key_path.parent / chain.HEAD_FILE
    written = head_path.exists() and chain.decode_head(read_head(head_path)).count > 0
    if written or last_seq(store):
        raise IntegrityError(
            f"The audit log has records but its signing key {key_path} is gone.",
            hint="Restore the key from a backup, or move the data folder away.",
        )


def last_seq(store: Store) -> int:
    """Return the seq of the newest record; 0 for an empty log."""
    newest = sa.select(sa.func.max(audit.c.seq)).where(audit.c.chain == chain_of(store)["chain"])
    with store.read() as connection:
        return int(connection.scalar(newest) or 0)


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except NOT_JSON:
        return {"unreadable": body.decode("utf-8", "replace")}
