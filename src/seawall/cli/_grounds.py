"""What speaks for controls, gathered for commands: policy, attestations, file of decisions."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from seawall.cli._input import read_json, today
from seawall.cli._live import tried

if TYPE_CHECKING:
    from seawall.catalog.load import Catalog
    from seawall.govern.release.decisions import Decisions
    from seawall.govern.status.judge import Grounds
    from seawall.govern.status.model import EvidenceItem, Vouched
    from seawall.policy.model import Policy
    from seawall.store.db import Store

AUDIT = "CTL-AUDIT"


def grounds(
    application: str,
    catalog: "Catalog",
    *,
    policy: Path | None = None,
    decisions: Path | None = None,
    data: str = "",
    audit: str = "",
    gateway: str = "",
    drills: Path | None = None,
    on: date | None = None,
) -> "Grounds":
    """Return the grounds of one application as of a day; what is left out was not given.

    `data` is a folder with attestations, `audit` one with an audit log, which is verified;
    `gateway` the address of one, which is sent what it must refuse; `drills` a file of
    `seawall drill`. Raises InputError, and what `acting` does.
    """
    from seawall.govern.release.decisions import Decisions, load_decisions, vouched
    from seawall.govern.status.enforced import enforced
    from seawall.govern.status.judge import Grounds
    from seawall.policy.load import load_policy

    decided = Decisions() if decisions is None else load_decisions(decisions, catalog)
    found = vouched(decided, catalog, "" if decisions is None else decisions.name)
    more: dict[str, list[EvidenceItem]] = {AUDIT: verified(audit, catalog)} if audit else {}
    if gateway:
        more |= tried(gateway, catalog)
    store = reading(data) if data else None
    if store is not None:
        found += recorded(store, application, catalog)
    day = on or today()
    for control, items in trained(store, application, decided, day).items():
        more.setdefault(control, []).extend(items)
    for control, items in bought(store, application, day).items():
        more.setdefault(control, []).extend(items)
    running = None if policy is None else load_policy(policy)
    if drills is not None:
        for control, items in drilled(drills, catalog, running).items():
            more.setdefault(control, []).extend(items)
    held = None if running is None else enforced(running, catalog)
    return Grounds(vouched=tuple(found), policy=held, more=more)


def verified(folder: str, catalog: "Catalog") -> "list[EvidenceItem]":
    """Verify the audit log of a folder; return what that shows, nothing for an empty log.

    Raises InputError for a folder without a database.
    """
    from seawall.govern.status.model import EvidenceItem
    from seawall.store.verify import verify_folder

    report, made = verify_folder(folder), today()
    if report.ok and not report.records:
        return []
    said = f"Its {report.records} records verify, up to the signed head."
    if not report.ok:
        said = f"The audit log does not verify: {report.problems[0].rstrip('.')}."
    days = timedelta(days=catalog.controls[AUDIT].fresh_days)
    item = EvidenceItem(
        source="audit log",
        subject=Path(folder).name,
        sentence=said,
        holds=report.ok,
        date=made.isoformat(),
        until=(made + days).isoformat(),
    )
    return [item]


def drilled(
    path: Path, catalog: "Catalog", policy: "Policy | None"
) -> "dict[str, list[EvidenceItem]]":
    """Return what a file of drills shows of controls.

    Raises InputError for drills of another Seawall or of a day to come, or of a control that
    stands otherwise in the policy that was given.
    """
    from seawall import __version__
    from seawall.core.drills import Drilled
    from seawall.core.errors import InputError
    from seawall.govern.status.drilled import drill_evidence

    run = read_json(path, Drilled, hint="`seawall drill` writes it.")
    again = f"Run `seawall drill --out {path}` again."
    if run.seawall != __version__:
        raise InputError(f"{path} was made by Seawall {run.seawall}.", hint=again)
    made = _made(run.made, path, again)
    shown = drill_evidence(run, catalog, policy, made=made, subject=path.name)
    if shown.left:
        typer.echo(
            f"{path}: what was tried of {', '.join(shown.left)} does not count without --policy, "
            "which says what runs.",
            err=True,
        )
    return shown.found


def _made(text: str, path: Path, again: str) -> date:
    """Return the day of a file of drills. Raises InputError for none, or for one to come."""
    from seawall.core.errors import InputError

    try:
        made = date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{path} does not say on which day it was made.", hint=again) from None
    if made > today():
        raise InputError(f"{path} is dated {made}, which is to come.", hint=again)
    return made


def trained(
    store: "Store | None", application: str, decisions: "Decisions", day: date
) -> "dict[str, list[EvidenceItem]]":
    """Return what training shows of controls, for the functions that need a course."""
    from seawall.cli._registers import teams_of
    from seawall.govern.people.courses import load_courses
    from seawall.govern.people.training import completed, evidence

    done = [] if store is None else [one for _, one in completed(store, application)]
    teams = {} if store is None else teams_of(store)
    return evidence(decisions.training, done, load_courses(), teams, day)


def bought(store: "Store | None", application: str, day: date) -> "dict[str, list[EvidenceItem]]":
    """Return what the register of vendors shows of controls."""
    from seawall.govern.people.vendors import evidence, vendors

    return {} if store is None else evidence(vendors(store, application), day)


def recorded(store: "Store", application: str, catalog: "Catalog") -> "list[Vouched]":
    """Return what people attested in a data folder, and what access reviews came to."""
    from seawall.govern.attestations import given, vouched
    from seawall.govern.people import access

    found = vouched(given(store, application), catalog)
    return [*found, *access.vouched(store, application)]


def reading(data: str) -> "Store":
    """Open a data folder to read its registers. Raises InputError, and what `acting` does."""
    from seawall.cli._actor import open_as_reader
    from seawall.core.roles import Permission

    return open_as_reader(data, Permission.REGISTERS_READ)
