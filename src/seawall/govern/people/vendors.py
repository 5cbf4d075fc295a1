"""The register of vendors: what they answered, who decided, when it is looked at again."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.roles import Actor, folded
from seawall.govern.four_eyes import check_other, check_waiting, withdraw_entry
from seawall.govern.status.model import EvidenceItem
from seawall.store.db import Store
from seawall.store.registers import Body, Entry, add_entry, edit_entry, entries

FILE = Path(__file__).parents[1] / "data" / "vendor_questions.yaml"
LONGEST_DAYS = 366
OWN = "CTL-VENDOR"
Value = Literal["yes", "no", "partly", "unknown"]
VALUES: tuple[str, ...] = get_args(Value)


class VendorQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question. `wanted` is the answer that is fine; without it a `must` stops an approval."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z-]*$")]
    ask: str
    wanted: bool
    must: bool
    why: str
    controls: tuple[str, ...]


class _Questions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    questions: tuple[VendorQuestion, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: who found it out, when (ISO day), and how they know.

    `sha256` is that of a file that shows it (the file stays outside), empty without one.
    `entered_by`: who typed it in; empty in answers older than that.
    """

    value: Value
    by: str
    date: str
    note: str = ""
    file: str = ""
    sha256: str = ""
    entered_by: str = ""


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's service, as stored. `owner` answers for it; `review` is the next look (ISO).

    `state`: waiting (being asked, nobody decided), approved, rejected, withdrawn (not used any
    more).
    """

    name: str
    service: str
    owner: str
    answers: dict[str, Answer]
    state: Literal["waiting", "approved", "rejected", "withdrawn"]
    requested_by: str
    decided_by: str = ""
    decided: str = ""
    reason: str = ""
    review: str = ""
    withdrawn_because: str = ""


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks against a vendor: a question that is not answered as wanted."""

    question: str
    must: bool
    sentence: str


@lru_cache(maxsize=2)
def load_questions(path: Path = FILE) -> dict[str, VendorQuestion]:
    """Return the questions by id, in their order. Raises InputError naming file and line."""
    found = yamlfile.load(path, _Questions).questions
    return {one.id: one for one in found}


def add(
    store: Store, application: str, name: str, service: str, owner: str, *, actor: Actor
) -> Entry:
    """Add a vendor's service, to be asked. Raises InputError for an empty name, service, owner."""
    if not (name.strip() and service.strip() and owner.strip()):
        raise InputError("A vendor needs a name, a service and an owner in your house.")
    found = Vendor(
        name=name, service=service, owner=owner, answers={}, state="waiting",
        requested_by=actor.name,
    )  # fmt: skip

    def check(others: list[Entry]) -> None:
        for one in map(read, others):
            same = folded(one.name) == folded(name) and folded(one.service) == folded(service)
            if same and one.state != "withdrawn":
                raise InputError(f"{name}, {service} is in the register of {application} already.")

    return add_entry(
        store, "vendor", application, _body(found), actor=actor, action="add", check=check
    )


def answer(
    store: Store, entry_id: str, question: str, value: str, *, by: str, note: str, today: date,
    actor: Actor, file: tuple[str, bytes] | None = None,
) -> Entry:  # fmt: skip
    """Record an answer; two at once both stay. An approved vendor waits again after it.

    Raises NotFoundError, InputError (no such question or value, no name, a withdrawn vendor).
    """
    if question not in load_questions():
        raise InputError(f"There is no question {question!r}.", hint=", ".join(load_questions()))
    if value not in VALUES:
        raise InputError(f"{value!r} is no answer.", hint=f"Answers are {', '.join(VALUES)}.")
    if not by.strip():
        raise InputError("Say who found it out.")
    given = msgspec.convert(
        {
            "value": value, "by": by.strip(), "date": today.isoformat(), "note": note.strip(),
            "file": file[0] if file else "",
            "sha256": hashlib.sha256(file[1]).hexdigest() if file else "",
            "entered_by": actor.name,
        },
        Answer,
    )  # fmt: skip

    def change(entry: Entry) -> Body:
        found = read(entry)
        if found.state == "withdrawn":
            raise InputError(f"{found.name}, {found.service} is withdrawn.", hint="Add it anew.")
        done = msgspec.structs.replace(
            found, answers={**found.answers, question: given}, state="waiting", review=""
        )
        return _body(done)

    return edit_entry(store, entry_id, change, actor=actor, action="answer")


def decide(
    store: Store, entry_id: str, *, approve: bool, reason: str, review: date | None, today: date,
    actor: Actor,
) -> Entry:  # fmt: skip
    """Approve a vendor until its review, or reject it.

    Whoever added it, or typed in an answer that still counts, cannot approve it.

    Raises NotFoundError, InputError: a `must` is not answered as wanted, no review within a
    year, no reason, decided already.
    """
    if not reason.strip():
        raise InputError("Say why.")
    last = today + timedelta(days=LONGEST_DAYS)
    if approve and (review is None or not today < review <= last):
        raise InputError(f"An approval names its review, after today and until {last}.")

    def change(entry: Entry) -> Body:
        found = read(entry)
        check_waiting("vendor", found.state)
        stops = [one for one in against(found) if one.must]
        if approve and stops:
            raise InputError(
                f"{found.name} cannot be approved: {stops[0].sentence}",
                hint=f"{len(stops)} such questions. `seawall vendor show {entry_id}` lists them.",
            )
        if approve:
            check_other("vendor", found.requested_by, actor)
            for one in found.answers.values():
                if one.entered_by and actor.goes_by(one.entered_by):
                    raise InputError(
                        "Whoever typed in a vendor's answers cannot approve it.",
                        hint="Another person looks at them, with an admin key of their own.",
                    )
        done = msgspec.structs.replace(
            found, state="approved" if approve else "rejected", decided_by=actor.signed,
            decided=today.isoformat(), reason=reason.strip(),
            review=review.isoformat() if approve and review else "",
        )  # fmt: skip
        return _body(done)

    action = "approve" if approve else "reject"
    return edit_entry(store, entry_id, change, actor=actor, action=action)


def withdraw(store: Store, entry_id: str, reason: str, *, actor: Actor) -> Entry:
    """Record that a vendor is not used any more. Raises NotFoundError, InputError."""
    return withdraw_entry(store, entry_id, reason, "vendor", read, actor=actor)


def read(entry: Entry) -> Vendor:
    """Return the vendor that an entry holds. Raises InputError for another kind."""
    if entry.kind != "vendor":
        raise InputError(f"{entry.entry_id} is no vendor.")
    return msgspec.convert(entry.body, Vendor)


def vendors(store: Store, application: str = "") -> list[tuple[Entry, Vendor]]:
    """Return an application's vendors (all for an empty name), oldest first."""
    return [(entry, read(entry)) for entry in entries(store, "vendor", application)]


def against(
    vendor: Vendor, questions: Mapping[str, VendorQuestion] | None = None
) -> tuple[Open, ...]:
    """Return the questions that are not answered as wanted, in their order.

    "partly" and "unknown" are never as wanted.
    """
    found = []
    for key, question in (load_questions() if questions is None else questions).items():
        given = vendor.answers.get(key)
        if given is None:
            said = f"“{question.ask}” is not answered."
        elif given.value != ("yes" if question.wanted else "no"):
            said = f"“{question.ask}” is answered with {given.value}."
        else:
            continue
        found.append(Open(question=key, must=question.must, sentence=f"{said} {question.why}"))
    return tuple(found)


def standing(vendor: Vendor, today: date) -> str:
    """Return why a vendor is not approved today, as a sentence; empty where it is."""
    name = f"{vendor.name}, {vendor.service}"
    if vendor.state == "waiting":
        return f"Nobody decided about {name} yet."
    if vendor.state == "rejected":
        return f"{name} is rejected since {vendor.decided}: {vendor.reason.rstrip('.')}."
    if vendor.state == "withdrawn":
        return f"{name} is withdrawn: {vendor.withdrawn_because.rstrip('.')}."
    if vendor.review < today.isoformat():
        return f"The review of {name} was due on {vendor.review}."
    stops = [one for one in against(vendor) if one.must]
    return stops[0].sentence if stops else ""


def evidence(found: Sequence[tuple[Entry, Vendor]], today: date) -> dict[str, list[EvidenceItem]]:
    """Return what the vendors in use show, by control.

    For the control of vendors itself: whether each is approved today. For other controls: what
    was answered behind them; a question that is still open says nothing.
    """
    shown: dict[str, list[EvidenceItem]] = {}
    questions = load_questions()
    controls = dict.fromkeys(key for one in questions.values() for key in one.controls)
    for entry, vendor in found:
        for control in controls if vendor.state != "withdrawn" else ():
            behind = {key: one for key, one in questions.items() if control in one.controls}
            item = _item(entry, vendor, standing(vendor, today), behind, own=control == OWN)
            if item is not None:
                shown.setdefault(control, []).append(item)
    return shown


def _item(
    entry: Entry, vendor: Vendor, why: str, behind: Mapping[str, VendorQuestion], *, own: bool
) -> EvidenceItem | None:
    bad = [one for one in against(vendor, behind) if one.must and one.question in vendor.answers]
    said = why if own and why else bad[0].sentence if bad else ""
    if not said and why:
        return None
    return EvidenceItem(
        source="vendor",
        subject=entry.entry_id,
        sentence=f"{vendor.name}: {said}"
        if said
        else f"{vendor.name}, {vendor.service} answers "
        f"as wanted; approved on {vendor.decided} by {vendor.decided_by}.",
        holds=not said,
        date=vendor.decided,
        until=vendor.review,
    )


def _body(vendor: Vendor) -> Body:
    body: Body = msgspec.to_builtins(vendor)
    return body
