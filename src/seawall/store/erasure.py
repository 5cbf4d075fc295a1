"""Erase an end user: what names them, what they accepted, said, used and were taught."""

import msgspec

from seawall.core.roles import Actor
from seawall.store.acceptances import forget
from seawall.store.approvals import erase_approvals_of
from seawall.store.audit_users import AuditUsers
from seawall.store.captures import erase_captures_of
from seawall.store.db import Store
from seawall.store.registers import erase_entries_of
from seawall.store.spend import forget_shares
from seawall.store.turns import erase_turns_of


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What is gone: the key of the user's name in the log, and how many of each.

    `approvals`: tool calls that waited or were decided; `training`: courses that were passed;
    `counted`: days on which limits counted the user. What runs counts on until the day or month is
    over, under a digest, in memory or Valkey: otherwise an erasure would give a spent limit back.
    A restart of what counts in memory does give it back: nothing is left to count from.
    """

    erased: bool
    acceptances: int
    captures: int
    turns: int
    approvals: int
    training: int
    counted: int

    @property
    def nothing(self) -> bool:
        """Say that nothing of such a user was kept."""
        return not any(msgspec.structs.astuple(self))


def erase_user(store: Store, users: AuditUsers, user: str, *, actor: Actor) -> Erasure:
    """Destroy all that is kept of a user; no audit record is touched.

    What they chose (`store/consents.py`) stays: who opted out stays out. Raises InputError, and
    MissingPartError before anything is erased where another pepper would find only half of it.
    """
    users.must_fit()
    handle, name = users.handle(user), users.find(user) or "an erased user"
    captures = erase_captures_of(store, handle, name, actor=actor)
    turns = erase_turns_of(store, handle)
    approvals = erase_approvals_of(store, handle, name, actor=actor)
    training = erase_entries_of(store, "training", "person", user, actor=actor)
    acceptances, counted = forget(store, user), forget_shares(store, user)
    erased = users.erase(user, actor=actor)
    return Erasure(
        erased=erased, acceptances=acceptances, captures=captures, turns=turns,
        approvals=approvals, training=training, counted=counted,
    )  # fmt: skip
