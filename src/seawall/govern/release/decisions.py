"""What people decided and vouch for: acceptances of risks and attestations of controls."""

from datetime import date, timedelta
from pathlib import Path

import msgspec

from seawall.catalog.load import Catalog
from seawall.core import yamlfile
from seawall.core.errors import InputError

# Nobody knows today what a risk looks like in more than a year.
LONGEST_DAYS = 366


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named person accepts a risk for a time. Dates are ISO days; `until` is the last one.

    `level` is the highest severity that the approver may accept (S1 to S5). `ucb95` is the success
    rate that was accepted, between 0 and 1: above it the acceptance does not hold any more.
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


class Attestation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named person says that a control is in place since a day; `note` says how they know."""

    control: str
    by: str
    date: str
    note: str = ""


class Decisions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of decisions of one application."""

    acceptances: tuple[Acceptance, ...] = ()
    attestations: tuple[Attestation, ...] = ()


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
            ("attestations", index, item.control, *_attestation(item, catalog))
            for index, item in enumerate(found.attestations)
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
    for field in ("requested_by", "approved_by", "reason", "compensating"):
        if not getattr(item, field).strip():
            return field, f"{field} must not be empty"
    if item.requested_by.strip().casefold() == item.approved_by.strip().casefold():
        return "approved_by", "somebody else than who asks for it has to approve it"
    first, last = day(item.date), day(item.until)
    if first is None or last is None:
        return "date" if first is None else "until", "dates are written like 2026-11-28"
    if not first <= last <= first + timedelta(days=LONGEST_DAYS):
        return "until", f"an acceptance ends at most {LONGEST_DAYS} days after its date"
    if not 0.0 < item.ucb95 <= 1.0:
        return "ucb95", "ucb95 is a share above 0, at most 1"
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
