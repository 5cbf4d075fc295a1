"""Go on with a chain while its database is away since the start, and join it when it is back.

The signed head beside the key says where the chain ended. After a power cut it may be a second
behind the database: then records of this start were numbered from too early, and take new numbers
after those that the database has. No record is lost; the audit log says that it happened.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seawall.core.errors import IntegrityError
from seawall.store import chain
from seawall.store.chain import Head
from seawall.store.chain_keys import publish_key
from seawall.store.change import START, change_record
from seawall.store.checkpoints import FILE, last_checkpoint
from seawall.store.db import Store
from seawall.store.head_file import read_head
from seawall.store.journal import Batch, Journal, Row
from seawall.store.locks import sync_folder
from seawall.store.tables import audit, audit_head


class Joined(NamedTuple):
    """Where the chain ends now; `record` tells of new numbers, where there were any."""

    end: Head
    record: dict[str, Any] | None


class Rejoin:
    """Joins a chain that went on without its database; `journal` holds what it wrote since."""

    def __init__(self, store: Store, key: Ed25519PrivateKey, journal: Journal) -> None:
        self._store = store
        self._key = key
        self._journal = journal
        self._folder = journal.path.parent

    def assumed(self) -> Head:
        """Return the last head that the folder knows of: of journal, head file and checkpoints.

        Raises IntegrityError where there is none, or one that this key did not sign.
        """
        newest = self._newest()
        heads = [] if newest is None else [newest]
        with suppress(OSError, IntegrityError):  # a power cut may tear it
            heads.append(chain.decode_head(read_head(self._folder / chain.HEAD_FILE)))
        if (marked := last_checkpoint(self._folder / FILE)) is not None:
            heads.append(marked)
        public = self._key.public_key()
        if not heads or not all(chain.signed_by(head, public) for head in heads):
            raise IntegrityError(
                f"The audit log in {self._folder} does not end as it was signed.",
                hint="Keep the folder as evidence, and start when the database answers.",
            )
        return max(heads, key=lambda head: head.seq)

    def __call__(self, now: Head) -> Joined:
        """Compare the database's end with the journal; `now` is where the chain ends here.

        Raises OperationalError while the database is away, IntegrityError where records are gone
        from it or somebody else has written on this chain.
        """
        publish_key(self._store, self._key.public_key())
        return self._compared(now)

    def _compared(self, now: Head) -> Joined:
        last, signed = self._read(now.key)
        seq, digest = (last.seq, bytes(last.hash)) if last is not None else (0, chain.GENESIS)
        first = next(self._rows(), None)
        start, before = now.seq, bytes.fromhex(now.hash)
        if first is not None:
            start, before = first.seq - 1, first.prev_hash
        if (seq == start and digest == before) or any(
            row.seq == seq and row.hash == digest for row in self._rows()
        ):
            # Nothing, or a part of the journal, is there already.
            return Joined(self._newest() or now, None)
        # What another gateway wrote on a copy of this folder is newer than our records.
        ours = signed is not None and signed.seq == seq and signed.hash == digest.hex()
        older = last is not None and (first is None or last.time <= first.time)
        if seq < start or not ours or not older or not self._holds(now.key, start, before):
            raise IntegrityError(
                f"The database's end of this replica's chain, record {seq}, is not where the "
                "replica left it.",
                hint="Run `seawall audit verify`; keep the folder as evidence.",
            )
        end = self._renumbered(seq, digest, now)
        details = {"from": start + 1, "to": seq + 1, "records": end.seq - seq}
        return Joined(end, change_record(START, "audit.renumbered", now.key, details))

    def _batches(self) -> Iterator[tuple[Batch, int]]:
        return self._journal.batches() if self._journal.bytes else iter(())

    def _newest(self) -> Head | None:
        """Return the journal's last head."""
        raw = None
        for batch, _ in self._batches():
            raw = batch.head
        return None if raw is None else chain.decode_head(raw)

    def _rows(self) -> Iterator[Row]:
        return (row for batch, _ in self._batches() for row in batch.rows)

    def _read(self, name: str) -> tuple[Any, Head | None]:
        own = sa.select(audit.c.seq, audit.c.hash, audit.c.time).where(audit.c.chain == name)
        head = sa.select(audit_head.c.head).where(audit_head.c.chain == name)
        with self._store.read() as connection:
            last = connection.execute(own.order_by(audit.c.seq.desc()).limit(1)).first()
            raw = connection.scalar(head)
        if raw is None:
            return last, None
        found = chain.decode_head(bytes(raw))
        return last, found if chain.signed_by(found, self._key.public_key()) else None

    def _holds(self, name: str, seq: int, digest: bytes) -> bool:
        """Say whether the database has the record after which this start went on."""
        if seq == 0:
            return digest == chain.GENESIS
        own = sa.select(audit.c.hash).where(audit.c.chain == name, audit.c.seq == seq)
        with self._store.read() as connection:
            found = connection.scalar(own)
        return found is not None and bytes(found) == digest

    def _renumbered(self, seq: int, digest: bytes, now: Head) -> Head:
        """Write the journal anew behind record `seq`; return its last head. Raises OSError."""
        path = self._journal.path
        fresh = Journal(path.parent)
        fresh.path = path.with_name(f"{path.name}.new")
        fresh.path.unlink(missing_ok=True)
        end = chain.sign_head(self._key, seq=seq, count=seq, last=digest, time=now.time)
        for batch, _ in self._batches():
            rows, numbers = [], {}
            for row in batch.rows:
                numbers[row.seq] = seq = seq + 1
                made = chain.record_hash(seq, row.time, digest, row.body)
                rows.append(Row(seq, row.time, row.body, digest, made))
                digest = made
            signed = chain.decode_head(batch.head).time
            end = chain.sign_head(self._key, seq=seq, count=seq, last=digest, time=signed)
            captures = [
                msgspec.structs.replace(one, seq=numbers[one.seq]) for one in batch.captures
            ]
            fresh.append(
                Batch(rows=rows, head=chain.encode_head(end), chain=batch.chain,
                      charges=batch.charges, user_keys=batch.user_keys, captures=captures)
            )  # fmt: skip
        if fresh.path.exists():
            fresh.path.replace(path)
            sync_folder(path.parent)
        self._journal.open()
        return end
