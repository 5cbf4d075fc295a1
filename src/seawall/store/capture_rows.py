"""Sealed content of requests on its way to the store, beside their audit records."""

import hashlib
import time
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from seawall.store.capture_keys import CaptureKey
from seawall.store.master import seal
from seawall.store.tables import captures


class SealedCapture(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed content on its way to the store. Times are Unix seconds; `handle` b"": no user."""

    request_id: str
    application: str
    function: str
    handle: bytes
    created: int
    expires: int
    key_id: str
    sealed: bytes
    seq: int = 0

    @property
    def sha256(self) -> str:
        """Return what the audit record knows it by (hex)."""
        return hashlib.sha256(self.sealed).hexdigest()


def seal_capture(
    key: CaptureKey,
    content: bytes,
    *,
    request_id: str,
    application: str,
    function: str,
    handle: bytes,
    seconds: float,
    now: int | None = None,
) -> SealedCapture:
    """Seal a request's content (JSON) for `seconds`."""
    when = int(time.time()) if now is None else now
    return SealedCapture(
        request_id=request_id, application=application, function=function, handle=handle,
        created=when, expires=when + int(seconds), key_id=key.key_id,
        sealed=seal(key.key, content, context_of(request_id)),
    )  # fmt: skip


def add_captures(connection: sa.Connection, chain: str, found: Sequence[SealedCapture]) -> None:
    """Write captures inside the transaction of their audit records."""
    if found:
        rows = [{**msgspec.structs.asdict(one), "chain": chain} for one in found]
        connection.execute(sa.insert(captures), rows)


def context_of(request_id: str) -> bytes:
    """Return what sealed content is bound to."""
    return b"seawall capture 1\n" + request_id.encode()
