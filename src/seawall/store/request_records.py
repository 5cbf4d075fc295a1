"""The audit record of one request, found by its id."""

from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.core.errors import NotFoundError
from seawall.core.notjson import NOT_JSON
from seawall.store.db import Store
from seawall.store.tables import audit

_OPENING = "stream.open"


def record_of(store: Store, request_id: str) -> dict[str, Any]:
    """Return the last record of a request, in any replica's chain.

    Reads the log once, a page at a time. Raises NotFoundError.
    """
    wanted, best = request_id.encode(), None
    statement = sa.select(audit.c.body).order_by(audit.c.time)
    with store.read() as connection:
        for row in connection.execution_options(yield_per=1000).execute(statement):
            if wanted in row.body and (body := _named(row.body, request_id)):
                best = best if best and body["event"] == _OPENING else body
    if best is None:
        raise NotFoundError(
            f"The audit log has no record of {request_id[:64]!r}.",
            hint="`seawall audit show` lists records.",
        )
    return best


def flagged_requests(store: Store, number: int) -> list[str]:
    """Return the newest requests in which a rule found something and only flagged it.

    At most `number` ids, the newest first. Reads the log backwards, a page at a time.
    """
    found: dict[str, None] = {}
    statement = sa.select(audit.c.body).order_by(audit.c.time.desc())
    with store.read() as connection:
        for row in connection.execution_options(yield_per=1000).execute(statement):
            if b'"flag"' in row.body and (name := _flagged(row.body)):
                found.setdefault(name)
            if len(found) >= number:
                break
    return list(found)


def _flagged(raw: bytes) -> str:
    try:
        body = msgspec.json.decode(raw)
    except NOT_JSON:
        return ""
    if not isinstance(body, dict) or body.get("event") == _OPENING or "parts" not in body:
        return ""
    return str(body["request_id"]) if "flag" in dict(body.get("controls") or {}).values() else ""


def _named(raw: bytes, request_id: str) -> dict[str, Any] | None:
    """Return the record if it is that request's own; others may only mention it."""
    try:
        body = msgspec.json.decode(raw)
    except NOT_JSON:
        return None
    own = isinstance(body, dict) and body.get("request_id") == request_id and "parts" in body
    return body if own else None
