"""A policy that replicas share: the newest that was published, signed, in the store."""

from sqlalchemy.exc import OperationalError

from seawall.core.errors import IntegrityError, MissingPartError
from seawall.core.roles import Actor
from seawall.gateway.in_force import PolicyVersion, hash_of
from seawall.gateway.reload import Loaded
from seawall.guard import cards
from seawall.policy.load import decode_published
from seawall.policy.model import Policy
from seawall.store import policies
from seawall.store.db import Store
from seawall.store.replica_copy import Kept
from seawall.store.signing import Signer, Snapshot


class PolicyStore:
    """Reads and publishes the policy of one application. Nothing unsigned is served."""

    follows = True

    def __init__(self, store: Store, signer: Signer, application: str, kept: Kept | None) -> None:
        """`kept`: this replica's copy, whose policy served here last."""
        self._store = store
        self._signer = signer
        self._application = application
        # What serves and what was read last, by number, as it was signed.
        self._read = {kept.number: kept.copy.policy} if kept and kept.copy.policy else {}

    def load(self, before: PolicyVersion | None) -> Loaded:
        """See `Policies`. Raises IntegrityError for a policy that was changed, moved or put back.

        Raises MissingPartError where none was published, or the store does not answer.
        """
        try:
            found = policies.newest(self._store, self._signer, self._application)
        except OperationalError:
            raise MissingPartError(
                "The store does not answer, so nobody knows what was published last.",
                hint="What served goes on; try again when it is back.",
            ) from None
        if found is None:
            raise MissingPartError(
                f"No policy was published for {self._application or 'any application'}.",
                hint="`seawall policy publish FILE` publishes one; or serve with --policy FILE.",
            )
        snapshot, raw, actor = found
        if before is not None and snapshot.number < before.number:
            raise IntegrityError(
                f"The store has version {snapshot.number} of the policy, older than version "
                f"{before.number}: somebody put it back.",
                hint="Publish the policy that should serve; its number will be higher.",
            )
        serves = before.number if before else 0
        if snapshot.number == serves and self._read.get(serves, raw) != raw:
            raise IntegrityError(
                f"The store has another policy under the number {serves} than the one that served "
                "here.",
                hint="Publish the policy that should serve; its number will be higher.",
            )
        self._read = {serves: self._read.get(serves, b""), snapshot.number: raw}
        return loaded_of(snapshot, "store", actor)

    def signed(self, number: int) -> bytes:
        """See `Policies`."""
        return self._read.get(number, b"")

    def publish(self, policy: Policy, text: str, actor: Actor) -> None:
        """Make a checked policy the newest. Raises MissingPartError."""
        policies.publish(
            self._store, self._signer, policy.application, text, hash_of(policy), actor=actor
        )


def loaded_of(snapshot: Snapshot, source: str, actor: str = "") -> Loaded:
    """Return the policy of a verified snapshot. Raises InputError where this version has no such.

    `source`: "store", or "cache" for a replica's own copy.
    """
    text = snapshot.body.decode("utf-8", "replace")
    name = f"published version {snapshot.number}"
    policy = decode_published(text, name, cards.cards())
    version = PolicyVersion(
        number=snapshot.number, sha256=hash_of(policy),
        source="cache" if source == "cache" else "store",
    )  # fmt: skip
    return Loaded(policy=policy, version=version, by=actor, signer=snapshot.signer)


def the_application(store: Store, wanted: str) -> str:
    """Return the application to serve: the named one, else the only one that was published for.

    Raises MissingPartError.
    """
    if wanted:
        return wanted
    known = policies.applications(store)
    if len(known) == 1:
        return known[0]
    if not known:
        raise MissingPartError(
            "No policy was published, and no file is named.",
            hint="`seawall policy publish FILE` publishes one; or serve with --policy FILE.",
        )
    raise MissingPartError(
        f"Policies of {len(known)} applications were published: {', '.join(known)}.",
        hint="Name one with --application.",
    )
