"""Access reviews: who holds which key and role, and who said that it is still needed.

A review lists what works on the day it is opened. Each line is decided by somebody who does not
hold it; a closed review counts until its day, as long as nothing that it withdrew still works.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec

from seawall.core.errors import InputError, NotFoundError
from seawall.core.roles import Actor
from seawall.govern.four_eyes import withdraw_entry
from seawall.govern.status.model import Vouched
from seawall.store.db import Store
from seawall.store.directory import list_members
from seawall.store.keys import list_keys
from seawall.store.registers import Body, Entry, add_entry, edit_entry, entries

CONTROL = "CTL-ACCESS-REVIEW"
# The control's evidence counts half a year.
LONGEST_DAYS = 180
Verdict = Literal["keep", "withdraw"]


class AccessLine(msgspec.Struct, frozen=True, kw_only=True):
    """One key or one person's roles. `rights` in words; `since` is the day it was given (ISO).

    `verdict` empty: nobody decided. `by`, `date`, `reason` are of the decision.
    """

    what: Literal["key", "roles"]
    holder: str
    rights: str
    since: str
    verdict: Literal["", "keep", "withdraw"] = ""
    by: str = ""
    date: str = ""
    reason: str = ""


class AccessReview(msgspec.Struct, frozen=True, kw_only=True):
    """One review of an application's keys and of all roles. Days are ISO; `until` is inclusive.

    `lines` are by key id, or by `member:` and the person's id.
    """

    state: Literal["open", "closed", "withdrawn"]
    opened: str
    opened_by: str
    lines: dict[str, AccessLine]
    closed: str = ""
    closed_by: str = ""
    until: str = ""
    withdrawn_because: str = ""


def start(store: Store, application: str, *, today: date, actor: Actor) -> Entry:
    """Open a review of every key that works today and of everybody with a role.

    Raises InputError where one is open, or where there is nothing to review.
    """
    for entry, one in reviews(store, application):
        if one.state == "open":
            raise InputError(
                f"{entry.entry_id} of {application} is open already.",
                hint=f"`seawall access show {entry.entry_id}` says what is left to decide.",
            )
    lines = dict(holdings(store, application))
    if not lines:
        raise InputError(f"Nobody holds a key of {application} or a role.")
    found = AccessReview(state="open", opened=today.isoformat(), opened_by=actor.name, lines=lines)
    return add_entry(store, "access-review", application, _body(found), actor=actor, action="start")


def holdings(store: Store, application: str) -> Iterator[tuple[str, AccessLine]]:
    """Yield what works now: the application's keys by id, then the people who have roles."""
    now = datetime.now(UTC).timestamp()
    for key in list_keys(store):
        if key.application == application and key.usable(now):
            rights = f"{key.function or 'administration'}: {', '.join(key.scopes)}"
            if key.roles:
                rights += f" as {', '.join(key.roles)}"
            holder = key.name or (f"team {key.team}" if key.team else "nobody named")
            yield (
                key.key_id,
                AccessLine(what="key", holder=holder, rights=rights, since=_day(key.created)),
            )
    for member in list_members(store):
        if member.roles:
            line = AccessLine(
                what="roles",
                holder=member.member,
                rights=", ".join(member.roles),
                since=_day(member.created),
            )
            yield f"member:{member.member}", line


def decide(
    store: Store, entry_id: str, subject: str, verdict: str, *, reason: str, today: date,
    actor: Actor,
) -> Entry:  # fmt: skip
    """Say of a line that it is kept or withdrawn; two decisions at once on two lines both stay.

    Nobody decides about a key or role of their own. Raises NotFoundError (no such line),
    InputError (an unknown verdict, no reason, a closed review).
    """
    if verdict not in ("keep", "withdraw"):
        raise InputError(f"{verdict!r} is no decision.", hint="Write keep or withdraw.")
    if not reason.strip():
        raise InputError("Say why.")

    def change(entry: Entry) -> Body:
        found = _open(entry)
        line = found.lines.get(subject)
        if line is None:
            raise NotFoundError(f"{entry_id} has no line {subject}.")
        own = (f"key:{subject}", subject, subject.removeprefix("member:"))
        if any(map(actor.goes_by, own)):
            raise InputError(
                "Nobody reviews a key or a role of their own.",
                hint="Another person decides, with an admin key of their own.",
            )
        done = msgspec.structs.replace(
            line, verdict=verdict, by=actor.name, date=today.isoformat(), reason=reason.strip()
        )
        return _body(msgspec.structs.replace(found, lines={**found.lines, subject: done}))

    return edit_entry(store, entry_id, change, actor=actor, action="decide")


def close(
    store: Store, entry_id: str, *, today: date, actor: Actor, until: date | None = None
) -> Entry:
    """Close a review; it counts until `until`, 180 days at most (None: that long).

    Raises NotFoundError, InputError: a line that nobody decided, an end that is past or too late.
    """
    latest = today + timedelta(days=LONGEST_DAYS)
    last = latest if until is None else until
    if not today < last <= latest:
        raise InputError(f"A review counts until {latest} at the latest, after today.")

    def change(entry: Entry) -> Body:
        found = _open(entry)
        left = [key for key, line in found.lines.items() if not line.verdict]
        if left:
            raise InputError(
                f"{len(left)} of {len(found.lines)} are not decided: {', '.join(left[:5])}.",
                hint="Each key and role is kept or withdrawn, with a reason.",
            )
        return _body(
            msgspec.structs.replace(
                found,
                state="closed",
                closed=today.isoformat(),
                closed_by=actor.name,
                until=last.isoformat(),
            )
        )

    return edit_entry(store, entry_id, change, actor=actor, action="close")


def withdraw(store: Store, entry_id: str, reason: str, *, actor: Actor) -> Entry:
    """End a review at once. Raises NotFoundError, InputError (no reason, ended before)."""
    return withdraw_entry(store, entry_id, reason, "access review", read, actor=actor)


def read(entry: Entry) -> AccessReview:
    """Return the review that an entry holds. Raises InputError for another kind."""
    if entry.kind != "access-review":
        raise InputError(f"{entry.entry_id} is no access review.")
    return msgspec.convert(entry.body, AccessReview)


def reviews(store: Store, application: str = "") -> list[tuple[Entry, AccessReview]]:
    """Return an application's reviews (all for an empty name), oldest first."""
    return [(entry, read(entry)) for entry in entries(store, "access-review", application)]


def still_works(store: Store, application: str, review: AccessReview) -> list[str]:
    """Return what the review withdrew and what works all the same, sorted."""
    live = dict(holdings(store, application))
    return sorted(
        key for key, line in review.lines.items() if line.verdict == "withdraw" and key in live
    )


def vouched(store: Store, application: str) -> Sequence[Vouched]:
    """Return what closed reviews vouch for: the control of access reviews, by its reviewers."""
    return [
        Vouched(
            control=CONTROL,
            by=", ".join(sorted({line.by for line in one.lines.values()})),
            date=one.closed,
            until=one.until,
            ref=entry.entry_id,
            note=said(one),
            ended=ended(store, application, one),
        )
        for entry, one in reviews(store, application)
        if one.closed
    ]


def said(review: AccessReview) -> str:
    """Return what a review came to, in words."""
    gone = sum(line.verdict == "withdraw" for line in review.lines.values())
    return f"{len(review.lines)} keys and roles reviewed, {gone} withdrawn"


def ended(store: Store, application: str, review: AccessReview) -> str:
    """Return why a closed review counts no more before its day; empty where it does."""
    if review.state == "withdrawn":
        return f"withdrawn, {review.withdrawn_because}"
    live = still_works(store, application, review)
    return f"{live[0]} was to be withdrawn and still works" if live else ""


def _open(entry: Entry) -> AccessReview:
    found = read(entry)
    if found.state != "open":
        raise InputError(f"This access review is {found.state} already.", hint="Start a new one.")
    return found


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _body(review: AccessReview) -> Body:
    body: Body = msgspec.to_builtins(review)
    return body
