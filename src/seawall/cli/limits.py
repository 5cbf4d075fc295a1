"""Show what functions, teams, users, keys and sessions used today and this month."""

import time

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import Permission

app = typer.Typer(
    help="Show what functions, teams, users and keys used today and this month.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def main() -> None:
    """Show what functions, teams, users and keys used today and this month."""


@app.command()
def show(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List who used what, in UTC days and months (JSON: one a line).

    Functions are always counted; of the others, those for whom the policy limits days or months.
    """
    from seawall.cli._actor import open_as_reader
    from seawall.gateway.books import used_now

    store = open_as_reader(data, Permission.LIMITS_READ)
    found = used_now(store, time.time())
    if as_json:
        for one in found:
            print_json(one)
        return
    if not found:
        typer.echo("Nothing was used this month.")
        return
    rows = [
        (one.scope, one.name, *(f"{period.requests}, {period.tokens}, {_amount(period.cost)}"
                                for period in (one.today, one.month)))
        for one in found
    ]  # fmt: skip
    print_table(("scope", "name", "today: requests, tokens, cost", "this month"), rows)


def _amount(cost: float) -> str:
    """Return a cost to the millionth, without an exponent."""
    return f"{cost:.6f}".rstrip("0").rstrip(".")
