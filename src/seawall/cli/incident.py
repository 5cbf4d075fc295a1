"""Keep the register of incidents: open, note, tell, close, with the deadlines of the law."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._actor import open_as_writer
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.store.registers import Entry

app = typer.Typer(
    help="Keep the register of incidents, with the deadlines of the law.",
    no_args_is_help=True,
    add_completion=False,
)
Id = Annotated[str, typer.Argument(help="The incident's id, inc_...")]


@app.command("open")
def open_(
    title: Annotated[str, typer.Argument(help="What happened, without personal data.")],
    profile: Annotated[Path, typer.Option(help="The application's profile: it decides the law.")],
    kind: Annotated[
        list[str],
        typer.Option(help="personal-data, security, serious-harm, death or infrastructure."),
    ],
    severity: Annotated[str, typer.Option(help="S1 to S5.")],
    risk: Annotated[list[str] | None, typer.Option(help="A risk that came true.")] = None,
    record: Annotated[
        list[str] | None, typer.Option(help="The request id of an audit record or alert.")
    ] = None,
    known_since: Annotated[
        str, typer.Option(help="When you knew, 2026-11-28T09:30+01:00; now if left out.")
    ] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Open an incident and say who must be told by when."""
    from seawall.assess.law import notices
    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog
    from seawall.core.errors import InputError
    from seawall.govern.incidents import open_incident, read

    loaded, since = load_profile(profile), _moment(known_since)
    for key in risk or ():
        if key not in load_catalog().risks:
            raise InputError(f"The catalogue has no risk {key!r}.")
    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE, must_exist=False)
    entry = open_incident(
        store,
        loaded.application,
        title=title,
        severity=severity,
        kinds=kind,
        risks=risk or (),
        records=record or (),
        since=since,
        notices=notices(loaded, load_catalog(), since.astimezone(UTC).date()),
        actor=actor,
    )
    if as_json:
        print_json(entry)
        return
    typer.echo(f"{entry.entry_id}: open.")
    for one in read(entry).deadlines:
        maybe = "" if one.bearing == "applies" else " (may apply)"
        when = f", {one.when}" if one.when else ""
        typer.echo(f"  by {one.due} tell the {one.to} under {one.clause}{maybe}{when}")


@app.command()
def note(
    entry_id: Id,
    text: Annotated[str, typer.Argument(help="What to add.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Add a note; nobody else's is lost."""
    from seawall.govern.incidents import add_note

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    entry = add_note(store, entry_id, text, now=datetime.now(UTC), actor=actor)
    _say(entry, f"{entry_id}: noted.", as_json)


@app.command()
def told(
    entry_id: Id,
    clause: Annotated[str, typer.Argument(help="The clause under which somebody was told.")],
    to: Annotated[
        str, typer.Option(help="Who, where the clause names several: as `incident show` has it.")
    ] = "",
    not_needed: Annotated[str, typer.Option(help="Why they have not to be told.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Record that whom a clause names was told, or why they have not to be."""
    from seawall.govern.incidents import read
    from seawall.govern.incidents import told as tell

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    entry, one = tell(
        store, entry_id, clause, now=datetime.now(UTC), actor=actor, to=to, needless=not_needed
    )
    did = "has not to be told" if not_needed.strip() else "was told"
    said = f"{entry_id}: the {one.to} {did} under {clause} (due {one.due})."
    if left := [d.to for d in read(entry).deadlines if d.clause == clause and d.waiting]:
        said += f"\nStill to be told under {clause}: {'; '.join(left)}."
    _say(entry, said, as_json)


@app.command()
def close(
    entry_id: Id,
    lesson: Annotated[list[str], typer.Option(help="What was learnt: an idea for a probe.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Close an incident with what was learnt."""
    from seawall.govern.incidents import close as end
    from seawall.govern.incidents import read

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    entry = end(store, entry_id, lesson, actor=actor)
    said = f"{entry_id}: closed. `seawall attack case {entry_id}` saves what must not pass again."
    if left := [f"{one.to} ({one.clause})" for one in read(entry).deadlines if one.waiting]:
        said += f"\nStill to be told, and still in the calendar: {'; '.join(left)}."
    _say(entry, said, as_json)


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List incidents with the next notice that is due."""
    from seawall.cli._grounds import reading
    from seawall.govern.incidents import listed

    found = listed(reading(data))
    if as_json:
        print_json([entry for entry, _ in found])
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    rows = []
    for entry, one in found:
        due = next((d for d in one.deadlines if d.waiting), None)
        late = "LATE: " if due is not None and due.due < now else ""
        next_due = "-" if due is None else f"{late}{due.due} {due.clause}: {due.to}"
        rows.append((entry.entry_id, one.state, one.severity, one.title, next_due))
    print_table(("id", "state", "severity", "title", "to tell next"), rows)


@app.command()
def show(entry_id: Id, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Show every version of an incident: who changed what, when."""
    from seawall.cli._grounds import reading
    from seawall.cli._output import when
    from seawall.store.registers import history

    found = history(reading(data), entry_id)
    if as_json:
        print_json(found)
        return
    for entry in found:
        typer.echo(f"{entry.version} {when(entry.time)} {entry.actor}: {entry.action}")
    import yaml

    typer.echo(yaml.safe_dump(found[-1].body, sort_keys=False, allow_unicode=True).rstrip())


@app.command()
def lessons(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List what was learnt, with the probes that try the same risks today."""
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import reading
    from seawall.govern.incidents import listed

    catalog = load_catalog()
    found = [
        {
            "incident": entry.entry_id,
            "lesson": lesson,
            "risks": one.risks,
            "probes": sorted(
                {
                    key
                    for risk in one.risks
                    for probes in (catalog.probes_of_risk, catalog.further_of_risk)
                    for key in probes.get(risk, ())
                }
            ),
        }
        for entry, one in listed(reading(data))
        for lesson in one.lessons
    ]
    if as_json:
        print_json(found)
        return
    rows = [tuple(_words(value) for value in one.values()) for one in found]
    print_table(("incident", "lesson", "risks", "probes of these risks"), rows)
    if rows:
        typer.echo("`seawall attack case INCIDENT --save cases` makes a probe of its requests.")


def _words(value: object) -> str:
    return ", ".join(value) or "none" if isinstance(value, list | tuple) else str(value)


def _say(entry: "Entry", sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(entry)
    else:
        typer.echo(sentence)


def _moment(text: str) -> datetime:
    from seawall.core.errors import InputError

    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"--known-since: {text!r} is no time.", hint="2026-11-28T09:30Z") from None
    if found.tzinfo is None:
        raise InputError("--known-since needs a zone: deadlines depend on it.", hint="Add Z.")
    if found > datetime.now(UTC):
        raise InputError("--known-since lies in the future.")
    return found
