"""Show who accepted which version of an application's usage policy."""

from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission

app = typer.Typer(
    help="Show who accepted which version of an application's usage policy.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def main() -> None:
    """Show who accepted which version of an application's usage policy."""


@app.command()
def accepted(
    application: Annotated[str, typer.Option(help="The application, as the policy names it.")],
    user: Annotated[str, typer.Option(help="Only this end user.")] = "",
    version: Annotated[str, typer.Option(help="Only this version.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """List who accepted which version, and when (JSON: one a line)."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.acceptances import Place, list_acceptances

    store = open_as_reader(data, Permission.CONSENTS_READ)
    rows: list[tuple[str, str, str]] = []
    after: Place | None = None
    while page := list_acceptances(store, application, user=user, version=version, after=after):
        for one in page:
            if as_json:
                print_json(one)
            else:
                rows.append((one.user, one.policy_version, when(one.accepted)))
        after = Place(user=page[-1].user, version=page[-1].policy_version)
    if not as_json:
        print_table(("end user", "version", "accepted"), rows)
