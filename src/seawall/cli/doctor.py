"""Check that everything Seawall needs is there and works."""

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table


def command(
    data: Data = DEFAULT_DATA,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port the gateway will use.")] = 8080,
    as_json: Json = False,
) -> int:
    """Check python, the guard's parts, the data folder and the port (exit 3 or 5 on a problem)."""
    from seawall.cli._checks import EXIT_CODES, all_checks

    results = [check() for check in all_checks(Path(data), port).values()]
    worst = max(EXIT_CODES[result.state] for result in results)
    if as_json:
        print_json({"ok": worst == 0, "checks": results})
        return worst
    rows = [(one.name, one.state, one.detail, one.hint) for one in results]
    print_table(("check", "state", "detail", "what to do"), rows)
    return worst
