"""What people ask for, attest and answer over HTTP; deciding stands in `registers`.

A gateway has no profile, so what is asked for does not reopen with a changed fact.
"""

from datetime import date
from typing import get_args

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.register import Register
from seawall.core.roles import Actor
from seawall.gateway.admin import register_types as t
from seawall.gateway.admin.registers import mine, now
from seawall.gateway.admin.service import AdminService
from seawall.govern import acceptances, attestations, exceptions
from seawall.govern.people import access, vendors
from seawall.store.registers import Entry

_TRIGGERS: tuple[acceptances.Trigger, ...] = tuple(
    one for one in get_args(acceptances.Trigger) if one != "fact"
)


def ask_acceptance(service: AdminService, actor: Actor, body: t.AskAcceptance) -> Entry:
    """Ask for a risk to be accepted; another person approves. Raises InputError."""
    catalog = load_catalog()
    for key in body.controls:
        if key not in catalog.controls:
            raise InputError(f"The catalogue has no control {key!r}.")
    return acceptances.ask(
        service.store, _own(service, body.register), body.risk, owner=body.owner,
        reason=body.reason, expires=_day(body.until), today=now().date(), actor=actor,
        forbidden=frozenset(key for key, card in catalog.risks.items() if card.stop),
        controls=body.controls, reopen_if=body.reopen_if or _TRIGGERS,
    )  # fmt: skip


def ask_exception(service: AdminService, actor: Actor, body: t.AskException) -> Entry:
    """Ask for a control to be left out; another person approves. Raises InputError."""
    return exceptions.ask(
        service.store, _own(service, body.register), load_catalog(), body.control,
        owner=body.owner, reason=body.reason,
        compensating=tuple(dict.fromkeys(body.compensating)), expires=_day(body.until),
        today=now().date(), actor=actor,
    )  # fmt: skip


def attest_control(service: AdminService, actor: Actor, body: t.Attest) -> Entry:
    """Vouch by name that a control is in place. Raises InputError."""
    card = load_catalog().controls.get(body.control)
    if card is None:
        raise InputError(f"The catalogue has no control {body.control!r}.")
    return attestations.attest(
        service.store, service.serves, card, by=body.by, note=body.note, today=now().date(),
        actor=actor, until=_day(body.until) if body.until else None,
    )  # fmt: skip


def add_vendor(service: AdminService, actor: Actor, body: t.AddVendor) -> Entry:
    """Add a vendor's service, to be asked. Raises InputError."""
    return vendors.add(
        service.store, service.serves, body.name, body.service, body.owner, actor=actor
    )


def answer_vendor(
    service: AdminService, actor: Actor, entry_id: str, body: t.AnswerVendor
) -> Entry:
    """Record a vendor's answer; it is decided about again. Raises NotFoundError, InputError."""
    mine(service, entry_id)
    return vendors.answer(
        service.store, entry_id, body.question, body.value, by=body.by, note=body.note,
        today=now().date(), actor=actor,
    )  # fmt: skip


def start_access_review(service: AdminService, actor: Actor) -> Entry:
    """Open a review of every key and role that works now. Raises InputError."""
    return access.start(service.store, service.serves, today=now().date(), actor=actor)


def decide_access(
    service: AdminService, actor: Actor, entry_id: str, body: t.DecideAccess
) -> Entry:
    """Keep or withdraw a key or role in a review. Raises NotFoundError, InputError."""
    mine(service, entry_id)
    return access.decide(
        service.store, entry_id, body.subject, body.verdict, reason=body.reason,
        today=now().date(), actor=actor,
    )  # fmt: skip


def close_access_review(
    service: AdminService, actor: Actor, entry_id: str, body: t.CloseAccessReview
) -> Entry:
    """Close a review in which all is decided. Raises NotFoundError, InputError."""
    mine(service, entry_id)
    return access.close(
        service.store, entry_id, today=now().date(), actor=actor,
        until=_day(body.until) if body.until else None,
    )  # fmt: skip


def _own(service: AdminService, register: Register) -> Register:
    """Return a register of this gateway's application. Raises InputError for another's."""
    if register.application != service.serves:
        raise InputError(
            f"The register is about {register.application}, this gateway serves {service.serves}."
        )
    return register


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day.", hint="Write it like 2027-05-01.") from None
