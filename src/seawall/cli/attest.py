"""Vouch by name that a control is in place, until a day."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import read_day, today
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.catalog.model import Control

app = typer.Typer(
    help="Vouch by name that a control is in place, until a day.",
    no_args_is_help=True,
    add_completion=False,
)
Application = Annotated[str, typer.Option(help="The application, as its profile names it.")]


@app.command()
def add(
    control: Annotated[str, typer.Argument(help="The control's id, for example CTL-VENDOR.")],
    application: Application,
    by: Annotated[str, typer.Option(help="Who vouches for it, by name.")],
    note: Annotated[str, typer.Option(help="How they know: the contract, the list, the date.")],
    until: Annotated[
        str, typer.Option(help="The last day it counts; the control's days if left out.")
    ] = "",
    file: Annotated[
        list[Path] | None, typer.Option(help="A file that shows it; only its hash is kept.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Vouch for a control: the sentence on its card is true."""
    from seawall.cli._actor import open_as_writer
    from seawall.govern.attestations import attest

    card = _card(control)
    last = read_day(until, "--until") if until else None
    papers = _read(file or [])
    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE, must_exist=False)
    entry = attest(
        store, application, card, by=by, note=note, today=today(), actor=actor, until=last,
        papers=papers,
    )  # fmt: skip
    if as_json:
        print_json(entry)
        return
    typer.echo(f"{entry.entry_id}: {by} vouches for {control} until {entry.body['until']}:")
    typer.echo(f"  {entry.body['statement']}")


@app.command()
def withdraw(
    entry_id: Annotated[str, typer.Argument(help="The attestation's id, att_...")],
    reason: Annotated[str, typer.Option(help="Why it is true no more.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """End an attestation at once."""
    from seawall.cli._actor import open_as_writer
    from seawall.govern.attestations import withdraw as end

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    entry = end(store, entry_id, reason, actor=actor)
    if as_json:
        print_json(entry)
    else:
        typer.echo(f"{entry_id}: withdrawn.")


@app.command("list")
def list_(
    application: Annotated[str, typer.Option(help="Only this application.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """List attestations with their last day, and those that count no more."""
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import reading
    from seawall.govern.attestations import given, vouched

    found = given(reading(data), application)
    if as_json:
        print_json([entry for entry, _ in found])
        return
    now = today().isoformat()
    rows = [
        (one.ref, entry.application, one.control, one.by, one.date, one.until,
         one.ended or ("over" if one.until < now else "counts"))
        for (entry, _), one in zip(found, vouched(found, load_catalog()), strict=True)
    ]  # fmt: skip
    print_table(("id", "application", "control", "by", "from", "until", "state"), rows)


def _card(key: str) -> "Control":
    from seawall.catalog.load import load_catalog
    from seawall.core.errors import InputError

    cards = load_catalog().controls
    if key not in cards:
        raise InputError(
            f"The catalogue has no control {key!r}.", hint="`seawall catalog list` shows them."
        )
    return cards[key]


def _read(paths: list[Path]) -> dict[str, bytes]:
    from seawall.core.errors import InputError

    found: dict[str, bytes] = {}
    for path in paths:
        if path.name in found:
            raise InputError(f"Two files are named {path.name}.", hint="Rename one.")
        try:
            found[path.name] = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}.") from None
    return found
