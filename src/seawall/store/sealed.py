"""Secrets by name, each under a data key of its own, the data keys under a master key."""

import os
import re
import secrets as randoms
import time
from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa

from seawall.core.errors import InputError, MissingPartError, NotFoundError
from seawall.core.roles import OPERATOR, Actor
from seawall.store.capture_keys import anything_wrapped, rewrap_capture_keys
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.locks import replace_file
from seawall.store.master import (
    KEY_BYTES,
    MASTER_ENV,
    add_master_key,
    load_master,
    seal,
    unseal,
)
from seawall.store.tables import secrets
from seawall.store.vault import VAULT_ENV

MAX_SECRET = 64 * 1024
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)


class SecretRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a secret. Times are Unix seconds."""

    name: str
    master_id: str
    created: int
    changed: int


class SealedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as it is kept: nobody opens it without the master key."""

    name: str
    sealed: bytes
    wrapped: bytes
    master_id: str


def set_secret(
    store: Store,
    name: str,
    value: bytes,
    *,
    actor: Actor = OPERATOR,
    env: Mapping[str, str] | None = None,
) -> SecretRecord:
    """Seal a secret under its name, in place of an older one. Raises InputError, MissingPartError.

    A value has 1 byte to 64 KiB; a name has small letters, digits and hyphens.
    """
    if not _NAME.fullmatch(name):
        raise InputError("A secret's name has small letters, digits and hyphens, like openai-key.")
    if not value or len(value) > MAX_SECRET:
        raise InputError(f"A secret has 1 to {MAX_SECRET} bytes.")
    master = load_master(store, env, create=not anything_wrapped(store))
    data_key, now = randoms.token_bytes(KEY_BYTES), int(time.time())
    row = {
        "sealed": seal(data_key, value, _context(name)),
        "wrapped": master.wrap(data_key, _context(name)),
        "master_id": master.current,
        "changed": now,
    }
    with store.write() as connection:
        changed = connection.execute(sa.update(secrets).where(secrets.c.name == name).values(**row))
        if changed.rowcount == 0:
            connection.execute(sa.insert(secrets), {"name": name, "created": now, **row})
        created = connection.scalar(sa.select(secrets.c.created).where(secrets.c.name == name))
        note_change(connection, actor, "secret.set", name, {"master": master.current})
    return SecretRecord(
        name=name, master_id=master.current, created=int(created or now), changed=now
    )


def get_secret(
    store: Store, name: str, *, env: Mapping[str, str] | None = None,
    known: Sequence[SealedRow] = (),
) -> bytes:  # fmt: skip
    """Open a secret. Raises MissingPartError (no such secret or key), IntegrityError.

    `known`: secrets of a copy, while the database is away.
    """
    rows = known or sealed_rows(store, name)
    row = next((one for one in rows if one.name == name), None)
    if row is None:
        raise MissingPartError(
            f"There is no secret {name!r} in {store.folder}.",
            hint=f"`seawall secrets set {name}` reads it from stdin.",
        )
    context = _context(name)
    data_key = load_master(store, env).unwrap(row.wrapped, row.master_id, context)
    return unseal(data_key, row.sealed, context)


def sealed_rows(store: Store, name: str = "") -> list[SealedRow]:
    """Return secrets as they are kept: the named one, or all."""
    statement = sa.select(secrets.c.name, secrets.c.sealed, secrets.c.wrapped, secrets.c.master_id)
    if name:
        statement = statement.where(secrets.c.name == name)
    with store.read() as connection:
        return [SealedRow(**row._mapping) for row in connection.execute(statement)]


def list_secrets(store: Store) -> list[SecretRecord]:
    """Return what may be shown of every secret, by name."""
    columns = (secrets.c.name, secrets.c.master_id, secrets.c.created, secrets.c.changed)
    with store.read() as connection:
        rows = connection.execute(sa.select(*columns).order_by(secrets.c.name)).all()
    return [SecretRecord(**row._mapping) for row in rows]


def remove_secret(store: Store, name: str, *, actor: Actor = OPERATOR) -> None:
    """Delete a secret. Raises InputError when there is none."""
    with store.write() as connection:
        gone = connection.execute(sa.delete(secrets).where(secrets.c.name == name))
        if gone.rowcount == 0:
            raise NotFoundError(f"There is no secret {name!r}.", hint="`seawall secrets list`.")
        note_change(connection, actor, "secret.remove", name, {})


def rotate_master(
    store: Store, *, actor: Actor = OPERATOR, env: Mapping[str, str] | None = None
) -> int:
    """Wrap every data key anew under the newest master key; return how many.

    A file gets a new key and keeps only that one. For a key from the environment or Vault, change
    it there first. Raises MissingPartError, IntegrityError; then nothing was changed.
    """
    env = os.environ if env is None else env
    own_file = not env.get(VAULT_ENV) and not env.get(MASTER_ENV)
    if not anything_wrapped(store):
        raise InputError("There are no secrets, so nothing to wrap anew.")
    load_master(store, env)  # a lost key must be said, not replaced
    path, line = add_master_key(store, env) if own_file else (None, b"")
    master = load_master(store, env)
    with store.write() as connection:
        rows = connection.execute(sa.select(secrets)).all()
        for row in rows:
            context = _context(row.name)
            data_key = master.unwrap(row.wrapped, row.master_id, context)
            connection.execute(
                sa.update(secrets)
                .where(secrets.c.name == row.name)
                .values(wrapped=master.wrap(data_key, context), master_id=master.current)
            )
        count = len(rows) + rewrap_capture_keys(connection, master)
        note_change(connection, actor, "secret.rotate-master", master.current, {"count": count})
    if path is not None:
        try:
            replace_file(path, line)
        except OSError as error:
            raise MissingPartError(
                f"Every data key is wrapped anew, but {path} still holds the old key: "
                f"{error.strerror}.",
                hint="Remove every line but the first.",
            ) from None
    return count


def _context(name: str) -> bytes:
    return b"seawall secret 1\n" + name.encode()
