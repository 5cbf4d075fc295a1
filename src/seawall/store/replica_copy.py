"""What a replica keeps of a shared database, signed, to start by while that is away."""

import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import sqlalchemy as sa

from seawall.core.errors import IntegrityError
from seawall.store.db import Store, known_revision
from seawall.store.key_record import StoredKey
from seawall.store.keys import stored_keys
from seawall.store.kills import Kill, list_kills
from seawall.store.locks import replace_file
from seawall.store.sealed import SealedRow, sealed_rows
from seawall.store.signing import Signer
from seawall.store.spend import Charge, Used, day_of, spent_on, used_by_keys, used_in
from seawall.store.tables import keys, kills, secrets

FILE = "replica.snapshot"
KIND = "replica"
_HINT = "Start once while the database answers: that makes it anew."


class ReplicaCopy(msgspec.Struct, frozen=True, kw_only=True):
    """The policy's number, and as it was published; keys, switches, sealed secrets, and use.

    `policy` is empty where the replica serves a file. Keys are digests, secrets sealed: what opens
    either stands in no database and not here. `day`: the UTC day of `spent`.
    """

    sha256: str
    policy: bytes = b""
    revision: str
    pepper_id: str
    keys: list[StoredKey] = []
    kills: list[Kill] = []
    secrets: list[SealedRow] = []
    used: list[Used] = []
    usual: list[Used] = []
    day: str = ""
    spent: dict[str, int] = {}

    def with_charges(self, charges: Iterable[Charge]) -> "ReplicaCopy":
        """Return the copy with what is booked in the journal alone."""
        used, spent, day = list(self.used), dict(self.spent), self.day
        for charge in charges:
            if charge.day > day:
                day, spent = charge.day, {}
            if charge.day == day:
                spent[charge.function] = spent.get(charge.function, 0) + charge.nanos
            used += [
                Used(day=charge.day, share=share, requests=charge.requests, tokens=charge.tokens,
                     nanos=charge.nanos)
                for share in charge.shares
            ]  # fmt: skip
        return msgspec.structs.replace(self, used=used, spent=spent, day=day)

    def used_in(self, month: str) -> list[Used]:
        """Return what every limited subject used in a month (YYYY-MM)."""
        return [row for row in self.used if row.day.startswith(month)]

    def spent_on(self, day: str) -> dict[str, int]:
        """Return what each function spent on a day, in billionths."""
        return self.spent if day == self.day else {}


def copy_of(store: Store, *, sha256: str, policy: bytes, pepper_id: str) -> ReplicaCopy:
    """Read what there is now; of a database that is this folder's own, nothing. DBAPIError."""
    bare = ReplicaCopy(sha256=sha256, policy=policy, revision=known_revision(), pepper_id=pepper_id)
    if not store.shared:
        return bare
    now = time.time()
    day = day_of(now)
    return msgspec.structs.replace(
        bare, keys=stored_keys(store), kills=list_kills(store), secrets=sealed_rows(store),
        used=used_in(store, day[:7]), usual=used_by_keys(store, now), day=day,
        spent=spent_on(store, day),
    )  # fmt: skip


def marks(store: Store) -> tuple[object, ...]:
    """Return what differs after a change of keys, switches or secrets; short questions."""
    if not store.shared:
        return ()
    # Times are whole seconds: two changes in one of them differ by count and sum alone.
    counts = [
        sa.select(*map(sa.func.count, columns), *map(sa.func.sum, columns))
        for columns in (
            (keys.c.created, keys.c.revoked, keys.c.expires), (secrets.c.changed,),
        )
    ]  # fmt: skip
    with store.read() as connection:
        switches = connection.execute(sa.select(kills).order_by(kills.c.kind, kills.c.name))
        found = tuple(tuple(row) for row in switches)
        return found, *(tuple(connection.execute(one).one()) for one in counts)


def keep(folder: Path, signer: Signer, application: str, number: int, copy: ReplicaCopy) -> None:
    """Sign a copy and put it in place of the one before. Raises OSError, SeawallError."""
    body = msgspec.json.encode(copy)
    replace_file(folder / FILE, signer.sign(KIND, application, number, body))


def kept(folder: Path, signer: Signer) -> "Kept | None":
    """Return what was kept; None for a folder that has none. Raises IntegrityError."""
    try:
        raw = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IntegrityError(f"{folder / FILE} cannot be read: {error.strerror}.") from None
    try:
        snapshot = signer.mine(raw, KIND)
    except IntegrityError as error:
        raise IntegrityError(f"{folder / FILE}: {error.message}", hint=_HINT) from None
    try:
        copy = msgspec.json.decode(snapshot.body, type=ReplicaCopy)
    except msgspec.MsgspecError:
        raise IntegrityError(
            f"{folder / FILE} was kept by another version of Seawall.",
            hint=_HINT,
        ) from None
    return Kept(
        application=snapshot.application, number=snapshot.number, time=snapshot.time, copy=copy
    )


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that was verified: whose it is, of which version, and when it was made (Unix)."""

    application: str
    number: int
    time: int
    copy: ReplicaCopy

    @property
    def age_seconds(self) -> float:
        """How long ago the database was asked last."""
        return max(0.0, time.time() - self.time)
