"""Tool calls that wait for a person: asked for once, decided by people, used once.

The arguments are sealed under a key from the pepper, so a copy of the database alone shows none.
"""

import hashlib
import hmac
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from seawall.core import ids
from seawall.core.errors import InputError, NotFoundError
from seawall.core.roles import OPERATOR, Actor
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.pepper import load_pepper
from seawall.store.tables import approvals
from seawall.store.turns import Owner

PENDING, APPROVED, DENIED, USED = "pending", "approved", "denied", "used"
_NONCE = 12
_MOST_WAITING = 1000


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """One call that waits, or was decided. Times are Unix seconds.

    `arguments`: the call's JSON, None where it cannot be opened. `needs`: how many people must
    approve; `approvers` did so far. `deciders`: who may decide, names or `role:` and a role; empty
    means whoever may at all.
    """

    approval_id: str
    function: str
    key_id: str
    tool: str
    reason: str
    state: str
    needs: int
    approvers: tuple[str, ...]
    created: int
    expires: int
    arguments: str | None = None
    deciders: tuple[str, ...] = ()

    def decided_by(self, actor: Actor) -> bool:
        """Say whether this person or key is one of those who decide."""
        own = {actor.name, *(f"role:{role}" for role in actor.roles)}
        return not self.deciders or not own.isdisjoint(self.deciders)


class Deciders(msgspec.Struct, frozen=True, kw_only=True):
    """Who decides on a tool's calls, and how many of them must approve (0: as for all tools)."""

    names: tuple[str, ...] = ()
    needs: int = 0


WHOEVER = Deciders()


class Approvals:
    """Approvals of one data folder. Safe to share between threads.

    `minutes`: how long a call may wait and, from then on, be used. `needs`: how many different
    people must approve. `clock` returns Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        minutes: int = 60,
        needs: int = 1,
        env: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._pepper = load_pepper(store, env)
        self._seconds = 60 * minutes
        self._needs = needs
        self._clock = clock

    def ask(
        self, owner: Owner, tool: str, arguments: str, reason: str, deciders: Deciders = WHOEVER,
        *, handle: bytes | None = None,
    ) -> Approval:  # fmt: skip
        """Return the open approval of exactly this call; one is made where there is none.

        `handle`: the end user whose erasure ends it, too (`AuditUsers.handle`).
        Where the rule names other deciders by now, what others decided does not count.
        Raises InputError when too many calls of this owner wait already.
        """
        now, digest = int(self._clock()), self._digest(owner, tool, arguments)
        with self._store.write() as connection:
            connection.execute(sa.delete(approvals).where(approvals.c.expires <= now))
            row = connection.execute(self._open(digest, now, deciders)).mappings().first()
            if row is not None:
                return self._read(row)
            waiting = connection.scalar(
                sa.select(sa.func.count()).where(approvals.c.scope == owner.scope)
            )
            if waiting and waiting >= _MOST_WAITING:
                raise InputError("Too many calls wait for approval.", hint="Decide on some.")
            made = self._row(owner, tool, arguments, reason, digest, now, deciders)
            made["handle"] = handle
            connection.execute(sa.insert(approvals), made)
        return self._read(made)

    def use(self, owner: Owner, approval_id: str, tool: str, arguments: str) -> bool:
        """Use an approved call up; return whether it could be: once, by its owner, unchanged."""
        statement = (
            sa.update(approvals)
            .where(
                approvals.c.approval_id == approval_id,
                approvals.c.digest == self._digest(owner, tool, arguments),
                approvals.c.state == APPROVED,
                approvals.c.expires > int(self._clock()),
            )
            .values(state=USED)
        )
        with self._store.write() as connection:
            return connection.execute(statement).rowcount == 1

    def list(self) -> list[Approval]:
        """Return what waits or was decided and has not expired, oldest first."""
        statement = (
            sa.select(approvals)
            .where(approvals.c.expires > int(self._clock()))
            .order_by(approvals.c.created, approvals.c.approval_id)
        )
        with self._store.read() as connection:
            return [self._read(row) for row in connection.execute(statement).mappings()]

    def approve(self, approval_id: str, *, actor: Actor = OPERATOR) -> Approval:
        """Approve a call, as one of the people it needs.

        Raises NotFoundError, InputError when it is decided, when others decide about this tool, or
        the same person approves again or asked for the call.
        """

        def change(found: Approval) -> dict[str, object]:
            if any(map(actor.goes_by, found.approvers)):
                raise InputError(
                    "You have approved this call already.", hint="It needs another person."
                )
            if actor.goes_by(f"key:{found.key_id}"):
                raise InputError("Whoever asks for a call cannot approve it.")
            if found.needs > 1 and actor != OPERATOR and not actor.person:
                raise InputError(
                    f"This call takes {found.needs} people, and {actor.name} has no name.",
                    hint="Create an admin key with --name: keys without one may be one person's.",
                )
            people = [*found.approvers, actor.name]
            state = APPROVED if len(people) >= found.needs else PENDING
            return {"approvers": msgspec.json.encode(people).decode(), "state": state}

        return self._decide(approval_id, actor, "approval.approve", change)

    def deny(self, approval_id: str, *, actor: Actor = OPERATOR) -> Approval:
        """Deny a call until it expires. Raises as `approve` does."""
        return self._decide(approval_id, actor, "approval.deny", lambda _: {"state": DENIED})

    def _decide(
        self, approval_id: str, actor: Actor, action: str,
        change: Callable[[Approval], dict[str, object]],
    ) -> Approval:  # fmt: skip
        now = int(self._clock())
        with self._store.write() as connection:
            row = connection.execute(self._one(approval_id, now)).mappings().first()
            if row is None:
                raise NotFoundError(
                    "No such call waits for approval.",
                    hint="`seawall approvals list` shows what does.",
                )
            found = self._read(row)
            if found.state != PENDING:
                raise InputError(f"This call is {found.state} already.")
            if not found.decided_by(actor):
                raise InputError(
                    f"{actor.name} does not decide about {found.tool}.",
                    hint=f"The policy names {', '.join(found.deciders)}.",
                )
            values = change(found)
            # The state is asked again, so that of two decisions at once only one counts.
            done = connection.execute(
                sa.update(approvals)
                .where(
                    approvals.c.approval_id == approval_id,
                    approvals.c.state == PENDING,
                    approvals.c.approvers == row["approvers"],
                )
                .values(**values)
            ).rowcount
            if not done:
                raise InputError("Somebody else decided on this call just now.", hint="Look again.")
            note_change(connection, actor, action, approval_id, {"tool": found.tool})
            row = connection.execute(self._one(approval_id, now)).mappings().first()
        return found if row is None else self._read(row)

    def _one(self, approval_id: str, now: int) -> sa.Select[tuple[object, ...]]:
        return sa.select(approvals).where(
            approvals.c.approval_id == approval_id, approvals.c.expires > now
        )

    def _open(self, digest: bytes, now: int, deciders: Deciders) -> sa.Select[tuple[object, ...]]:
        return sa.select(approvals).where(
            approvals.c.digest == digest, approvals.c.expires > now, approvals.c.state != USED,
            approvals.c.deciders == _listed(deciders),
            approvals.c.needs == (deciders.needs or self._needs),
        )  # fmt: skip

    def _row(
        self,
        owner: Owner,
        tool: str,
        arguments: str,
        reason: str,
        digest: bytes,
        now: int,
        deciders: Deciders,
    ) -> dict[str, object]:
        approval_id = f"apr_{ids.request_id().removeprefix('sw_')}"
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher().encrypt(nonce, arguments.encode(), approval_id.encode())
        return {
            "approval_id": approval_id,
            "scope": owner.scope,
            "digest": digest,
            "function": owner.function,
            "key_id": owner.key_id,
            "tool": tool,
            "reason": reason,
            "state": PENDING,
            "needs": deciders.needs or self._needs,
            "approvers": "[]",
            "created": now,
            "expires": now + self._seconds,
            "sealed": sealed,
            "deciders": _listed(deciders),
        }

    def _digest(self, owner: Owner, tool: str, arguments: str) -> bytes:
        value = msgspec.json.encode([tool, canonical(arguments)])
        return hmac.digest(
            self._pepper, b"seawall approval 1\n" + owner.scope + value, hashlib.sha256
        )

    def _cipher(self) -> AESGCM:
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"seawall approvals 1")
        return AESGCM(kdf.derive(self._pepper))

    def _read(self, row: Mapping[Any, Any]) -> Approval:
        sealed, approval_id = row["sealed"], str(row["approval_id"])
        arguments: str | None = None
        if isinstance(sealed, bytes):
            try:
                plain = self._cipher().decrypt(
                    sealed[:_NONCE], sealed[_NONCE:], approval_id.encode()
                )
                arguments = plain.decode()
            except InvalidTag:  # another pepper, or changed in the database
                arguments = None
        approvers: Sequence[str] = msgspec.json.decode(str(row["approvers"]), type=list[str])
        return msgspec.convert(
            {
                **{key: row[key] for key in _FIELDS},
                "approvers": tuple(approvers),
                "deciders": msgspec.json.decode(str(row["deciders"]), type=tuple[str, ...]),
                "arguments": arguments,
            },
            Approval,
        )


_FIELDS = ("approval_id", "function", "key_id", "tool", "reason", "state", "needs", "created",
           "expires")  # fmt: skip


def _listed(deciders: Deciders) -> str:
    return msgspec.json.encode(sorted(set(deciders.names))).decode()


def erase_approvals_of(store: Store, handle: bytes, name: str, *, actor: Actor) -> int:
    """Destroy an end user's calls, waiting or decided, in the file too; return how many.

    `name` is what the audit log, which hears of it, calls the user.
    """
    with store.write() as connection:
        store.secure(connection)
        gone = connection.execute(sa.delete(approvals).where(approvals.c.handle == handle)).rowcount
        if gone:
            note_change(connection, actor, "approval.erase", name, {"count": gone})
    if gone:
        store.overwrite("approvals")
    return gone


def canonical(arguments: str) -> str:
    """Return JSON arguments with sorted keys and no blanks, so that equal calls are equal text."""
    value = msgspec.json.decode(arguments or "{}")
    return msgspec.json.encode(value, order="deterministic").decode()
