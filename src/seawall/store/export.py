"""Read audit records for export: as they are, or as events of the Open Cybersecurity Schema."""

from collections.abc import Generator, Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.core.errors import NotFoundError
from seawall.core.notjson import NOT_JSON
from seawall.store import chain, ocsf
from seawall.store.audit_users import AuditUsers
from seawall.store.db import Store
from seawall.store.tables import audit, audit_head
from seawall.store.verify import chain_of

_PAGE = 500


def chain_id(store: Store) -> str:
    """Return the name of this store's chain: the fingerprint of its public key. InputError."""
    return chain.fingerprint(chain.load_public(store.folder / chain.PUBLIC_FILE))


def chains(store: Store) -> list[str]:
    """Return the names of all chains that this store can export. Raises InputError."""
    own = chain_id(store)
    if not store.shared:
        return [own]
    with store.read() as connection:
        found = connection.execute(sa.select(audit_head.c.chain))
        return sorted({own, *(row.chain for row in found if row.chain)})


def name_of(users: AuditUsers, user: str) -> str:
    """Return the name under which the log knows a user. Raises NotFoundError."""
    name = users.find(user)
    if name is None:
        raise NotFoundError(
            "The audit log knows no such user.",
            hint="Nothing was recorded, the key was destroyed, or SEAWALL_PEPPER is another one.",
        )
    return name


def jsonl(
    store: Store, *, after: int = 0, user: str = "", of: str = ""
) -> Generator[dict[str, Any]]:
    """Yield records with seq > `after` with their place in the chain, oldest first.

    `user`: only records that carry this name. `of`: the chain, one of `chains`; where none is
    named, this folder's own. `body` sorted by keys, without spaces and in UTF-8 is
    what was hashed. Memory does not grow with the log.
    """
    name = of or chain_id(store)
    for row in _rows(store, after, of):
        body = _body(row.body)
        if user and body.get("user") != user:
            continue
        yield {
            "chain": name,
            "seq": row.seq,
            "time": row.time,
            "prev_hash": bytes(row.prev_hash).hex(),
            "hash": bytes(row.hash).hex(),
            "body": body,
        }


def events(
    store: Store, *, after: int = 0, user: str = "", integrity: bool = False,
    previous: ocsf.Previous | None = None, version: str = "", of: str = "",
) -> Generator[dict[str, Any]]:  # fmt: skip
    """Yield OCSF API Activity events; see `jsonl` for `after`, `user` and `of`.

    `integrity` adds the `record_integrity` profile of OCSF 1.9: each event binds the one before
    it, so `user` must be empty, and all records are read from the first where `previous`, the
    event of record `after`, is not given.
    """
    name = of or chain_id(store)
    for row in _rows(store, 0 if integrity and previous is None else after, of):
        body = _body(row.body)
        if user and body.get("user") != user:
            continue
        event = ocsf.event(
            body, chain=name, seq=row.seq, time_ns=row.time, raw=bytes(row.body), version=version
        )
        if integrity:
            previous = ocsf.attest(event, chain=name, previous=previous)
        if row.seq > after:
            yield event


def _rows(store: Store, after: int, of: str) -> Iterator[Any]:
    chosen = of if of and store.shared else chain_of(store)["chain"]
    own = sa.select(audit).where(audit.c.chain == chosen)
    statement = own.where(audit.c.seq > after).order_by(audit.c.seq)
    with store.read() as connection:
        yield from connection.execution_options(yield_per=_PAGE).execute(statement)


def _body(raw: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(raw)
    except NOT_JSON:
        value = None
    return value if isinstance(value, dict) else {"unreadable": True}
