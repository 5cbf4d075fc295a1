"""Say which law binds an application, why, and what changes soon."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import day_or_today
from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.assess.law import LawEntry, LawView

app = typer.Typer(
    help="Say which law binds an application, why, and what changes soon. Not legal advice.",
    no_args_is_help=True,
    add_completion=False,
)
ProfileFile = Annotated[Path, typer.Argument(help="The application's profile (YAML).")]
Day = Annotated[str, typer.Option("--on", help="The day to look at, YYYY-MM-DD; today if empty.")]


@app.command()
def show(
    profile: ProfileFile,
    on: Day = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also what does not apply, with the reason.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the clauses that apply or may apply: why, since when, and whether it is verified."""
    view = _view(profile, on)
    shown = [one for one in view.entries if everything or one.bearing != "does not apply"]
    if as_json:
        import msgspec

        print_json(msgspec.structs.replace(view, entries=tuple(shown)))
        return
    typer.echo(f"Class under the EU AI Act: {view.tier}. {view.tier_why}")
    _print_bans(shown)
    print_table(
        ("clause", "title", "", "when", "why", "checked", "source"),
        [
            (one.clause, one.title, one.bearing, _when(one), one.why, one.proof, one.source)
            for one in shown
        ],
        title=f"{view.application}: law on {view.day} (not legal advice)",
    )
    left = len(view.entries) - len(shown)
    if left:
        typer.echo(f"{left} clauses do not apply; --all shows them with the reason.")


@app.command()
def calendar(
    profile: ProfileFile,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far to look.")] = 180,
    on: Day = "",
    as_json: Json = False,
) -> None:
    """List what starts, ends or is replaced for this application in the next days."""
    from seawall.assess.law import calendar as changes_of

    view = _view(profile, on)
    changes = changes_of(view, days)
    if as_json:
        print_json({"day": view.day, "days": days, "changes": changes})
        return
    if not changes:
        typer.echo(f"Nothing changes for {view.application} within {days} days of {view.day}.")
        return
    print_table(
        ("day", "what", "clause", "title", "", "checked", "source"),
        [
            (one.day, f"{one.change}{f', then {one.by}' if one.by else ''}", one.clause, one.title,
             one.bearing, "verified " + one.checked if one.checked else "to be checked", one.source)
            for one in changes
        ],
        title=f"{view.application}: {days} days from {view.day} (not legal advice)",
    )  # fmt: skip


def _print_bans(entries: "list[LawEntry]") -> None:
    for one in entries:
        if one.practice == "found" and one.state == "not yet":
            start = f"Banned practice from {one.applies_from} under {one.clause}"
            typer.echo(f"{start}: {one.practice_why} Stop it before.")
        elif one.practice == "found":
            typer.echo(f"BANNED PRACTICE under {one.clause}: {one.practice_why} Do not release.")
        elif one.practice == "not ruled out":
            typer.echo(f"Banned practice not ruled out, {one.clause}: {one.practice_why}")


def _when(one: "LawEntry") -> str:
    """Return the dates in words."""
    start = f"from {one.applies_from}" if one.applies_from else "date to be checked"
    until = f" until {one.until}" if one.until else ""
    after = f", then {one.superseded_by}" if one.superseded_by else ""
    prefix = {"bill": "a bill; ", "voluntary": "voluntary; ", "ended": "ended; "}
    if one.state == "voluntary" and not one.applies_from:
        return "voluntary"
    return f"{prefix.get(one.state, '')}{start}{until}{after}"


def _view(profile: Path, on: str) -> "LawView":
    from seawall.assess.law import law
    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog

    return law(load_profile(profile), load_catalog(), day_or_today(on, "--on"))
