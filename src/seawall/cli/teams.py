"""Create, list and remove teams, which keys and members belong to."""

from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission

app = typer.Typer(
    help="Create, list and remove teams, which keys and members belong to.",
    no_args_is_help=True,
    add_completion=False,
)
Team = Annotated[str, typer.Argument(help="The team's id; keys and limits name it.")]


@app.command()
def create(
    team: Team,
    name: Annotated[str, typer.Option(help="Its name for people.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Create a team, or rename one that is there."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.directory import put_team

    store, actor = open_as_writer(data, Permission.TEAMS_WRITE)
    made = put_team(store, team, name, actor=actor)
    if as_json:
        print_json(made)
        return
    typer.echo(f"The team {team} is there; `seawall members create` fills it.")


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List every team."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.directory import list_teams

    store = open_as_reader(data, Permission.TEAMS_READ)
    found = list_teams(store)
    if as_json:
        print_json(found)
        return
    print_table(("team", "name", "created"), [(t.team, t.name, when(t.created)) for t in found])


@app.command()
def remove(team: Team, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Remove a team that no member and no key belongs to."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.directory import remove_team

    store, actor = open_as_writer(data, Permission.TEAMS_WRITE)
    remove_team(store, team, actor=actor)
    if as_json:
        print_json({"removed": team})
        return
    typer.echo(f"The team {team} is removed.")
