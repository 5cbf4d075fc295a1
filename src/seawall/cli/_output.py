"""What every command prints with: JSON on stdout, or a table for people."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Data = Annotated[str, typer.Option("--data", help="Folder that holds Seawall's data.")]
DrillsFile = Annotated[
    Path | None, typer.Option("--drills", help="A file of `seawall drill`, as evidence.")
]
DEFAULT_DATA = "seawall-data"


def print_json(value: Any) -> None:
    """Print a value (msgspec structs too) as one line of JSON."""
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """Print rows as a table as wide as it must be; cells are text, never markup, and whole.

    A sign that nobody would see, or that turns what stands behind it round, is written as a number.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_seen(str(cell))) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)


def _seen(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(x if x == "\n" or x.isprintable() else f"\\u{ord(x):04x}" for x in text)


def when(seconds: float | None) -> str:
    """Return Unix seconds as UTC text; a dash for None."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
