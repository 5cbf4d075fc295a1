"""Erase an end user: what names them, what they accepted, and what they said."""

import msgspec

from seawall.core.roles import Actor
from seawall.store.acceptances import forget
from seawall.store.audit_users import AuditUsers
from seawall.store.captures import erase_captures_of
from seawall.store.db import Store
from seawall.store.turns import erase_turns_of


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What is gone: the key of the user's name in the log, and how many of each."""

    erased: bool
    acceptances: int
    captures: int
    turns: int


def erase_user(store: Store, users: AuditUsers, user: str, *, actor: Actor) -> Erasure:
    """Destroy all that is kept of a user; no audit record is touched. Raises InputError.

    What they chose (`store/consents.py`) stays: who opted out stays out.
    """
    handle, name = users.handle(user), users.find(user) or "an erased user"
    captures = erase_captures_of(store, handle, name, actor=actor)
    turns = erase_turns_of(store, handle)
    acceptances = forget(store, user)
    erased = users.erase(user, actor=actor)
    return Erasure(erased=erased, acceptances=acceptances, captures=captures, turns=turns)
