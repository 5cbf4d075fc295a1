"""Tools of MCP servers as a person last accepted them; what changed since waits for a review."""

import hashlib
import time
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.core.errors import NotFoundError
from seawall.core.roles import OPERATOR, Actor
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.tables import mcp_tools
from seawall.store.upsert import insert


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """One tool of one server. `accepted` and `seen` are hashes of definitions, "" for none.

    `definition`: what was seen last, as JSON. `why`: what a reviewer should know.
    """

    server: str
    tool: str
    accepted: str
    seen: str
    definition: str
    why: str
    changed: int

    @property
    def open(self) -> bool:
        """Return whether the tool may be used as it is now."""
        return bool(self.accepted) and self.accepted == self.seen


def digest_of(definition: Any) -> str:
    """Return the hash of a tool's whole definition, whatever the order of its keys."""
    data = msgspec.json.encode(definition, order="deterministic")
    return hashlib.sha256(b"seawall mcp tool 1\n" + data).hexdigest()


class Pins:
    """The pins of one data folder. Safe to share between threads and processes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def see(self, server: str, tool: str, definition: Any, *, why: str, trust: bool) -> Pin:
        """Note a definition as it was listed and return its pin.

        `trust`: a tool that was never seen is accepted at once. A changed one never is.
        """
        digest = digest_of(definition)
        with self._store.write() as connection:
            known = self._one(connection, server, tool)
            if known is not None and known.seen == digest and known.why == why:
                return known
            accepted = known.accepted if known else (digest if trust else "")
            pin = Pin(
                server=server, tool=tool, accepted=accepted, seen=digest,
                definition=msgspec.json.encode(definition).decode(), why=why,
                changed=int(time.time()),
            )  # fmt: skip
            row = msgspec.to_builtins(pin)
            connection.execute(
                insert(connection, mcp_tools)
                .values(row)
                .on_conflict_do_update(
                    index_elements=[mcp_tools.c.server, mcp_tools.c.tool],
                    set_={key: row[key] for key in row if key not in ("server", "tool")},
                )
            )
        return pin

    def known(self, server: str) -> bool:
        """Say whether any tool of a server was ever seen."""
        statement = sa.select(mcp_tools.c.tool).where(mcp_tools.c.server == server).limit(1)
        with self._store.read() as connection:
            return connection.execute(statement).first() is not None

    def list(self) -> list[Pin]:
        """Return every pin, by server and tool."""
        statement = sa.select(mcp_tools).order_by(mcp_tools.c.server, mcp_tools.c.tool)
        with self._store.read() as connection:
            return [Pin(**row) for row in connection.execute(statement).mappings()]

    def accept(self, server: str, tool: str, *, actor: Actor = OPERATOR) -> Pin:
        """Accept a tool as it was seen last. Raises NotFoundError."""
        with self._store.write() as connection:
            known = self._one(connection, server, tool)
            if known is None:
                raise NotFoundError(
                    "No such tool was seen.", hint="`seawall mcp tools` lists what was."
                )
            connection.execute(
                sa.update(mcp_tools)
                .where(mcp_tools.c.server == server, mcp_tools.c.tool == tool)
                .values(accepted=known.seen)
            )
            note_change(connection, actor, "mcp.accept", f"{server}/{tool}", {"hash": known.seen})
        return msgspec.structs.replace(known, accepted=known.seen)

    def note(self, server: str, action: str, target: str, details: dict[str, Any]) -> None:
        """Note what the proxy did, for the audit log. `details` hold no content."""
        with self._store.write() as connection:
            note_change(connection, Actor(name=f"mcp:{server}"), action, target, details)

    def _one(self, connection: sa.Connection, server: str, tool: str) -> Pin | None:
        row = connection.execute(
            sa.select(mcp_tools).where(mcp_tools.c.server == server, mcp_tools.c.tool == tool)
        ).mappings().first()  # fmt: skip
        return None if row is None else Pin(**row)
