"""List what each role may do, grant a role to a member, and revoke it."""

from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import PERMISSIONS, Permission, Role, require

app = typer.Typer(
    help="List what each role may do, grant a role to a member, and revoke it.",
    no_args_is_help=True,
    add_completion=False,
)
Member = Annotated[str, typer.Argument(help="ISSUER:SUBJECT, as `seawall members list` shows it.")]
Name = Annotated[str, typer.Argument(help="The role, as `seawall roles list` names it.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the roles with everything that each may do."""
    table = {role: sorted(PERMISSIONS[role]) for role in Role}
    if as_json:
        print_json(table)
        return
    rows = [
        (permission, *("yes" if permission in PERMISSIONS[role] else "" for role in Role))
        for permission in Permission
    ]
    print_table(("may", *Role), rows)


@app.command()
def grant(member: Member, role: Name, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Give a member one more role."""
    _change(member, role, data, as_json, held=True)


@app.command()
def revoke(member: Member, role: Name, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Take one role from a member; it ends with the next request."""
    _change(member, role, data, as_json, held=False)


def _change(member: str, role: str, data: str, as_json: bool, *, held: bool) -> None:
    from seawall.cli._actor import open_as_writer
    from seawall.store.directory import change_role

    store, actor = open_as_writer(data, Permission.MEMBERS_WRITE)
    require(actor, Permission.ROLES_GRANT)
    found = change_role(store, member, role, held=held, actor=actor)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{member} has {', '.join(found.roles) or 'no role'}.")
