"""Verify, show, export and end the audit log; destroy the key of a user's name.

`verify` proves that no record was edited, removed, reordered or inserted.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli import _audit_end
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when


class Format(StrEnum):
    """What an export looks like."""

    JSONL = "jsonl"
    OCSF = "ocsf"


_SHOWN = 300  # of a record in a table, which is for finding it
app = typer.Typer(
    help="Verify, show, export and end the audit log.", no_args_is_help=True, add_completion=False
)


@app.command()
def verify(
    data: Data = DEFAULT_DATA,
    public_key: Annotated[
        Path | None, typer.Option(help="A copy of audit.pub that was kept elsewhere.")
    ] = None,
    head: Annotated[
        Path | None, typer.Option(help="A copy of audit.head that was kept elsewhere.")
    ] = None,
    checkpoints: Annotated[
        Path | None, typer.Option(help="A copy of audit.checkpoints that was kept elsewhere.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Prove that no record was edited, removed, reordered or inserted (exit 5 if one was)."""
    from seawall.store.verify import verify_folder

    report = verify_folder(data, public_key, head, checkpoints)
    if as_json:
        print_json(report)
        return 0 if report.ok else 5
    print_table(
        ("audit log", data),
        (
            ("result", "verified" if report.ok else "DOES NOT VERIFY"),
            ("records", report.records),
            *([("ended", f"records 1 to {report.ended}")] if report.ended else []),
            ("signed up to", f"record {report.head_seq}, {when(report.head_time / 1e9)}"),
            ("checkpoints", report.checkpoints),
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
    from seawall.cli._actor import open_as_reader
    from seawall.core.roles import Permission
    from seawall.store.verify import last_seq, records

    store = open_as_reader(data, Permission.AUDIT_READ)
    start = max(0, last_seq(store) - last) if after is None else after
    found = records(store, after=start, limit=last)
    if as_json:
        for record in found:
            print_json(record)
        return
    rows = [
        (record.seq, when(record.time / 1e9), _beginning(_text(record.body)), record.hash[:12])
        for record in found
    ]
    print_table(("seq", "time", "record", "hash"), rows)


@app.command()
def export(
    data: Data = DEFAULT_DATA,
    form: Annotated[
        Format, typer.Option("--format", help="jsonl: records as they are. ocsf: OCSF events.")
    ] = Format.JSONL,
    after: Annotated[int, typer.Option(min=0, help="Start after this record.")] = 0,
    user: Annotated[str, typer.Option(help="Only the records of this end user.")] = "",
    record_integrity: Annotated[
        bool, typer.Option("--record-integrity", help="OCSF 1.9: bind each event to the last.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print records for a SIEM or an auditor, one line of JSON each."""
    from seawall import __version__
    from seawall.cli._actor import open_as_reader, users_of
    from seawall.core.errors import InputError
    from seawall.core.roles import Permission
    from seawall.store.db import open_store
    from seawall.store.export import events, jsonl, name_of

    if record_integrity and (form is not Format.OCSF or user):
        raise InputError("--record-integrity takes --format ocsf and every record, so no --user.")
    store = open_as_reader(data, Permission.AUDIT_READ)
    users = users_of(open_store(data, must_exist=True)) if user else None
    name = name_of(users, user) if users else ""
    lines = (
        jsonl(store, after=after, user=name)
        if form is Format.JSONL
        else events(store, after=after, user=name, integrity=record_integrity, version=__version__)
    )
    for line in lines:
        print_json(line)


@app.command()
def erase(
    user: Annotated[str, typer.Argument(help="The end user's id, as the application sends it.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Destroy the key of a user's name, acceptances and content; records can't be told theirs.

    Exit 2 where nothing is kept of such a user, 3 where the pepper is not that of the data folder.
    """
    from seawall.cli._actor import open_as_writer
    from seawall.core.errors import NotFoundError
    from seawall.core.roles import Permission
    from seawall.store.audit_users import CACHE_SECONDS, AuditUsers
    from seawall.store.erasure import erase_user

    store, actor = open_as_writer(data, Permission.AUDIT_ERASE)
    gone = erase_user(store, AuditUsers(store), user, actor=actor)
    if gone.nothing:
        raise NotFoundError(
            "No such user: nothing is kept under this id, so nothing was erased.",
            hint="Write the id exactly as the application sends it.",
        )
    if as_json:
        print_json(gone)
        return
    typer.echo("The key was destroyed." if gone.erased else "The audit log knows no such user.")
    typer.echo(
        f"Acceptances erased: {gone.acceptances}. Requests without their content: {gone.captures}. "
        f"Kept responses erased: {gone.turns}. Calls that waited: {gone.approvals}. "
        f"Courses passed: {gone.training}. Days counted by limits: {gone.counted}."
    )
    typer.echo(
        f"A gateway that runs forgets the key within {CACHE_SECONDS:g} seconds; it counts under a "
        "digest of the id until the day or month is over."
    )


@app.command()
def key(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Print the public key that verifies the log; keep a copy elsewhere."""
    from seawall.store.chain import PUBLIC_FILE, fingerprint, load_public, public_pem
    from seawall.store.db import database_path

    public = load_public(database_path(data).parent / PUBLIC_FILE)
    pem = public_pem(public).decode()
    if as_json:
        print_json({"public_key": pem, "fingerprint": fingerprint(public)})
        return
    typer.echo(pem, nl=False)
    typer.echo(f"fingerprint {fingerprint(public)}", err=True)


for _command in (_audit_end.prune, _audit_end.hold, _audit_end.holds, _audit_end.lift):
    app.command()(_command)


def _beginning(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _text(body: object) -> str:
    import msgspec

    return msgspec.json.encode(body).decode()
