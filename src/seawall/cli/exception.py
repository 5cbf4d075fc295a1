"""Leave a planned control out for a time, with approval and a control that stands in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import read_day, today
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.cli._registers import answers, exceptions, facts_of, read_register, same_application
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.store.registers import Entry

app = typer.Typer(
    help="Leave a planned control out for a time: one person asks, another approves.",
    no_args_is_help=True,
    add_completion=False,
)
Id = Annotated[str, typer.Argument(help="The exception's id, exc_...")]
RegisterFile = Annotated[Path, typer.Option("--register", help="The register, register.json.")]


@app.command()
def ask(
    control: Annotated[str, typer.Argument(help="The control's id, for example CTL-EGRESS.")],
    register: RegisterFile,
    owner: Annotated[str, typer.Option(help="Who answers for leaving it out.")],
    reason: Annotated[str, typer.Option(help="Why it is left out for this time.")],
    until: Annotated[str, typer.Option(help="The last day, YYYY-MM-DD; within a year.")],
    compensating: Annotated[list[str], typer.Option(help="A control that stands in.")],
    profile: Annotated[
        Path | None, typer.Option(help="The profile: a change of the risks' facts reopens it.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Ask for a control to be left out, in the state that the register shows."""
    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog
    from seawall.cli._actor import open_as_writer
    from seawall.govern.exceptions import ask as ask_for

    found = read_register(register)
    loaded = None if profile is None else load_profile(profile)
    if loaded is not None:
        same_application(found, loaded)
    last = read_day(until, "--until", hint="Write 2027-01-31.")
    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE, must_exist=False)
    entry = ask_for(
        store,
        found,
        load_catalog(),
        control,
        owner=owner,
        reason=reason,
        compensating=tuple(dict.fromkeys(compensating)),
        expires=last,
        today=today(),
        actor=actor,
        facts={row.risk: facts_of(loaded, row.risk) for row in found.risks},
    )
    _say(entry, f"{entry.entry_id}: asked; another person has to approve it.", as_json)


@app.command()
def approve(
    entry_id: Id, register: RegisterFile, data: Data = DEFAULT_DATA, as_json: Json = False
) -> None:
    """Approve what another person asked for; the register must show the same state."""
    from seawall.cli._actor import open_as_writer
    from seawall.govern.exceptions import approve as approve_it

    store, actor = open_as_writer(data, Permission.ACCEPTANCES_DECIDE)
    entry = approve_it(store, entry_id, read_register(register), today=today(), actor=actor)
    _say(entry, f"{entry_id}: approved by {actor.signed}.", as_json)


@app.command()
def withdraw(
    entry_id: Id,
    reason: Annotated[str, typer.Option(help="Why it ends.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """End an exception at once."""
    from seawall.cli._actor import open_as_writer
    from seawall.govern.exceptions import withdraw as end

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    entry = end(store, entry_id, reason, actor=actor)
    _say(entry, f"{entry_id}: withdrawn.", as_json)


@app.command("list")
def list_(
    register: Annotated[
        Path | None, typer.Option(help="Today's register: without it nothing holds.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="Today's profile: are the facts still the same?")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="The running policy: does it hold what compensates?")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """List exceptions and whether each holds today, and why not."""
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import bought, reading, recorded
    from seawall.cli._release import held
    from seawall.govern.release.controls import in_force

    store, catalog = reading(data), load_catalog()
    now = None if register is None else read_register(register)
    known = answers(profile, now)
    application = "" if now is None else now.application
    given, shown = recorded(store, application, catalog), bought(store, application, today())
    force = in_force(held(policy), given, catalog, today(), shown)
    rows = exceptions(store, now, today(), known, force)
    if as_json:
        print_json([{"entry": entry, "standing": found} for entry, _, found in rows])
        return
    print_table(
        ("id", "control", "owner", "until", "stands in", "state", "why"),
        [
            (entry.entry_id, one.control, one.owner, one.expires, ", ".join(one.compensating),
             found.state, found.why)
            for entry, one, found in rows
        ],
    )  # fmt: skip


def _say(entry: "Entry", sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(entry)
    else:
        typer.echo(sentence)
