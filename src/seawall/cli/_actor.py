"""Who runs an administrative command: the admin key in SEAWALL_ADMIN_KEY, else the operator."""

import os
import re
from typing import TYPE_CHECKING

from seawall.core.errors import InputError, RequestError
from seawall.core.roles import OPERATOR, Actor, Permission, require

if TYPE_CHECKING:
    from seawall.store.audit_users import AuditUsers
    from seawall.store.db import Store

ADMIN_KEY_ENV = "SEAWALL_ADMIN_KEY"
_DURATION = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def acting(store: "Store", permission: Permission) -> Actor:
    """Return who acts, checked against the permission table.

    Without SEAWALL_ADMIN_KEY it is the operator: who can write the data folder is its owner.
    Raises RequestError (the key is no admin key) and NotPermittedError.
    """
    presented = os.environ.get(ADMIN_KEY_ENV, "").strip()
    actor = _of_key(store, presented) if presented else OPERATOR
    require(actor, permission)
    return actor


def open_as_writer(
    data: str, permission: Permission, *, must_exist: bool = True
) -> "tuple[Store, Actor]":
    """Open the store to change something; return it with who acts. Raises what `acting` does."""
    from seawall.store.db import open_store

    store = open_store(data, must_exist=must_exist)
    return store, acting(store, permission)


def open_as_reader(data: str, permission: Permission) -> "Store":
    """Open the store to look, as somebody who may. Raises what `acting` does."""
    from seawall.store.db import open_for_reading

    store = open_for_reading(data)
    acting(store, permission)
    return store


def users_of(store: "Store") -> "AuditUsers":
    """Return what finds end users. Raises MissingPartError under another pepper than theirs."""
    from seawall.store.audit_users import AuditUsers

    users = AuditUsers(store)
    users.must_fit()
    return users


def acting_on_key(
    store: "Store", key_id: str, permission: Permission = Permission.KEYS_WRITE
) -> Actor:
    """Return who acts on a key; touching an admin key takes the right to grant roles too.

    Raises what `acting` does.
    """
    from seawall.store.keys import list_keys

    actor = acting(store, permission)
    if any(key.key_id == key_id and key.roles for key in list_keys(store)):
        require(actor, Permission.ROLES_GRANT)
    return actor


def _of_key(store: "Store", presented: str) -> Actor:
    from seawall.store.holders import names_of_key
    from seawall.store.keys import ADMIN_SCOPE, lookup

    key = lookup(store, presented)
    if key is None or not key.allows(ADMIN_SCOPE):
        raise RequestError(
            f"{ADMIN_KEY_ENV} holds no admin key that is known, not expired and not revoked.",
            code="invalid_api_key",
            status=401,
            hint=f"Unset {ADMIN_KEY_ENV} to act as the operator of this data folder.",
        )
    others = names_of_key(store, key.key_id)
    return Actor(name=f"key:{key.key_id}", roles=key.roles, others=others)


def seconds_of(text: str) -> int:
    """Return the seconds of a duration like 90s, 30m, 24h or 7d. Raises InputError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is not a duration.", hint="Write 90s, 30m, 24h or 7d.")
    return int(match[1]) * _SECONDS[match[2]]
