"""The pepper of API keys: a secret outside the database, from a file or the environment."""

import hashlib
import os
import secrets
from collections.abc import Mapping

import sqlalchemy as sa

from seawall.core.errors import InputError, MissingPartError
from seawall.store.db import Store
from seawall.store.locks import replace_file, waiting_lock
from seawall.store.tables import keys
from seawall.store.tables import pepper as fingerprint
from seawall.store.upsert import insert

PEPPER_ENV = "SEAWALL_PEPPER"
PEPPER_FILE = "pepper"
MIN_BYTES = 16


def load_pepper(store: Store, env: Mapping[str, str] | None = None) -> bytes:
    """Return the pepper: SEAWALL_PEPPER if set, else the store's file, made at first use (0600).

    Raises InputError (too short) and MissingPartError (keys exist but their pepper is gone; or
    another replica has made one for the shared database).
    """
    from_env = (os.environ if env is None else env).get(PEPPER_ENV, "")
    if from_env:
        if len(from_env.encode()) < MIN_BYTES:
            raise InputError(f"{PEPPER_ENV} must have {MIN_BYTES} bytes or more.")
        return from_env.encode()
    path = store.folder / PEPPER_FILE
    try:
        # The lock: two first users must not each make a pepper.
        with waiting_lock(store.folder / "open.lock"):
            if path.exists():
                return path.read_bytes()
            _refuse_if_keys_exist(store)
            pepper = secrets.token_hex(32).encode()
            replace_file(path, pepper)
            try:
                _claim(store, pepper_id(pepper))
            except MissingPartError:
                path.unlink()
                raise
            return pepper
    except OSError as error:
        raise MissingPartError(f"The pepper {path} cannot be used: {error.strerror}.") from None


def agreed_pepper(store: Store, env: Mapping[str, str] | None = None) -> bytes:
    """Return the pepper as `load_pepper` does, once it is the one of all replicas.

    The first replica of a shared database sets it. Raises what `load_pepper` raises, and
    MissingPartError for another pepper than that, while not every key under that is revoked.
    """
    pepper = load_pepper(store, env)
    _claim(store, pepper_id(pepper))
    return pepper


def _claim(store: Store, present: str) -> None:
    """Set the shared database's fingerprint once; refuse another. A file has no replicas."""
    if not store.shared:
        return
    with store.read() as connection:
        known = connection.scalar(sa.select(fingerprint.c.pepper_id))
    if known == present or (known is None and store.read_only):
        return
    if store.read_only:
        raise _another(store)
    with store.write() as connection:  # one replica at a time
        known = connection.scalar(sa.select(fingerprint.c.pepper_id))
        if known != present and not _free(connection, known, present):
            raise _another(store)
        connection.execute(
            insert(connection, fingerprint)
            .values(id=1, pepper_id=present)
            .on_conflict_do_update(index_elements=[fingerprint.c.id], set_={"pepper_id": present})
        )


def _another(store: Store) -> MissingPartError:
    return MissingPartError(
        f"The replicas of {store.place} use another pepper: with this one, they and "
        f"{store.folder} would not know each other's keys.",
        hint=f"Set {PEPPER_ENV} to the same on every replica, or copy the file {PEPPER_FILE} of "
        "the first one. Where that is gone for good, revoke all of its keys; where it has made "
        "none yet, begin with an empty database.",
    )


def _free(connection: sa.Connection, known: str | None, present: str) -> bool:
    """Say whether a fingerprint may be set: nobody needs another one."""
    statement = sa.select(
        keys.c.pepper_id, sa.func.count() - sa.func.count(keys.c.revoked)
    ).group_by(keys.c.pepper_id)
    usable = {row[0]: row[1] for row in connection.execute(statement)}
    if known is None:
        return present in usable or not any(usable.values())
    # A replica that has set it makes its first key in a moment: no key at all frees nothing.
    return known in usable and not usable[known]


def _refuse_if_keys_exist(store: Store) -> None:
    with store.read() as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(keys))
    if count:
        raise MissingPartError(
            f"There are {count} API keys in {store.folder} but the pepper they need is gone.",
            hint=f"Restore the file {PEPPER_FILE} or set {PEPPER_ENV}; else create new keys.",
        )


def pepper_id(pepper: bytes) -> str:
    """Return a short name of a pepper that does not give it away."""
    return hashlib.sha256(b"seawall pepper id 1\n" + pepper).hexdigest()[:12]


def refuse_other_pepper(store: Store, present: str) -> None:
    """Raise MissingPartError where API keys show that users are known under another pepper.

    `present`: the id of the pepper at hand. Keys that were revoked count only where no key fits it.
    """
    statement = sa.select(
        keys.c.pepper_id, sa.func.count(), sa.func.count(keys.c.revoked)
    ).group_by(keys.c.pepper_id)
    with store.read() as connection:
        found = {name: (count, count - gone) for name, count, gone in connection.execute(statement)}
    others = sum(usable for name, (_, usable) in found.items() if name != present)
    if not others and found and present not in found:
        others = sum(count for count, _ in found.values())
    if others:
        raise MissingPartError(
            f"{others} API keys in {store.folder} were made with another pepper, and end users are "
            "known under it: with this one they cannot be found.",
            hint=f"Restore the file {PEPPER_FILE} or set {PEPPER_ENV} to the pepper of the "
            "gateway; where that is gone for good, revoke those keys and create new ones.",
        )


def keys_without_pepper(store: Store, env: Mapping[str, str] | None = None) -> int:
    """Return how many usable keys were made with a pepper that is not the present one."""
    from_env = (os.environ if env is None else env).get(PEPPER_ENV, "").encode()
    path = store.folder / PEPPER_FILE
    present = from_env or (path.read_bytes() if path.is_file() else b"")
    statement = sa.select(sa.func.count()).where(
        keys.c.pepper_id != pepper_id(present), keys.c.revoked.is_(None)
    )
    with store.read() as connection:
        return int(connection.scalar(statement) or 0)
