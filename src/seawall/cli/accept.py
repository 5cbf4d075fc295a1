"""Accept a risk for a time: one person asks, another approves, and it reopens by itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import read_day, today
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.cli._registers import (
    acceptances,
    answers,
    facts_of,
    read_register,
    same_application,
)
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.govern.acceptances import Trigger
    from seawall.store.registers import Entry

app = typer.Typer(
    help="Accept a risk for a time: one person asks, another approves.",
    no_args_is_help=True,
    add_completion=False,
)
Id = Annotated[str, typer.Argument(help="The acceptance's id, acc_...")]
RegisterFile = Annotated[Path, typer.Option("--register", help="The register, register.json.")]


@app.command()
def ask(
    risk: Annotated[str, typer.Argument(help="The risk's id, for example SEC-02.")],
    register: RegisterFile,
    owner: Annotated[str, typer.Option(help="Who answers for the risk.")],
    reason: Annotated[str, typer.Option(help="Why it is acceptable for this time.")],
    until: Annotated[str, typer.Option(help="The last day, YYYY-MM-DD; within a year.")],
    control: Annotated[list[str] | None, typer.Option(help="A compensating control.")] = None,
    reopen_if: Annotated[
        list[str] | None,
        typer.Option(help="worse, incident, model, severity or fact; all if left out."),
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="The profile: a change of the risk's facts reopens it.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Ask for a risk to be accepted, in the state that the register shows."""
    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog
    from seawall.cli._actor import open_as_writer
    from seawall.core.errors import InputError
    from seawall.govern.acceptances import TRIGGERS
    from seawall.govern.acceptances import ask as ask_for

    catalog, found = load_catalog(), read_register(register)
    if profile is None and "fact" in (reopen_if or ()):
        raise InputError("--reopen-if fact needs the --profile that holds the facts.")
    loaded = None if profile is None else load_profile(profile)
    if loaded is not None:
        same_application(found, loaded)
    for key in control or ():
        if key not in catalog.controls:
            catalog.find(key)
    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE, must_exist=False)
    entry = ask_for(
        store,
        found,
        risk,
        owner=owner,
        reason=reason,
        expires=read_day(until, "--until", hint="Write 2027-01-31."),
        today=today(),
        actor=actor,
        forbidden=frozenset(key for key, card in catalog.risks.items() if card.stop),
        controls=tuple(control or ()),
        reopen_if=_triggers(reopen_if) if reopen_if else TRIGGERS,
        facts=facts_of(loaded, risk),
    )
    _say(entry, f"{entry.entry_id}: asked; another person has to approve it.", as_json)


@app.command()
def approve(
    entry_id: Id, register: RegisterFile, data: Data = DEFAULT_DATA, as_json: Json = False
) -> None:
    """Approve what another person asked for; the register must show the same state."""
    from seawall.cli._actor import open_as_writer
    from seawall.govern.acceptances import approve as approve_it

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
    """End an acceptance at once."""
    from seawall.cli._actor import open_as_writer
    from seawall.govern.acceptances import withdraw as end

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
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """List acceptances and whether each holds today, and why not."""
    from seawall.cli._grounds import reading

    now = None if register is None else read_register(register)
    known = answers(profile, now)
    rows = acceptances(reading(data), now, today(), known)
    if as_json:
        print_json([{"entry": entry, "standing": found} for entry, _, found in rows])
        return
    print_table(
        ("id", "risk", "level", "owner", "until", "state", "why"),
        [
            (entry.entry_id, entry.body["risk"], entry.body["level"], entry.body["owner"],
             entry.body["expires"], found.state, found.why)
            for entry, _, found in rows
        ],
    )  # fmt: skip


def _say(entry: "Entry", sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(entry)
    else:
        typer.echo(sentence)


def _triggers(names: list[str]) -> "tuple[Trigger, ...]":
    from seawall.core.errors import InputError
    from seawall.govern.acceptances import TRIGGERS

    for name in names:
        if name not in TRIGGERS:
            raise InputError(f"There is no trigger {name!r}.", hint=", ".join(TRIGGERS))
    return tuple(trigger for trigger in TRIGGERS if trigger in names)
