"""Open what a gateway serves from: the store, its audit log, and where its policy comes from."""

import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from seawall.core.errors import IntegrityError, MissingPartError
from seawall.gateway.in_force import PolicyVersion
from seawall.gateway.policy_file import PolicyFile
from seawall.gateway.policy_store import PolicyStore, loaded_of, the_application
from seawall.gateway.reload import Loaded, Policies
from seawall.store import policies as published
from seawall.store import replica_copy
from seawall.store.audit import AuditLog
from seawall.store.chain import KEY_FILE
from seawall.store.db import (
    AwayError,
    Store,
    database_path,
    known_revision,
    open_store,
    shared_url,
    usable,
)
from seawall.store.journal import Journal
from seawall.store.pepper import agreed_pepper, load_pepper, pepper_id
from seawall.store.replica_copy import Kept
from seawall.store.signing import SKEW_SECONDS, Signer

log = logging.getLogger("seawall.gateway")


@dataclass(frozen=True, slots=True)
class Opened:
    """What is open until the gateway ends. `first`: this folder never had a gateway.

    `before`: the version that served here last. `kept`, `loaded`: what this replica kept of a
    database that is away now, and the policy in it.
    """

    store: Store
    audit: AuditLog
    policies: Policies
    signer: Signer
    pepper_id: str
    first: bool
    before: PolicyVersion | None
    kept: Kept | None = None
    loaded: Loaded | None = None


def open_all(
    stack: ExitStack, data: Path, file: PolicyFile | None, application: str,
    env: Mapping[str, str],
) -> Opened:  # fmt: skip
    """Open it, closed with `stack`. `file`: None to follow the policy of `application`.

    A shared database that cannot be reached is done without, where this replica kept a copy.
    Raises what `serve` raises.
    """
    try:
        store = open_store(str(data), env=env)
    except AwayError as away:
        return _without(stack, data, file, application, env, away)
    stack.callback(store.close)
    first = not (store.folder / KEY_FILE).exists()
    audit = AuditLog(store, store.folder / KEY_FILE)
    with usable(store):
        audit.start()
        stack.callback(audit.stop)
        pepper = agreed_pepper(store, env)
        signer = Signer(store.folder, pepper, env)
        name = application if file else the_application(store, application)
    kept = _kept(store.folder, signer, name)
    if kept is not None and file is None and not kept.copy.policy:
        kept = None  # a file served last: its numbers are no published ones
    before = PolicyVersion(number=kept.number, sha256=kept.copy.sha256) if kept else None
    followed: Policies = file or PolicyStore(store, signer, name, kept)
    return Opened(store, audit, followed, signer, pepper_id(pepper), first, before)


def _kept(folder: Path, signer: Signer, application: str) -> Kept | None:
    """Return the copy of what served here last, as far as the folder tells."""
    try:
        kept = replica_copy.kept(folder, signer)
    except IntegrityError as error:
        log.warning("which policy served here last is not known: %s", error)
        return None
    return kept if kept is not None and kept.application == application else None


def _without(
    stack: ExitStack, data: Path, file: PolicyFile | None, application: str,
    env: Mapping[str, str], away: AwayError,
) -> Opened:  # fmt: skip
    """Open it without its database. Raises `away` where nothing was kept, IntegrityError."""
    from seawall.store.postgres import PostgresStore

    folder = database_path(data).parent
    if not (folder / replica_copy.FILE).exists() or not (folder / KEY_FILE).exists():
        raise away
    store = PostgresStore(folder, shared_url(env))
    stack.callback(store.close)
    store.assume_away()
    with usable(store):
        pepper = load_pepper(store, env)
    signer = Signer(folder, pepper, env)
    kept = replica_copy.kept(folder, signer)
    if kept is None or (application and application != kept.application):
        raise away
    _must_fit(kept, pepper_id(pepper), away)
    kept = _with_journal(kept, folder)
    followed: Policies = file or PolicyStore(store, signer, kept.application, kept)
    loaded = None if file else _loaded(kept, signer, away)
    audit = AuditLog(store, folder / KEY_FILE)
    audit.start(away=True)
    stack.callback(audit.stop)
    log.warning("%s Keys%s of %.0f s ago serve.", away.message, "" if file else " and policy",
                kept.age_seconds)  # fmt: skip
    before = PolicyVersion(number=kept.number, sha256=kept.copy.sha256)
    return Opened(store, audit, followed, signer, pepper_id(pepper), False, before, kept, loaded)


def _must_fit(kept: Kept, pepper: str, away: AwayError) -> None:
    """Refuse a copy that cannot be served by. Raises MissingPartError, IntegrityError."""
    if kept.copy.revision != known_revision() or kept.copy.pepper_id != pepper:
        what = "pepper" if kept.copy.pepper_id != pepper else "version of Seawall"
        raise MissingPartError(
            f"{away.message} The copy of keys and policy was kept under another {what}.",
            hint=away.hint,
        )
    if kept.time > time.time() + SKEW_SECONDS:
        raise IntegrityError(
            f"{away.message} The copy of keys and policy comes from the future (Unix time "
            f"{kept.time}): nobody knows how old it is.",
            hint="Set this machine's clock, or start when the database answers.",
        )


def _loaded(kept: Kept, signer: Signer, away: AwayError) -> Loaded:
    """Return the policy of a copy, its publisher's signature verified once more."""
    if not kept.copy.policy:
        raise MissingPartError(
            f"{away.message} This replica served a file before, and kept no published policy.",
            hint="Serve with --policy FILE, or start when the database answers.",
        )
    snapshot = signer.opened(kept.copy.policy, published.KIND, kept.application)
    if snapshot.number != kept.number:
        raise IntegrityError(
            f"The copy of version {kept.number} of the policy holds version {snapshot.number}.",
            hint="Start when the database answers.",
        )
    return loaded_of(snapshot, "cache")


def _with_journal(kept: Kept, folder: Path) -> Kept:
    """Return the copy with what an outage before this start has booked."""
    journal = Journal(folder)  # only read: the folder may be another gateway's, at work
    if not journal.path.exists():
        return kept
    charges = [charge for batch, _ in journal.batches() for charge in batch.charges]
    return msgspec.structs.replace(kept, copy=kept.copy.with_charges(charges))
