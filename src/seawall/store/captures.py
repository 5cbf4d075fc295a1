"""What was said in requests, sealed and bound to their audit records.

Content is AES-256-GCM under a data key, for one request id; the audit record holds the SHA-256 of
what was sealed. So content can be erased, and neither changed nor moved to another record.
"""

import hashlib
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.core.errors import IntegrityError, NotFoundError
from seawall.core.roles import Actor
from seawall.store.capture_keys import KEY_SECONDS, open_capture_key
from seawall.store.capture_rows import context_of
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.master import unseal
from seawall.store.tables import audit, capture_keys, captures

_MOST_LISTED = 1000


class CaptureRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of captured content to find it: never the content."""

    request_id: str
    application: str
    function: str
    created: int
    expires: int
    bytes: int


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """Opened content, with the audit record it belongs to."""

    request_id: str
    created: int
    expires: int
    seq: int
    chain: str
    content: dict[str, Any]


def list_captures(
    store: Store, *, handle: bytes | None = None, application: str = "", now: int | None = None
) -> list[CaptureRecord]:
    """Return what is captured and has not expired, newest first (1000 at most).

    `application`: only of that one.
    """
    when = int(time.time()) if now is None else now
    columns = [captures.c[name] for name in CaptureRecord.__struct_fields__ if name != "bytes"]
    size = sa.func.length(captures.c.sealed).label("bytes")
    statement = sa.select(*columns, size).where(captures.c.expires > when)
    if handle is not None:
        statement = statement.where(captures.c.handle == handle)
    if application:
        statement = statement.where(captures.c.application == application)
    order = (captures.c.created.desc(), captures.c.request_id.desc())
    with store.read() as connection:
        rows = connection.execute(statement.order_by(*order).limit(_MOST_LISTED)).all()
    return [CaptureRecord(**row._mapping) for row in rows]


def read_capture(
    store: Store, request_id: str, *, actor: Actor, env: Mapping[str, str] | None = None,
    application: str = "",
) -> Captured:  # fmt: skip
    """Open a request's content; who read it is noted before it is returned.

    Raises NotFoundError (none, erased, expired, or not of `application`), IntegrityError
    (changed, or not what the audit record names), MissingPartError (the key is gone).
    """
    statement = sa.select(captures).where(
        _named(request_id, application), captures.c.expires > int(time.time())
    )
    with store.read() as connection:
        row = connection.execute(statement).first()
        body = None if row is None else connection.scalar(
            sa.select(audit.c.body).where(audit.c.chain == row.chain, audit.c.seq == row.seq)
        )  # fmt: skip
    if row is None:
        raise _none(request_id)
    _check(row, None if body is None else msgspec.json.decode(body))
    key = open_capture_key(store, row.key_id, env=env)
    content = msgspec.json.decode(unseal(key.key, row.sealed, context_of(request_id)))
    with store.write() as connection:
        note_change(connection, actor, "capture.read", request_id, {"seq": row.seq})
    return Captured(
        request_id=request_id, created=row.created, expires=row.expires, seq=row.seq,
        chain=row.chain, content=content,
    )  # fmt: skip


def erase_capture(store: Store, request_id: str, *, actor: Actor, application: str = "") -> None:
    """Destroy one request's content; its audit record stays. Raises NotFoundError."""
    if not _erase(store, _named(request_id, application), request_id, actor):
        raise _none(request_id)


def erase_captures_of(store: Store, handle: bytes, name: str, *, actor: Actor) -> int:
    """Destroy all content of a user, whom the audit log knows by `name`; return how many."""
    return _erase(store, captures.c.handle == handle, name, actor)


def purge_captures(store: Store, *, now: int | None = None) -> int:
    """Destroy what has expired, and keys that are older than two days and open nothing more.

    Returns how many captures that were. Raises DBAPIError.
    """
    when = int(time.time()) if now is None else now
    with store.write() as connection:
        store.secure(connection)
        gone = connection.execute(sa.delete(captures).where(captures.c.expires <= when)).rowcount
        used = sa.select(captures.c.key_id)
        old = capture_keys.c.created < when - 2 * KEY_SECONDS
        connection.execute(sa.delete(capture_keys).where(capture_keys.c.key_id.not_in(used), old))
    return gone


def _named(request_id: str, application: str) -> sa.ColumnElement[bool]:
    """Return the condition for a request's content, of one application if one is named."""
    which = captures.c.request_id == request_id
    return which & (captures.c.application == application) if application else which


def _erase(store: Store, which: sa.ColumnElement[bool], target: str, actor: Actor) -> int:
    with store.write() as connection:
        store.secure(connection)
        gone = connection.execute(sa.delete(captures).where(which)).rowcount
        if gone:
            note_change(connection, actor, "capture.erase", target, {"count": gone})
    if gone:
        store.overwrite("captures")
    return gone


def _check(row: Any, record: Any) -> None:
    named = record.get("capture", {}) if isinstance(record, dict) else {}
    digest = hashlib.sha256(row.sealed).hexdigest()
    if record is None or record.get("request_id") != row.request_id or (
        named.get("sha256") != digest
    ):  # fmt: skip
        raise IntegrityError(
            f"The content of {row.request_id} is not what its audit record names.",
            hint="It was changed or moved in the database; keep that as evidence.",
        )


def _none(request_id: str) -> NotFoundError:
    return NotFoundError(
        f"No content of {request_id[:64]!r} is kept.",
        hint="It was never captured, has expired, or was erased.",
    )
