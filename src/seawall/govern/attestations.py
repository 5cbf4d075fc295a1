"""Attestations: a person vouches by name that a control is in place, for a time.

What is attested is the sentence on the control's card. When that sentence changes, nobody has
attested the new one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from seawall.catalog.load import Catalog
from seawall.catalog.model import Control
from seawall.core.errors import InputError
from seawall.core.roles import Actor
from seawall.govern.four_eyes import withdraw_entry
from seawall.govern.status.model import Vouched
from seawall.store.db import Store
from seawall.store.registers import Body, Entry, add_entry, entries


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A file that shows it: its name and the SHA-256 (hex) of its bytes. The file stays outside."""

    name: str
    sha256: str


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """One attestation, as stored. `date` and `until` are ISO days, both inclusive."""

    control: str
    by: str
    statement: str
    note: str
    date: str
    until: str
    papers: tuple[Paper, ...] = ()
    state: Literal["given", "withdrawn"] = "given"
    withdrawn_because: str = ""


def attest(
    store: Store, application: str, card: Control, *, by: str, note: str, today: date,
    actor: Actor, until: date | None = None, papers: Mapping[str, bytes] | None = None,
) -> Entry:  # fmt: skip
    """Record that `by` vouches for a control from today on; of `papers` only hashes are kept.

    It ends after the control's `fresh_days` at the latest. Raises InputError for a control that
    is enforced and measured, a missing name or note, and an end that is past or too late.
    """
    if not card.enforce.attestation:
        raise InputError(
            f"{card.id} is enforced by the gateway and measured, not attested.",
            hint="`seawall attack` tests it.",
        )
    if not by.strip() or not note.strip():
        raise InputError("An attestation needs a name and a note on how they know.")
    latest = today + timedelta(days=card.fresh_days)
    last = latest if until is None else until
    if not today <= last <= latest:
        raise InputError(
            f"{card.id} can be attested until {latest} at the latest, from today on.",
            hint=f"Its evidence counts for {card.fresh_days} days.",
        )
    found = Attestation(
        control=card.id,
        by=by.strip(),
        statement=card.enforce.attestation,
        note=note.strip(),
        date=today.isoformat(),
        until=last.isoformat(),
        papers=tuple(
            Paper(name=name, sha256=hashlib.sha256(content).hexdigest())
            for name, content in sorted((papers or {}).items())
        ),
    )
    body: Body = msgspec.to_builtins(found)
    return add_entry(store, "attestation", application, body, actor=actor, action="attest")


def withdraw(store: Store, entry_id: str, reason: str, *, actor: Actor) -> Entry:
    """End an attestation at once. Raises NotFoundError, InputError (no reason, ended before)."""
    return withdraw_entry(store, entry_id, reason, "attestation", read, actor=actor)


def read(entry: Entry) -> Attestation:
    """Return the attestation that an entry holds. Raises InputError for another kind."""
    if entry.kind != "attestation":
        raise InputError(f"{entry.entry_id} is no attestation.")
    return msgspec.convert(entry.body, Attestation)


def given(store: Store, application: str = "") -> list[tuple[Entry, Attestation]]:
    """Return an application's attestations (all for an empty name), oldest first."""
    return [(entry, read(entry)) for entry in entries(store, "attestation", application)]


def vouched(found: Iterable[tuple[Entry, Attestation]], catalog: Catalog) -> Sequence[Vouched]:
    """Return what the attestations vouch for today, each with why it counts no more."""
    return [
        Vouched(
            control=one.control, by=one.by, date=one.date, until=one.until, ref=entry.entry_id,
            note=one.note, ended=_ended(one, catalog),
        )
        for entry, one in found
    ]  # fmt: skip


def _ended(one: Attestation, catalog: Catalog) -> str:
    if one.state == "withdrawn":
        return f"withdrawn, {one.withdrawn_because}"
    card = catalog.controls.get(one.control)
    if card is None:
        return "the catalogue has no such control any more"
    return "" if card.enforce.attestation == one.statement else "the control asks for more now"
