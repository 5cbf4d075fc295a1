"""Create, list and remove members: people whom an issuer knows, with team and roles."""

from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission, require

app = typer.Typer(
    help="Create, list and remove members: people whom an issuer knows, with team and roles.",
    no_args_is_help=True,
    add_completion=False,
)
Member = Annotated[str, typer.Argument(help="ISSUER:SUBJECT, as the policy names the issuer.")]


@app.command()
def create(
    member: Member,
    team: Annotated[str, typer.Option(help="The member's team; it must be there.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="Repeat to give several.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Create a member, or replace their team and roles."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.directory import put_member

    store, actor = open_as_writer(data, Permission.MEMBERS_WRITE)
    require(actor, Permission.ROLES_GRANT)
    made = put_member(store, member, team=team, roles=role or (), actor=actor)
    if as_json:
        print_json(made)
        return
    held = ", ".join(made.roles) or "no role"
    typer.echo(f"{member} is a member of {made.team or 'no team'} with {held}.")


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List every member with team and roles."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.directory import list_members

    store = open_as_reader(data, Permission.MEMBERS_READ)
    found = list_members(store)
    if as_json:
        print_json(found)
        return
    rows = [(one.member, one.team, " ".join(one.roles), when(one.created)) for one in found]
    print_table(("member", "team", "roles", "created"), rows)


@app.command()
def remove(member: Member, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Remove a member; the roles end with the next request."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.directory import remove_member

    store, actor = open_as_writer(data, Permission.MEMBERS_WRITE)
    remove_member(store, member, actor=actor)
    if as_json:
        print_json({"removed": member})
        return
    typer.echo(f"{member} is removed, and so are the roles.")
