"""The audit log's writer: hash chain, group commit, signed head. `verify` reads it back.

A record is acknowledged only after the transaction that holds it is durable and the head that
covers it is signed and in place. The head is also committed in that transaction, so that a crash
between the two, or a power cut that takes the file a second back, leaves a chain whose every record
is covered by a signature.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seawall.core.errors import IntegrityError
from seawall.store import chain
from seawall.store.capture_rows import SealedCapture
from seawall.store.chain import AuditError, Head
from seawall.store.chain_keys import publish_key
from seawall.store.checkpoints import FILE, Checkpoints, missing_record
from seawall.store.db import Store
from seawall.store.head_file import HeadFile
from seawall.store.journal import Row
from seawall.store.ledger import Ledger
from seawall.store.locks import HeldLock, replace_file
from seawall.store.rejoin import Rejoin
from seawall.store.spend import Charge
from seawall.store.user_keys import UserKey
from seawall.store.verify import VerifyReport, check_end, refuse_without_key, verify
from seawall.store.waiting import Gatherer, Waiting, batch_of, entry_of, patience_of, tell

__all__ = ["AuditError", "AuditLog", "VerifyReport", "verify"]

log = logging.getLogger("seawall.audit")
MAX_BATCH = 256
# While the last write failed, the writer tries an empty one this often: health comes back alone.
HEAL_SECONDS = 1.0


class AuditLog:
    """The one writer of a store's audit log. Records become durable in groups.

    Beside `signing_key_path` (created with mode 0600 at the first start) stand `audit.pub` and
    `audit.head`; `audit.lock` keeps a second writer out.
    """

    def __init__(
        self, store: Store, signing_key_path: Path, *, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._store = store
        self._key_path = Path(signing_key_path)
        self._folder = self._key_path.parent
        self._clock = clock
        self._head = HeadFile(self._folder / chain.HEAD_FILE)
        self._checkpoints = Checkpoints(self._folder)
        self._ledger = Ledger(store, self._folder)
        # Hears of every durable record, in order; must return at once and never raise.
        self.on_durable: Callable[[int, int, bytes, bytes], None] | None = None
        self._condition = threading.Condition()
        self._waiting: list[Waiting] = []
        self._gatherer = Gatherer(self._take)
        self._open = False
        self._end: Head | None = None
        self._key: Ed25519PrivateKey | None = None
        self._name = ""  # the key's fingerprint
        self._thread: threading.Thread | None = None
        self._lock: HeldLock | None = None
        self._rejoin: Rejoin | None = None
        self._renumbered: dict[str, Any] | None = None  # the record that tells of it
        self._writing = 0
        self._since = 0.0
        self.last_error = ""
        # Held by whoever moves changes here: no two move the same one.
        self.moving = asyncio.Lock()

    @property
    def healthy(self) -> bool:
        """True while the writer runs and its last batch became durable."""
        return self._open and not self.last_error

    @property
    def chain(self) -> str:
        """The name of this replica's chain, once it was started."""
        return self._name

    @property
    def journaled(self) -> int:
        """How many durable records wait for a database that is away."""
        return self._ledger.journaled

    @property
    def waiting(self) -> int:
        """How many records wait for the writer; those being written count too."""
        with self._condition:
            return len(self._waiting) + self._writing

    @property
    def lag_seconds(self) -> float:
        """How long the oldest record that is not yet durable has waited."""
        with self._condition:
            since = self._since or (self._waiting[0].since if self._waiting else 0.0)
        return time.monotonic() - since if since else 0.0

    def start(self, *, away: bool = False) -> None:
        """Take the lock, check the end of the log against its head, and start the writer.

        Where the log has records but no checkpoints, that is put on record first. `away`: a shared
        database does not answer: go on from the folder's own head, and join it when it is back.
        Raises DataInUseError (another writer) or IntegrityError (the log was tampered with: a
        new head would cover that up).
        """
        if self._open:
            return
        self._lock = HeldLock(self._folder / "audit.lock")
        try:
            self._ledger.open()
            self._key = chain.load_private(self._key_path) if away else self._load_or_create_key()
            self._name = chain.fingerprint(self._key.public_key())
            self._end = self._taken_up(self._key, away)
            self._checkpoints.start(self._end)
        except BaseException:
            self._lock.release()
            raise
        self._open = True
        self._thread = threading.Thread(target=self._work, name="audit-writer", daemon=True)
        self._thread.start()
        if self._renumbered is not None:
            self.submit(self._renumbered)
        if self._checkpoints.missing:
            self._note_missing(self._end.seq)

    def _taken_up(self, key: Ed25519PrivateKey, away: bool) -> Head:
        """Return where the log ends: in the database, or in the folder while that is away."""
        journal = self._ledger.journal
        if journal is not None and (away or self._ledger.held):
            rejoin = self._rejoin = Rejoin(self._store, key, journal)
            end = rejoin.assumed()
            self._ledger.held = True
            end = end if away else self._joined(rejoin, end)
            if self._rejoin is not None:
                return end
            self._ledger.replay()
        end = self._recover()
        publish_key(self._store, key.public_key())
        return end

    def _note_missing(self, seq: int) -> None:
        """Put on record that the checkpoints were gone; a new one follows that record."""
        log.warning(
            "%s was missing though the log has %d records: an old copy may have been restored; "
            "put on record", FILE, seq,
        )  # fmt: skip
        try:
            self.submit(missing_record(seq)).result()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Write what waits, end the writer and give the lock back; a second call does nothing."""
        with self._condition:
            self._open = False
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            if self._end is not None:
                self._checkpoint(self._end, at_end=True)
        try:
            self._head.close()
        except OSError as error:  # the database holds the same head
            log.error("the signed head was not flushed: %s", error)  # noqa: TRY400
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def append(
        self,
        record: dict[str, Any],
        *,
        charge: Charge | None = None,
        credits: Sequence[Charge] = (),
        user_key: UserKey | None = None,
        capture: SealedCapture | None = None,
        patience: float = 0.0,
    ) -> int:
        """Write one record and return its seq once it is durable and covered by the signed head.

        `charge` books the request's cost, `credits` what comes back of earlier ones, `user_key`
        keeps the key of a new user's name, `capture` the sealed content that the record names: all
        in the same transaction. For `patience` seconds it may wait for other records, to be written
        with them. Raises AuditError when it could not be made durable, InputError when it is not
        plain JSON. Cancelling does not unwrite it.
        """
        if not self._open:
            raise _stopped()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()
        entry = entry_of(record, done, charge, credits, user_key, capture)
        entry.patience = patience
        self._gatherer.add(entry, loop)
        return await done

    def submit(
        self,
        record: dict[str, Any],
        *,
        charge: Charge | None = None,
        credits: Sequence[Charge] = (),
        user_key: UserKey | None = None,
        capture: SealedCapture | None = None,
    ) -> "Future[int]":
        """Like `append`, for callers without an event loop: `.result()` waits."""
        done: Future[int] = Future()
        done.set_running_or_notify_cancel()  # from here on it cannot be taken back
        entry = entry_of(record, done, charge, credits, user_key, capture)
        with self._condition:
            if not self._open:
                raise _stopped()
            self._waiting.append(entry)
            self._condition.notify()
        return done

    def _take(self, entries: list[Waiting]) -> None:
        """Take records of an event loop; those that come too late are refused."""
        with self._condition:
            if self._open:
                self._waiting += entries
                self._condition.notify()
                return
        tell((entry, _stopped()) for entry in entries)

    def _work(self) -> None:
        try:
            while self._open or self._waiting:
                batch = self._next_batch()
                try:
                    if batch or self.last_error or self.journaled or self._rejoin:
                        self._write(batch)
                    elif self._head.due == 0.0:
                        self._head.flush()
                except Exception as error:  # noqa: BLE001 - whatever fails, every waiter must hear
                    self._fail(batch, error)
                self._writing, self._since = 0, 0.0
        finally:
            self._abandon()

    def _next_batch(self) -> list[Waiting]:
        """Wait for records; return none at the end and, while something is wrong, now and then."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or not self._open, self._idle_seconds())
            while self._open and self._waiting:
                if not (left := patience_of(self._waiting, time.monotonic())):
                    break
                self._condition.wait(left)
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._writing = len(batch)
            self._since = batch[0].since if batch else 0.0
            return batch

    def _idle_seconds(self) -> float | None:
        """Return for how long the writer may wait for records; None: until one comes."""
        if self.journaled and not self._store.away_seconds and not self._rejoin:
            return 0.0  # it is being moved
        waits = [HEAL_SECONDS] if self.last_error or self.journaled or self._rejoin else []
        if (due := self._head.due) is not None:
            waits.append(due)
        return min(waits, default=None)

    def _write(self, batch: list[Waiting]) -> None:
        end = self._end if self._end is not None else self._found_end()
        if self._rejoin is not None and (end := self._joined(self._rejoin, end)) and not batch:
            self._end = end
            return
        self._end = None  # unknown until both steps are through
        rows = self._rows(end, batch)
        last = rows[-1].hash if rows else bytes.fromhex(end.hash)
        head = self._sign(end.count + len(rows), end.seq + len(rows), last)
        self._commit(rows, head, batch)
        self._head.write(chain.encode_head(head))
        self._end, self.last_error = head, ""
        tell((entry, row.seq) for entry, row in zip(batch, rows, strict=True))
        if self.on_durable is not None:
            for entry, row in zip(batch, rows, strict=True):
                self.on_durable(row.seq, row.time, row.hash, entry.body)
        self._checkpoint(head)

    def _found_end(self) -> Head:
        """Return where the log ends, after a write of which nobody knows how it went."""
        if self._rejoin is not None:
            return self._rejoin.assumed()
        self._ledger.replay()  # else the log would seem to end too early
        return self._recover()

    def _joined(self, rejoin: Rejoin, end: Head) -> Head:
        """Join the database if it is back; return where the log ends."""
        try:
            end, record = rejoin(end)
        except sa.exc.OperationalError:
            return end
        self._head.write(chain.encode_head(end))
        self._rejoin, self._ledger.held = None, False
        if record is not None:
            log.warning("records of the outage follow those that the database had: renumbered")
            self._renumbered = record
            if self._open:
                self.submit(record)
        return end

    def _checkpoint(self, head: Head, *, at_end: bool = False) -> None:
        """Append a checkpoint where one is due; the records are durable without it."""
        if self._rejoin is not None:
            return
        try:
            self._checkpoints.note(head, at_end=at_end)
        except OSError as error:
            log.error("no checkpoint of the audit log: %s", error)  # noqa: TRY400 - no traces in logs

    def _rows(self, end: Head, batch: list[Waiting]) -> list[Row]:
        rows, previous = [], bytes.fromhex(end.hash)
        for seq, entry in enumerate(batch, start=end.seq + 1):
            now = self._clock()
            digest = chain.record_hash(seq, now, previous, entry.body)
            rows.append(Row(seq, now, entry.body, previous, digest))
            previous = digest
        return rows

    def _commit(self, rows: list[Row], head: Head, batch: list[Waiting]) -> None:
        name = head.key if self._store.shared else ""
        self._ledger.write(batch_of(rows, chain.encode_head(head), name, batch))

    def _fail(self, batch: list[Waiting], error: Exception) -> None:
        detail = str(getattr(error, "orig", None) or error) or type(error).__name__
        self.last_error = detail
        told = []
        for entry in batch:
            failure = AuditError(
                f"The audit log could not be written: {detail}.",
                hint="Free disk space or stop what locks the data folder; nothing was released.",
            )
            failure.__cause__ = error
            told.append((entry, failure))
        tell(told)

    def _abandon(self) -> None:
        with self._condition:
            self._open = False
            left, self._waiting = self._waiting, []
        tell((entry, AuditError("The audit log's writer ended.")) for entry in left)

    def _sign(self, count: int, seq: int, last: bytes) -> Head:
        if self._key is None:
            raise AuditError("The audit log has no signing key.")
        self._name = self._name or chain.fingerprint(self._key.public_key())
        return chain.sign_head(
            self._key, seq=seq, count=count, last=last, time=self._clock(), name=self._name
        )

    def _load_or_create_key(self) -> Ed25519PrivateKey:
        if self._key_path.exists():
            return chain.load_private(self._key_path)
        refuse_without_key(self._store, self._key_path)
        self._key = Ed25519PrivateKey.generate()
        head = self._sign(0, 0, chain.GENESIS)
        # The key comes last: while it is missing, this first start can be repeated after a crash.
        self._commit([], head, [])
        public = chain.public_pem(self._key.public_key())
        replace_file(self._folder / chain.PUBLIC_FILE, public, 0o644)
        self._head.write(chain.encode_head(head))
        replace_file(self._key_path, chain.private_pem(self._key))
        return self._key

    def _recover(self) -> Head:
        """Check that the log ends as its head says; bring a head that lags up to date."""
        if self._key is None:
            raise AuditError("The audit log has no signing key.")
        try:
            end, behind = check_end(self._store, self._key.public_key(), self._folder)
        except sa.exc.DBAPIError as error:
            raise IntegrityError(f"The audit log cannot be read: {error.orig}.") from None
        if behind:
            self._head.write(chain.encode_head(end))
        return end


def _stopped() -> AuditError:
    return AuditError("The audit log is not running.", hint="Start the gateway again.")


def open_log(store: Store) -> AuditLog:
    """Return the (not yet started) log of a store with its key in the store's own folder."""
    return AuditLog(store, store.folder / chain.KEY_FILE)
