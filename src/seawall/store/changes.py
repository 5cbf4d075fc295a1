"""Who changed what: noted in the transaction of the change, then moved to the audit log.

The audit log has one writer, the gateway. What the command line changes waits here until the
gateway runs. A crash in the middle of the move repeats a record: its `change_id` is the same.
"""

import asyncio
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.core.roles import Actor
from seawall.store.audit import AuditLog
from seawall.store.change import EVENT, change_record
from seawall.store.db import Store
from seawall.store.tables import changes

_PAGE = 500


def note_change(
    connection: sa.Connection, actor: Actor, action: str, target: str, details: dict[str, Any]
) -> str:
    """Note one change and return its id. `details` holds names and numbers, never a secret."""
    roles = [role.value for role in actor.roles]
    body = change_record(actor.name, action, target, details, roles=roles)
    change_id: str = body["change_id"]
    connection.execute(
        sa.insert(changes), {"change_id": change_id, "body": msgspec.json.encode(body)}
    )
    return change_id


def pending_changes(store: Store) -> list[dict[str, Any]]:
    """Return the oldest changes that no audit record tells of yet (500 at most)."""
    statement = sa.select(changes.c.body).order_by(changes.c.change_id).limit(_PAGE)
    with store.read() as connection:
        return [msgspec.json.decode(row[0]) for row in connection.execute(statement)]


async def record_changes(store: Store, log: AuditLog) -> int:
    """Move what waits to the audit log; return how many. Raises AuditError, DBAPIError.

    A change leaves the table only after its record is durable. Of replicas that share a database,
    one at a time does this.
    """
    async with log.moving:
        turn = store.alone(EVENT)
        mine = await asyncio.to_thread(turn.__enter__)
        try:
            return await _move(store, log) if mine else 0
        finally:
            await asyncio.to_thread(turn.__exit__, None, None, None)


async def _move(store: Store, log: AuditLog) -> int:
    moved = 0
    while found := await asyncio.to_thread(pending_changes, store):
        for body in found:
            await log.append(body)
        done = [body["change_id"] for body in found]
        await asyncio.to_thread(_forget, store, done)
        moved += len(found)
    return moved


def _forget(store: Store, done: list[str]) -> None:
    with store.write() as connection:
        connection.execute(sa.delete(changes).where(changes.c.change_id.in_(done)))
