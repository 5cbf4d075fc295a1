"""From which uploaded file a text was retrieved: keyed hashes of what the file's text is known by.

Only the function that a file belongs to finds it. A label only goes up; a file that is deleted
takes its marks with it.
"""

import hashlib
import hmac
import threading
from collections.abc import Collection, Mapping

import msgspec
import sqlalchemy as sa

from seawall.core.errors import UnavailableError
from seawall.store.db import Store
from seawall.store.objects import Holder
from seawall.store.pepper import load_pepper
from seawall.store.tables import file_marks, objects
from seawall.store.upsert import insert

MOST_MARKS = 50_000
"""So many marks a file is known by, at most."""
_SIZE = 16
_PAGE = 400


class FileMark(msgspec.Struct, frozen=True, kw_only=True):
    """A mark of a file: our id of it, its name, the chunk it stands in first, and its label."""

    object_id: str
    filename: str
    chunk: int
    level: int


class FileMarks:
    """The marks of one data folder's files. Safe to share between threads.

    Raises UnavailableError when the database cannot be read or written.
    """

    def __init__(self, store: Store, *, env: Mapping[str, str] | None = None) -> None:
        self._store = store
        self._key = hashlib.sha256(b"seawall file marks 1\n" + load_pepper(store, env)).digest()
        # Whether there are none at all: nobody else adds some to a database of our own.
        self.none = False
        self._lock, self._puts = threading.Lock(), 0

    def put(self, holder: Holder, object_id: str, marks: Mapping[str, tuple[int, int]]) -> int:
        """Keep the (chunk, level) of a file's marks; return how many there was no room for.

        A mark that is known keeps its chunk, and the higher of its labels. Where room ends, marks
        with higher labels go first.
        """
        place = self._place(holder)
        rows = [
            {"place": place, "mark": self._digest(place, mark), "object_id": object_id,
             "chunk": chunk, "level": level}
            for mark, (chunk, level) in sorted(marks.items(), key=lambda one: -one[1][1])
        ]  # fmt: skip
        if not rows:
            return 0
        try:
            with self._store.write() as connection:
                held = connection.scalar(
                    sa.select(sa.func.count()).where(file_marks.c.object_id == object_id)
                ) or 0  # fmt: skip
                kept = rows[: max(0, MOST_MARKS - held)]
                statement = insert(connection, file_marks)
                higher = sa.case(
                    (file_marks.c.level < statement.excluded.level, statement.excluded.level),
                    else_=file_marks.c.level,
                )
                if kept:
                    connection.execute(
                        statement.on_conflict_do_update(
                            index_elements=list(file_marks.primary_key), set_={"level": higher}
                        ),
                        kept,
                    )
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error
        with self._lock:
            self._puts, self.none = self._puts + 1, False
        return len(rows) - len(kept)

    def look(self, holder: Holder, marks: Collection[str]) -> dict[str, list[FileMark]]:
        """Return the files of the holder's that each mark stands in; a mark without one is not."""
        if not marks:
            return {}
        place = self._place(holder)
        digests = {self._digest(place, mark): mark for mark in marks}
        wanted, found = list(digests), dict[str, list[FileMark]]()
        named = sa.select(file_marks, objects.c.info).join(
            objects, objects.c.object_id == file_marks.c.object_id
        )
        try:
            with self._store.read() as connection:
                for at in range(0, len(wanted), _PAGE):
                    page = file_marks.c.mark.in_(wanted[at : at + _PAGE])
                    for row in connection.execute(named.where(file_marks.c.place == place, page)):
                        found.setdefault(digests[row.mark], []).append(_read(row))
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error
        return found

    def raise_to(self, holder: Holder, object_id: str, level: int) -> None:
        """Raise the label of all of a file's marks to `level`; none is ever lowered."""
        change = sa.update(file_marks).where(
            file_marks.c.place == self._place(holder),
            file_marks.c.object_id == object_id,
            file_marks.c.level < level,
        )
        try:
            with self._store.write() as connection:
                connection.execute(change.values(level=level))
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error

    def any(self) -> bool:
        """Say whether a file has marks. That none has is remembered while nobody else adds some."""
        before = self._puts
        try:
            with self._store.read() as connection:
                empty = connection.execute(sa.select(file_marks.c.level).limit(1)).first() is None
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error
        with self._lock:  # what was put since the look began is not in it
            self.none = empty and not self._store.shared and self._puts == before
        return not empty

    def _place(self, holder: Holder) -> bytes:
        message = b"place\n" + msgspec.json.encode([holder.application, holder.function])
        return hmac.digest(self._key, message, "sha256")[:_SIZE]

    def _digest(self, place: bytes, mark: str) -> bytes:
        message = place + b"m" + mark.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(message, key=self._key, digest_size=_SIZE).digest()


def _read(row: sa.Row) -> FileMark:  # type: ignore[type-arg]
    name = msgspec.json.decode(row.info).get("filename", "")
    return FileMark(object_id=row.object_id, filename=name, chunk=row.chunk, level=row.level)


def _unreadable() -> UnavailableError:
    return UnavailableError("Marks of uploaded files cannot be read.")
