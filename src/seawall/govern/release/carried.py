"""What people decided to carry for a time, from the file of decisions and from the registers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from seawall.core.register import RiskRow
from seawall.govern.acceptances import Acceptance as Recorded
from seawall.govern.acceptances import Standing, changed_fact
from seawall.govern.exceptions import PolicyException
from seawall.govern.release.decisions import Acceptance, Excepted, day
from seawall.govern.words import percent
from seawall.store.registers import Entry

AGAIN = "decide about it again"
_IN_FILE = "the file of decisions"


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """One acceptance of a risk, or one exception to a control, as it stands on the day.

    `subject` is the risk or the control; `ref` the entry, or where else it stands; `level` the
    highest severity it covers and `ucb95` the success rate it covers (1: no limit was named), for
    the risks it is about. `problem` says why it does not hold, after "The acceptance ...".
    """

    subject: str
    ref: str
    by: str
    until: str
    reason: str
    compensating: str
    level: str = "S5"
    ucb95: float = 1.0
    problem: str = ""


def of_file(item: Acceptance | Excepted, today: date, facts: Mapping[str, Any] | None) -> Carried:
    """Return what the file of decisions says, with what has ended or changed since."""
    is_risk = isinstance(item, Acceptance)
    return Carried(
        subject=item.risk if isinstance(item, Acceptance) else item.control,
        ref=_IN_FILE,
        by=item.approved_by,
        until=item.until,
        reason=item.reason,
        compensating=item.compensating,
        level=item.level if isinstance(item, Acceptance) else "S5",
        ucb95=item.ucb95,
        problem=_dated(item, today, "bring the risk under its tolerance" if is_risk else "keep it")
        or _facts(item.facts, facts),
    )


def _dated(item: Acceptance | Excepted, today: date, other: str) -> str:
    first, last = day(item.date), day(item.until)
    if first is None or last is None or today > last:
        return f"ended on {item.until}: {AGAIN}, or {other}"
    return f"begins on {item.date} only" if first > today else ""


def _facts(was: Mapping[str, Any], now: Mapping[str, Any] | None) -> str:
    changed = changed_fact(was, now)
    return f"rests on facts that changed: {changed.rstrip('.')}; {AGAIN}" if changed else ""


def of_entry(entry: Entry, found: Recorded | PolicyException, today: Standing) -> Carried | None:
    """Return what a register holds, as it stands today; None for what was withdrawn."""
    if today.state == "withdrawn":
        return None
    is_risk = isinstance(found, Recorded)
    bound = found.snapshot.ucb95 if isinstance(found, Recorded) else None
    stands_in = found.controls if isinstance(found, Recorded) else found.compensating
    return Carried(
        subject=found.risk if isinstance(found, Recorded) else found.control,
        ref=entry.entry_id,
        by=found.approved_by or found.owner,
        until=found.expires,
        reason=found.reason,
        compensating=", ".join(stands_in) or "nothing else is done",
        level=found.level if isinstance(found, Recorded) else "S5",
        ucb95=1.0 if bound is None or not is_risk else bound,
        problem="" if today.holds else _said(today, found.expires),
    )


def _said(standing: Standing, expires: str) -> str:
    if standing.state == "waiting":
        return "waits for another person's approval"
    if standing.state == "expired":
        return f"ended on {expires}: {AGAIN}"
    return f"reopened: {standing.why.rstrip('.')}; {AGAIN}"


def beyond(item: Carried, rows: Iterable[RiskRow]) -> str:
    """Return why a decision does not cover its risks as they are now; empty where it does."""
    for row in rows:
        if item.level < row.severity:
            return (
                f"was given at level {item.level}, and the risk is {row.severity}: "
                "somebody who may accept that has to"
            )
        if row.ucb95 is not None and row.ucb95 > item.ucb95:
            return (
                f"accepted a success rate up to {percent(item.ucb95)}, and it is now up to "
                f"{percent(row.ucb95)}: {AGAIN}"
            )
    return ""


def sort(
    items: Sequence[Carried], rows: Mapping[str, Sequence[RiskRow]]
) -> tuple[dict[str, Carried], list[Carried]]:
    """Return what holds, by subject, and what does not where nothing else holds.

    `rows` are the risks that each subject is about; a subject that is not there needs no decision.
    """
    live: dict[str, Carried] = {}
    dead: list[Carried] = []
    for item in items:
        if item.subject not in rows:
            continue
        problem = item.problem or beyond(item, rows[item.subject])
        if problem:
            dead.append(msgspec.structs.replace(item, problem=problem))
        else:
            live.setdefault(item.subject, item)
    return live, [item for item in dead if item.subject not in live]
