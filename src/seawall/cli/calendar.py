"""Say what falls due: law, acceptances, attestations, vendors, training, evidence, notices."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import day_or_today, write_page
from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from datetime import date

    from seawall.core.profile import Profile
    from seawall.govern.due import Due


def command(
    profile: Annotated[Path, typer.Argument(help="The application's profile (YAML).")],
    register: Annotated[
        Path | None, typer.Option(help="The register: when does its evidence end?")
    ] = None,
    decisions: Annotated[
        Path | None, typer.Option(help="Acceptances, exceptions, attestations (YAML).")
    ] = None,
    data: Annotated[str, typer.Option("--data", help="Folder with the registers.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far to look.")] = 180,
    on: Annotated[str, typer.Option(help="As of this day (ISO); today by default.")] = "",
    ics: Annotated[
        Path | None, typer.Option(help="Write it for calendars here (iCalendar).")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 4 when something is late.")
    ] = False,
    as_json: Json = False,
) -> int:
    """List what falls due for an application, and what is late, the earliest first."""
    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import reading
    from seawall.cli._registers import read_register, same_application
    from seawall.govern.due import Sources, calendar_file, due
    from seawall.govern.release.decisions import load_decisions

    catalog, loaded, today = load_catalog(), load_profile(profile), day_or_today(on, "--on")
    known = None if register is None else read_register(register)
    if known is not None:
        same_application(known, loaded)
    sources = Sources(
        store=reading(data) if data else None,
        decisions=None if decisions is None else load_decisions(decisions, catalog),
        register=known,
        law=_law(loaded, today, days),
    )
    found = due(sources, loaded.application, catalog, today, days)
    late = sum(one.day < today.isoformat() for one in found)
    if ics is not None:
        write_page(ics, calendar_file(found, loaded.application, today))
    if as_json:
        print_json({"day": today.isoformat(), "days": days, "late": late, "due": found})
    else:
        _tell(found, loaded.application, today, days)
    return 4 if strict and late else 0


def _tell(found: "list[Due]", application: str, today: "date", days: int) -> None:
    if not found:
        typer.echo(f"Nothing falls due for {application} within {days} days of {today}.")
        return
    print_table(
        ("day", "", "what", "subject", "to do"),
        [
            (one.day, "LATE" if one.day < today.isoformat() else "", one.kind, one.subject,
             one.sentence)
            for one in found
        ],
        title=f"{application}: what falls due within {days} days of {today}",
    )  # fmt: skip


def _law(profile: "Profile", today: "date", days: int) -> "list[Due]":
    from seawall.assess.law import calendar, law
    from seawall.catalog.load import load_catalog
    from seawall.govern.due import Due

    return [
        Due(
            day=one.day, kind="law", subject=f"{one.clause} {one.change}", ref=one.clause,
            sentence=f"{one.title} {one.change} ({one.bearing}): {one.duty}",
        )
        for one in calendar(law(profile, load_catalog(), today), days)
    ]  # fmt: skip
