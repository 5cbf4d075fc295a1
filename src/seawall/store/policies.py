"""Policies that were published for replicas to follow, and what each replica serves."""

import time
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from seawall.core.errors import IntegrityError
from seawall.core.roles import Actor
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.signing import Signer, Snapshot
from seawall.store.tables import policies, policy_calls, policy_replicas
from seawall.store.upsert import insert

KIND = "policy"
# A replica tells what it serves this often; one that has not for three times as long is gone.
TELL_SECONDS = 30.0
_MOST_LISTED = 1000


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One published policy. `created` in Unix seconds."""

    application: str
    number: int
    sha256: str
    actor: str
    created: int


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What replicas follow: the newest policy's number, and how often they were called."""

    number: int = 0
    sha256: str = ""
    calls: int = 0
    caller: str = ""


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """What a replica told: what it serves, which call it heard last, and its last error."""

    replica: str
    number: int
    sha256: str
    source: str
    calls: int = 0
    error: str = ""
    tried: int = 0
    seen: int = 0


def publish(
    store: Store, signer: Signer, application: str, text: str, sha256: str, *, actor: Actor
) -> Published:
    """Sign a policy's text and make it the newest. It was checked before.

    Raises MissingPartError where no replica would take the signature.
    """
    signer.may_sign()
    of_application = policies.c.application == application
    with store.write() as connection:  # one replica at a time
        last = connection.scalar(sa.select(sa.func.max(policies.c.number)).where(of_application))
        # A database that was put back lacks what replicas serve: a used number says nothing new.
        number = max(int(last or 0), *_numbers_served(connection, application), 0) + 1
        row = Published(
            application=application, number=number, sha256=sha256, actor=actor.name,
            created=int(time.time()),
        )  # fmt: skip
        signed = signer.sign(KIND, application, number, text.encode())
        values = {**msgspec.to_builtins(row), "signed": signed}
        connection.execute(sa.insert(policies), values)
        by = signer.opened(signed, KIND, application).signer
        note_change(connection, actor, "policy.publish", application,
                    {"number": number, "sha256": sha256, "signer": by})  # fmt: skip
    return row


def _numbers_served(connection: sa.Connection, application: str) -> list[int]:
    """Return the published versions that replicas told they serve."""
    statement = sa.select(policy_replicas.c.body).where(
        policy_replicas.c.application == application
    )
    found = map(_told, connection.scalars(statement))
    return [one.number for one in found if one is not None and one.source != "file"]


def _told(body: bytes) -> Replica | None:
    """Return what a replica told; None for what none has written."""
    try:
        return msgspec.json.decode(body, type=Replica)
    except msgspec.MsgspecError:
        return None


def newest(store: Store, signer: Signer, application: str) -> tuple[Snapshot, bytes, str] | None:
    """Return the newest policy, verified, as it was signed, and who published it; None: none.

    Raises IntegrityError.
    """
    statement = (
        sa.select(policies.c.signed, policies.c.number, policies.c.actor)
        .where(policies.c.application == application)
        .order_by(policies.c.number.desc())
        .limit(1)
    )
    with store.read() as connection:
        row = connection.execute(statement).first()
    if row is None:
        return None
    snapshot = signer.opened(row.signed, KIND, application)
    if snapshot.number != row.number:
        raise IntegrityError(
            f"The policy published as version {row.number} was signed as {snapshot.number}.",
            hint="Somebody wrote to the database; publish the right policy.",
        )
    return snapshot, bytes(row.signed), str(row.actor)


def applications(store: Store) -> list[str]:
    """Return the applications for which a policy was published."""
    statement = sa.select(policies.c.application).distinct().order_by(policies.c.application)
    with store.read() as connection:
        return [row.application for row in connection.execute(statement)]


def list_published(store: Store, application: str) -> list[Published]:
    """Return what was published for an application, the newest first (1000 at most)."""
    columns = (policies.c.application, policies.c.number, policies.c.sha256, policies.c.actor,
               policies.c.created)  # fmt: skip
    statement = (
        sa.select(*columns)
        .where(policies.c.application == application)
        .order_by(policies.c.number.desc())
        .limit(_MOST_LISTED)
    )
    with store.read() as connection:
        return [Published(**row._mapping) for row in connection.execute(statement)]


def news(store: Store, application: str) -> News:
    """Return what there is to follow; one short question."""
    of_application = policies.c.application == application
    number = sa.select(policies.c.number, policies.c.sha256).where(of_application)
    calls = sa.select(policy_calls).where(policy_calls.c.application == application)
    with store.read() as connection:
        newest = connection.execute(number.order_by(policies.c.number.desc()).limit(1)).first()
        row = connection.execute(calls).first()
    found = News(number=newest.number, sha256=newest.sha256) if newest is not None else News()
    if row is None:
        return found
    return msgspec.structs.replace(found, calls=row.number, caller=row.actor)


def call(store: Store, application: str, *, actor: Actor) -> int:
    """Tell all replicas of an application to read their policy anew; return the call's number."""
    with store.write() as connection:
        first = insert(connection, policy_calls).values(
            application=application, number=1, actor=actor.name
        )
        connection.execute(
            first.on_conflict_do_update(
                index_elements=[policy_calls.c.application],
                set_={"number": policy_calls.c.number + 1, "actor": actor.name},
            )
        )
        place = policy_calls.c.application == application
        return int(connection.scalar(sa.select(policy_calls.c.number).where(place)) or 0)


def tell(store: Store, application: str, told: Replica) -> None:
    """Keep what a replica serves; replicas that have been gone for a day are forgotten."""
    now = int(time.time())
    values = {
        "replica": told.replica, "application": application,
        "body": msgspec.json.encode(told), "seen": now,
    }  # fmt: skip
    with store.write() as connection:
        kept = insert(connection, policy_replicas).values(values)
        connection.execute(
            kept.on_conflict_do_update(
                index_elements=[policy_replicas.c.replica],
                set_={name: values[name] for name in ("application", "body", "seen")},
            )
        )
        gone = policy_replicas.c.seen < now - 86_400
        connection.execute(sa.delete(policy_replicas).where(gone))


def replicas(store: Store, application: str) -> list[Replica]:
    """Return what the replicas of an application that run told last, by name."""
    since = int(time.time() - 3 * TELL_SECONDS)
    statement = (
        sa.select(policy_replicas.c.body, policy_replicas.c.seen)
        .where(policy_replicas.c.application == application, policy_replicas.c.seen >= since)
        .order_by(policy_replicas.c.replica)
    )
    with store.read() as connection:
        rows = connection.execute(statement).all()
    found = [(_told(row.body), row.seen) for row in rows]
    return [msgspec.structs.replace(one, seen=seen) for one, seen in found if one is not None]


def served_applications(store: Store) -> list[str]:
    """Return the applications of replicas that run."""
    since = int(time.time() - 3 * TELL_SECONDS)
    statement = (
        sa.select(policy_replicas.c.application)
        .where(policy_replicas.c.seen >= since)
        .distinct()
        .order_by(policy_replicas.c.application)
    )
    with store.read() as connection:
        return [row.application for row in connection.execute(statement)]


def awaited(
    store: Store, application: str, heard: Callable[[Replica], bool], seconds: float
) -> list[Replica]:
    """Return what the replicas that run say, when all have `heard` or `seconds` are over."""
    end = time.monotonic() + seconds
    while True:
        found = replicas(store, application)
        if all(heard(one) for one in found) or time.monotonic() >= end:
            return found
        time.sleep(0.1)
