"""Entries of every register for the admin API's tests, asked for by somebody else."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "govern"))
import govern_samples as samples

from seawall.catalog.load import load_catalog
from seawall.core.register import Register
from seawall.core.roles import Actor
from seawall.govern import acceptances, attestations, exceptions, incidents
from seawall.govern.people import access, vendors
from seawall.store.db import Store
from seawall.store.registers import entry_of

ANA = Actor(name="key:ana")
CATALOG = load_catalog()
CONTROL = "CTL-INJ-INPUT"


def today() -> date:
    return datetime.now(UTC).date()


def soon(days: int = 60) -> date:
    return today() + timedelta(days=days)


def register(application: str = "shop") -> Register:
    found = samples.register()
    rows = tuple(
        msgspec.structs.replace(row, controls=(CONTROL,)) if row.risk == "SEC-01" else row
        for row in found.risks
    )
    return msgspec.structs.replace(found, application=application, risks=rows)


def plain(found: Register) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(found)
    return body


def acceptance(store: Store, application: str = "shop") -> str:
    end_acceptances(store, application)
    return acceptances.ask(
        store, register(application), "SEC-01", owner="head", reason="pilot", expires=soon(),
        today=today(), actor=ANA, forbidden=frozenset(),
    ).entry_id  # fmt: skip


def exception(store: Store) -> str:
    end_exceptions(store)
    return exceptions.ask(
        store, register(), CATALOG, CONTROL, owner="head", reason="pilot",
        compensating=("CTL-AUDIT",), expires=soon(), today=today(), actor=ANA,
    ).entry_id  # fmt: skip


def vendor(store: Store) -> str:
    key = vendors.add(store, "shop", f"m-{token_hex()}", "chat", "head", actor=ANA).entry_id
    for question, card in vendors.load_questions().items():
        wanted = "yes" if card.wanted else "no"
        vendors.answer(store, key, question, wanted, by="kim", note="", today=today(), actor=ANA)
    return key


def attestation(store: Store) -> str:
    card = CATALOG.controls["CTL-VENDOR"]
    return attestations.attest(
        store, "shop", card, by="kim", note="contract", today=today(), actor=ANA
    ).entry_id


def incident(store: Store, application: str = "shop") -> str:
    from seawall.assess.law import notices
    from seawall.core.profile import Profile

    now = datetime.now(UTC)
    unknown = Profile(application=application, title=application, facts={})
    return incidents.open_incident(
        store, application, title="leak", severity="S3", kinds=["personal-data"], risks=[],
        records=[], since=now, notices=notices(unknown, CATALOG, now.date()), actor=ANA,
    ).entry_id  # fmt: skip


def review(store: Store) -> str:
    """An access review whose every line is decided; an open one is used again."""
    found = [entry.entry_id for entry, one in access.reviews(store, "shop") if one.state == "open"]
    key = found[0] if found else access.start(store, "shop", today=today(), actor=ANA).entry_id
    for subject in access.read(entry_of(store, key)).lines:
        access.decide(store, key, subject, "keep", reason="used", today=today(), actor=ANA)
    return key


def end_acceptances(store: Store, application: str = "shop") -> None:
    """What waits is asked for once in the same state."""
    for entry, one in acceptances.accepted(store, application):
        if one.state == "waiting":
            acceptances.withdraw(store, entry.entry_id, "over", actor=ANA)


def end_exceptions(store: Store) -> None:
    """As for acceptances."""
    for entry, one in exceptions.excepted(store, "shop"):
        if one.state == "waiting":
            exceptions.withdraw(store, entry.entry_id, "over", actor=ANA)


def end_vendor(store: Store, name: str) -> None:
    """A vendor's service is in the register once."""
    for entry, one in vendors.vendors(store, "shop"):
        if one.name == name and one.state != "withdrawn":
            vendors.withdraw(store, entry.entry_id, "over", actor=ANA)


def end_reviews(store: Store) -> None:
    """Only one review is open at a time."""
    for entry, one in access.reviews(store, "shop"):
        if one.state == "open":
            access.withdraw(store, entry.entry_id, "over", actor=ANA)


def entry_for(operation: str, store: Store) -> str:
    """The id of an entry that an operation can be about."""
    for word, make in (
        ("acceptance", acceptance), ("exception", exception), ("vendor", vendor),
        ("withdraw", attestation), ("access", review),
    ):  # fmt: skip
        if word in operation:
            return make(store)
    return incident(store)


BODIES: dict[str, Any] = {
    "ask_acceptance": {
        "register": plain(register()),
        "risk": "SEC-01",
        "owner": "head",
        "reason": "pilot",
        "until": soon().isoformat(),
        "controls": ["CTL-AUDIT"],
    },
    "ask_exception": {
        "register": plain(register()),
        "control": CONTROL,
        "owner": "head",
        "reason": "pilot",
        "until": soon().isoformat(),
        "compensating": ["CTL-AUDIT"],
    },
    "attest_control": {"control": "CTL-VENDOR", "by": "kim", "note": "contract of May"},
    "add_vendor": {"name": "Acme", "service": "chat", "owner": "head"},
    "answer_vendor": {
        "question": next(iter(vendors.load_questions())),
        "value": "yes",
        "by": "kim",
    },
    "decide_access": {"subject": "member:none", "verdict": "keep", "reason": "still used"},
    "close_access_review": {},
    "withdraw_entry": {"reason": "over"},
    "approve_acceptance": {"register": plain(register())},
    "approve_exception": {"register": plain(register())},
    "approve_vendor": {"reason": "terms of May", "review": soon().isoformat()},
    "reject_vendor": {"reason": "no contract"},
    "open_incident": {"title": "leak", "severity": "S3", "kinds": ["personal-data"]},
    "add_note": {"text": "asked the provider"},
    "tell": {"clause": "GDPR-33"},
    "close_incident": {"lessons": ["try it in Finnish"]},
}
