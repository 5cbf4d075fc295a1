"""Decide on tool calls that wait for a person."""

from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission

app = typer.Typer(
    help="Decide on tool calls that wait for a person.",
    no_args_is_help=True,
    add_completion=False,
)
Id = Annotated[str, typer.Argument(help="The approval's id, apr_...")]


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List what waits or was decided, with arguments and reasons."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.approvals import Approvals

    store = open_as_reader(data, Permission.APPROVALS_READ)
    found = Approvals(store).list()
    if as_json:
        print_json(found)
        return
    rows = [
        (one.approval_id, one.state, f"{len(one.approvers)}/{one.needs}", one.function, one.tool,
         one.arguments or "?", one.reason, when(one.expires))
        for one in found
    ]  # fmt: skip
    names = ("id", "state", "people", "function", "tool", "arguments", "why", "until")
    print_table(names, rows)


@app.command()
def approve(approval_id: Id, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Approve a call; it passes once, when it is proposed again."""
    _decide(approval_id, data, as_json, approved=True)


@app.command()
def deny(approval_id: Id, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Deny a call until its approval would have expired."""
    _decide(approval_id, data, as_json, approved=False)


def _decide(approval_id: str, data: str, as_json: bool, *, approved: bool) -> None:
    from seawall.cli._actor import open_as_writer
    from seawall.store.approvals import Approvals

    store, actor = open_as_writer(data, Permission.APPROVALS_DECIDE)
    approvals = Approvals(store)
    decide = approvals.approve if approved else approvals.deny
    found = decide(approval_id, actor=actor)
    if as_json:
        print_json(found)
        return
    left = found.needs - len(found.approvers)
    more = f"; {left} more must approve" if found.state == "pending" else ""
    typer.echo(f"The call of {found.tool} is {found.state}{more}.")
