"""Where batches of audit records go: to the database, or to the journal while it is away."""

import sys
from pathlib import Path

import sqlalchemy as sa

from seawall.core.errors import IntegrityError
from seawall.store.capture_rows import add_captures
from seawall.store.db import Store
from seawall.store.journal import Batch, Journal
from seawall.store.prepared import Prepared
from seawall.store.spend import add_charges
from seawall.store.tables import audit, audit_head
from seawall.store.user_keys import add_user_keys

# Records of the journal in one transaction, and before new ones get their turn.
_GROUP = 500
_MOST_AT_ONCE = 2_000
_RECORDS = Prepared(
    lambda _: sa.insert(audit), ("seq", "time", "body", "prev_hash", "hash", "chain")
)
_HEAD = Prepared(
    lambda _: (
        sa.update(audit_head)
        .where(audit_head.c.chain == sa.bindparam("of_chain"))
        .values(head=sa.bindparam("new_head"))
    )
)


class Ledger:
    """Writes batches of one chain, in order. Only a shared database has a journal.

    A commit whose outcome was never heard is journaled too; a batch that turns out to be there
    already is not written twice.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.journal = Journal(folder) if store.shared else None
        # While nobody knows where the chain ends in the database, the journal takes everything.
        self.held = False

    @property
    def journaled(self) -> int:
        """How many records wait in the journal."""
        return self.journal.records if self.journal else 0

    def open(self) -> None:
        """Count what an earlier process left in the journal: it is held. Raises IntegrityError."""
        if self.journal is not None:
            self.journal.open()
            self.held = self.journal.bytes > 0

    def replay(self, most: int = sys.maxsize) -> bool:
        """Move about `most` records of the journal into the database; say whether none waits.

        Raises DBAPIError, IntegrityError, OSError; then the same is tried again next time.
        """
        journal = self.journal
        if journal is None or not journal.bytes:
            return True
        moved = 0
        group: list[Batch] = []
        end = journal.moved
        for batch, end in journal.batches():
            group.append(batch)
            if sum(len(x.rows) for x in group) >= _GROUP:
                moved += self._move(journal, group, end)
                group = []
                if moved >= most:
                    return False
        if group:
            self._move(journal, group, end)
        journal.clear()
        return True

    def write(self, batch: Batch) -> None:
        """Make a batch durable. Raises DBAPIError, IntegrityError, OSError.

        While a long journal is moved, new batches queue behind it: nobody waits for all of it.
        """
        journal = self.journal
        if journal is None:
            self._insert(batch)
            return
        if self.held:
            journal.append(batch)
            return
        try:
            if self.replay(_MOST_AT_ONCE):
                self._insert(batch)
                return
        except sa.exc.OperationalError:
            if not self._store.away_seconds:
                raise
        if batch.rows or not journal.records:
            journal.append(batch)

    def _move(self, journal: Journal, group: list[Batch], end: int) -> int:
        """Write a group in one transaction, without what is there; return how many it has."""
        last = self._last(group[0].chain, group[-1])
        left = [batch for batch in group if not batch.rows or batch.rows[-1].seq > last]
        self._insert(
            Batch(
                rows=[row for batch in left for row in batch.rows],
                head=group[-1].head,
                chain=group[-1].chain,
                charges=[charge for batch in left for charge in batch.charges],
                user_keys=[key for batch in left for key in batch.user_keys],
                captures=[one for batch in left for one in batch.captures],
            )
        )
        count = sum(len(batch.rows) for batch in group)
        journal.passed(count, end)
        return count

    def _insert(self, batch: Batch) -> None:
        name = batch.chain
        rows = [
            {"seq": row.seq, "time": row.time, "body": row.body, "prev_hash": row.prev_hash,
             "hash": row.hash, "chain": name}
            for row in batch.rows
        ]  # fmt: skip
        with self._store.add() as connection:
            if rows:
                _RECORDS.run(connection, rows)
            if _HEAD.run(connection, [{"new_head": batch.head, "of_chain": name}]) == 0:
                first = {"id": 1, "head": batch.head, "chain": name}
                connection.execute(sa.insert(audit_head), first)
            add_charges(connection, batch.charges)
            add_user_keys(connection, batch.user_keys)
            add_captures(connection, name, batch.captures)

    def _last(self, name: str, newest: Batch) -> int:
        """Return the seq with which the chain ends in the database.

        Raises IntegrityError where somebody else has written on this chain.
        """
        own = sa.select(audit.c.seq, audit.c.hash).where(audit.c.chain == name)
        with self._store.read() as connection:
            found = connection.execute(own.order_by(audit.c.seq.desc()).limit(1)).first()
        if found is None:
            return 0
        same = [row for row in newest.rows if row.seq == found.seq]
        if (newest.rows and found.seq > newest.rows[-1].seq) or (
            same and bytes(found.hash) != same[0].hash
        ):
            raise IntegrityError(
                f"Record {found.seq} of this replica's chain is another one in the database.",
                hint="Two gateways use copies of one data folder. Stop one of them.",
            )
        return int(found.seq)
