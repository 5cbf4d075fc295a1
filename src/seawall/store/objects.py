"""Files, vector stores, batches and jobs at the provider: whose each is, under ids of our own.

A client sees only our ids, so none can be guessed, none carries data, and what belongs to another
application or function is not found.
"""

import secrets
import string
import time
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.store.db import Store
from seawall.store.tables import file_marks, objects

_LETTERS = string.ascii_letters + string.digits
_PREFIX = {"file": "file-", "vector_store": "vs_", "file_batch": "vsfb_", "batch": "batch_",
           "job": "ftjob-"}  # fmt: skip


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose an object is: a function of an application."""

    application: str
    function: str


class StoredObject(msgspec.Struct, frozen=True, kw_only=True):
    """One object: our id, the provider's, when it was made (Unix s), and what is known of it."""

    object_id: str
    kind: str
    provider_id: str
    created: int
    info: dict[str, Any]


class Objects:
    """The objects of all functions. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, holder: Holder, kind: str, provider_id: str, info: dict[str, Any] | None = None
    ) -> StoredObject:
        """Record an object under a new id; one that is known already is returned as it is."""
        known = self.of_provider(holder, kind, provider_id)
        if known is not None:
            return known
        name = _PREFIX[kind] + "".join(secrets.choice(_LETTERS) for _ in range(24))
        made = StoredObject(object_id=name, kind=kind, provider_id=provider_id,
                            created=int(time.time()), info=info or {})  # fmt: skip
        row = {**msgspec.structs.asdict(made), **msgspec.structs.asdict(holder)}
        row["info"] = msgspec.json.encode(made.info)
        with self._store.write() as connection:
            connection.execute(sa.insert(objects), row)
        return made

    def require(self) -> None:
        """Raise DBAPIError where nothing can be written now."""
        with self._store.write():
            pass

    def find(self, holder: Holder, kind: str, object_id: str) -> StoredObject | None:
        """Return the holder's object of our id; None when this holder has none."""
        if "\0" in object_id:  # no id has one, and PostgreSQL refuses the question
            return None
        return self._one(holder, kind, objects.c.object_id == object_id)

    def of_provider(self, holder: Holder, kind: str, provider_id: str) -> StoredObject | None:
        """Return the holder's object of the provider's id; None when this holder has none."""
        return self._one(holder, kind, objects.c.provider_id == provider_id)

    def page(
        self, holder: Holder, kind: str, *, limit: int, after: str = "", newest_first: bool = True
    ) -> list[StoredObject]:
        """Return at most `limit` of the holder's objects; those behind the id `after`."""
        where = [*_mine(holder, kind)]
        if after:
            start = self.find(holder, kind, after)
            if start is None:
                return []
            here = sa.tuple_(objects.c.created, objects.c.object_id)
            there = sa.tuple_(sa.literal(start.created), sa.literal(start.object_id))
            where.append(here < there if newest_first else here > there)
        order = (objects.c.created, objects.c.object_id)
        sort = [column.desc() for column in order] if newest_first else list(order)
        statement = sa.select(objects).where(*where).order_by(*sort).limit(limit)
        with self._store.read() as connection:
            return [_read(row) for row in connection.execute(statement)]

    def note(self, found: StoredObject, info: dict[str, Any]) -> None:
        """Replace what is known of an object."""
        change = sa.update(objects).where(objects.c.object_id == found.object_id)
        with self._store.write() as connection:
            connection.execute(change.values(info=msgspec.json.encode(info)))

    def swap(self, found: StoredObject, info: dict[str, Any]) -> bool:
        """Replace what is known of an object unless somebody else has; say whether it was done."""
        change = sa.update(objects).where(
            objects.c.object_id == found.object_id,
            objects.c.info == msgspec.json.encode(found.info),
        )
        with self._store.write() as connection:
            done = connection.execute(change.values(info=msgspec.json.encode(info)))
            return bool(done.rowcount)

    def remove(self, holder: Holder, kind: str, object_id: str) -> None:
        """Forget the holder's object, and what its texts were known by."""
        statement = sa.delete(objects).where(*_mine(holder, kind), objects.c.object_id == object_id)
        marks = sa.delete(file_marks).where(file_marks.c.object_id == object_id)
        with self._store.write() as connection:
            if connection.execute(statement).rowcount:
                connection.execute(marks)

    def _one(self, holder: Holder, kind: str, which: sa.ColumnElement[bool]) -> StoredObject | None:
        statement = sa.select(objects).where(*_mine(holder, kind), which)
        with self._store.read() as connection:
            row = connection.execute(statement).first()
        return None if row is None else _read(row)


def _mine(holder: Holder, kind: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        objects.c.application == holder.application,
        objects.c.function == holder.function,
        objects.c.kind == kind,
    )


def _read(row: Any) -> StoredObject:
    return StoredObject(
        object_id=row.object_id, kind=row.kind, provider_id=row.provider_id, created=row.created,
        info=msgspec.json.decode(row.info),
    )  # fmt: skip
