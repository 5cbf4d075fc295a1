"""What people decided and vouch for: acceptances, exceptions, attestations, in one file."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from seawall.catalog.load import Catalog
from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.roles import folded
from seawall.govern.people.courses import load_courses
from seawall.govern.people.training import Required
from seawall.govern.status.model import Vouched

# Nobody knows today what a risk looks like in more than a year.
LONGEST_DAYS = 366


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named person accepts a risk for a time. Dates are ISO days; `until` is the last one.

    `level` is the highest severity that the approver may accept (S1 to S5). `ucb95` is the success
    rate that was accepted, between 0 and 1: above it the acceptance does not hold any more.
    `facts` are answers of the profile: it holds only while they are as they stand here.
    """

    risk: str
    level: str
    requested_by: str
    approved_by: str
    reason: str
    compensating: str
    date: str
    until: str
    ucb95: float = 1.0
    facts: dict[str, Any] = {}


class Excepted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A planned control is left out for a time. Dates are ISO days; `until` is the last one.

    `compensating` is the control that stands in, which must be in force; above the success rate
    `ucb95` of a risk of the control the exception does not hold any more.
    """

    control: str
    requested_by: str
    approved_by: str
    reason: str
    compensating: str
    date: str
    until: str
    ucb95: float = 1.0
    facts: dict[str, Any] = {}


class Attestation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named person says that a control is in place since a day; `note` says how they know."""

    control: str
    by: str
    date: str
    note: str = ""


class Decisions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of decisions of one application; `training`: which functions need a course."""

    acceptances: tuple[Acceptance, ...] = ()
    exceptions: tuple[Excepted, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    training: tuple[Required, ...] = ()


def load_decisions(path: Path, catalog: Catalog) -> Decisions:
    """Read a file of decisions. Raises InputError with file and line for what may not be."""
    text = yamlfile.read_text(path)
    found = yamlfile.decode(text, str(path), Decisions)
    problems = [
        *(
            ("acceptances", index, item.risk, *_acceptance(item, catalog))
            for index, item in enumerate(found.acceptances)
        ),
        *(
            ("exceptions", index, item.control, *_exception(item, catalog))
            for index, item in enumerate(found.exceptions)
        ),
        *(
            ("attestations", index, item.control, *_attestation(item, catalog))
            for index, item in enumerate(found.attestations)
        ),
        *(
            ("training", index, f"{item.function}/{item.course}", *_required(item))
            for index, item in enumerate(found.training)
        ),
    ]
    seen: set[tuple[str, str]] = set()
    for kind, index, key, field, problem in problems:
        if not problem and (kind, key) in seen:
            problem = f"{key} stands here twice: keep the one that holds"
        if problem:
            keys: list[str | int] = [kind, index, *([field] if field else [])]
            raise InputError(f"{path}:{yamlfile.line_of(text, keys)}: {kind}[{index}]: {problem}.")
        seen.add((kind, key))
    return found


def day(text: str) -> date | None:
    """Return the day of an ISO date, None for another text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _acceptance(item: Acceptance, catalog: Catalog) -> tuple[str, str]:
    """Return (field, problem) of an acceptance that may not be; two empty texts where it may."""
    risk = catalog.risks.get(item.risk)
    if risk is None:
        return "risk", f"the catalogue has no risk {item.risk!r}"
    if risk.stop:
        return "risk", f"{item.risk} is a prohibited practice, which nobody can accept"
    if item.level not in ("S1", "S2", "S3", "S4", "S5"):
        return "level", f"level is S1 to S5, not {item.level!r}"
    return _terms(item, catalog, "an acceptance")


def _exception(item: Excepted, catalog: Catalog) -> tuple[str, str]:
    for field in ("control", "compensating"):
        if getattr(item, field) not in catalog.controls:
            return field, f"the catalogue has no control {getattr(item, field)!r}"
    if item.control == item.compensating:
        return "compensating", "another control has to compensate"
    return _terms(item, catalog, "an exception")


def _terms(item: Acceptance | Excepted, catalog: Catalog, what: str) -> tuple[str, str]:
    """Return what is wrong with who decided, why, and until when."""
    for field in ("requested_by", "approved_by", "reason", "compensating"):
        if not getattr(item, field).strip():
            return field, f"{field} must not be empty"
    if folded(item.requested_by) == folded(item.approved_by):
        return "approved_by", "somebody else than who asks for it has to approve it"
    first, last = day(item.date), day(item.until)
    if first is None or last is None:
        return "date" if first is None else "until", "dates are written like 2026-11-28"
    if not first <= last <= first + timedelta(days=LONGEST_DAYS):
        return "until", f"{what} ends at most {LONGEST_DAYS} days after its date"
    if not 0.0 < item.ucb95 <= 1.0:
        return "ucb95", "ucb95 is a share above 0, at most 1"
    unknown = sorted(set(item.facts) - set(catalog.questions))
    if unknown:
        return "facts", f"no question of the catalogue asks {unknown[0]!r}"
    return "", ""


def _required(item: Required) -> tuple[str, str]:
    if item.course not in load_courses():
        return "course", f"there is no course {item.course!r}"
    if not item.function.strip():
        return "function", "function must not be empty"
    if not item.people and not item.team:
        return "", "name the people who need the course, or their team"
    return "", ""


def _attestation(item: Attestation, catalog: Catalog) -> tuple[str, str]:
    control = catalog.controls.get(item.control)
    if control is None:
        return "control", f"the catalogue has no control {item.control!r}"
    if not control.enforce.attestation:
        return "control", f"{item.control} is enforced by the gateway and measured, not attested"
    if not item.by.strip():
        return "by", "by must name a person"
    if day(item.date) is None:
        return "date", "dates are written like 2026-11-28"
    return "", ""


def vouched(decisions: Decisions, catalog: Catalog, ref: str) -> list[Vouched]:
    """Return what the file attests, each until its control's days are over."""
    found = []
    for one in decisions.attestations:
        days = timedelta(days=catalog.controls[one.control].fresh_days)
        until = (date.fromisoformat(one.date) + days).isoformat()
        found.append(
            Vouched(
                control=one.control, by=one.by, date=one.date, until=until, ref=ref, note=one.note
            )
        )
    return found
