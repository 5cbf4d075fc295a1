"""Verify and show the audit log.

`verify` proves that no record was edited, removed, reordered or inserted.
"""

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when

app = typer.Typer(help="Verify and show the audit log.", no_args_is_help=True, add_completion=False)


@app.command()
def verify(
    data: Data = DEFAULT_DATA,
    public_key: Annotated[
        Path | None, typer.Option(help="A copy of audit.pub that was kept elsewhere.")
    ] = None,
    head: Annotated[
        Path | None, typer.Option(help="A copy of audit.head that was kept elsewhere.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Prove that no record was edited, removed, reordered or inserted (exit 5 if one was)."""
    from seawall.store.verify import verify_folder

    report = verify_folder(data, public_key, head)
    if as_json:
        print_json(report)
        return 0 if report.ok else 5
    print_table(
        ("audit log", data),
        (
            ("result", "verified" if report.ok else "DOES NOT VERIFY"),
            ("records", report.records),
            ("signed up to", f"record {report.head_seq}, {when(report.head_time / 1e9)}"),
            ("public key", report.key or "-"),
        ),
    )
    for line in (*report.problems, *report.notes):
        typer.echo(line)
    return 0 if report.ok else 5


@app.command()
def show(
    data: Data = DEFAULT_DATA,
    last: Annotated[int, typer.Option(min=1, help="How many of the newest records.")] = 20,
    after: Annotated[int | None, typer.Option(min=0, help="Start after this record.")] = None,
    as_json: Json = False,
) -> None:
    """Show records: the newest ones, or those after a given one (JSON: one a line)."""
    from seawall.store.db import open_for_reading
    from seawall.store.verify import last_seq, records

    store = open_for_reading(data)
    start = max(0, last_seq(store) - last) if after is None else after
    found = records(store, after=start, limit=last)
    if as_json:
        for record in found:
            print_json(record)
        return
    rows = [
        (record.seq, when(record.time / 1e9), _text(record.body), record.hash[:12])
        for record in found
    ]
    print_table(("seq", "time", "record", "hash"), rows)


def _text(body: object) -> str:
    import msgspec

    return msgspec.json.encode(body).decode()
