"""Review who holds which key and role: open, decide line by line, close."""

from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._actor import open_as_writer
from seawall.cli._input import read_day, today
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.store.registers import Entry

app = typer.Typer(
    help="Review who holds which key and role: open, decide line by line, close.",
    no_args_is_help=True,
    add_completion=False,
)
Id = Annotated[str, typer.Argument(help="The review's id, rev_...")]
Subject = Annotated[str, typer.Argument(help="The key's id, or member:ISSUER:SUBJECT.")]
_MEMBER = "member:"
Why = Annotated[str, typer.Option(help="Why.")]


@app.command()
def start(
    application: Annotated[str, typer.Option(help="The application, as its profile names it.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Open a review of every key that works today, and of everybody with a role."""
    from seawall.govern.people.access import read
    from seawall.govern.people.access import start as start_it

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    entry = start_it(store, application, today=today(), actor=actor)
    lines = len(read(entry).lines)
    _say(entry, f"{entry.entry_id}: {lines} keys and roles to decide about.", as_json)


@app.command()
def show(entry_id: Id, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Show who holds what, and what was decided."""
    from seawall.cli._grounds import reading
    from seawall.govern.people.access import read
    from seawall.store.registers import entry_of

    entry = entry_of(reading(data), entry_id)
    found = read(entry)
    if as_json:
        print_json(entry)
        return
    print_table(
        ("key or person", "holder", "rights", "since", "decision", "by", "why"),
        [
            (key, one.holder, one.rights, one.since, one.verdict or "open", one.by, one.reason)
            for key, one in found.lines.items()
        ],
        title=f"{entry_id}: {entry.application}, {found.state}, opened on {found.opened}",
    )


@app.command()
def keep(
    entry_id: Id, subject: Subject, reason: Why, data: Data = DEFAULT_DATA, as_json: Json = False
) -> None:
    """Decide that a key or a role is still needed; nobody does so for their own."""
    _decide(entry_id, subject, "keep", reason, data, as_json)


@app.command()
def revoke(
    entry_id: Id, subject: Subject, reason: Why, data: Data = DEFAULT_DATA, as_json: Json = False
) -> None:
    """Decide that a key or a role must go; `seawall keys revoke` or `access drop` takes it away."""
    _decide(entry_id, subject, "withdraw", reason, data, as_json)


@app.command()
def drop(
    member: Annotated[str, typer.Argument(help="Whose roles end, [member:]ISSUER:SUBJECT.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Take every role of a person away, at once; they stay in their team."""
    from seawall.store.directory import end_roles

    store, actor = open_as_writer(data, Permission.MEMBERS_WRITE)
    found = end_roles(store, member.removeprefix(_MEMBER), actor=actor)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found.member} holds no role any more.")


@app.command()
def close(
    entry_id: Id,
    until: Annotated[str, typer.Option(help="The last day it counts; 180 days if left out.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Close a review in which every line is decided: it is evidence until its day."""
    from seawall.govern.people.access import close as close_it
    from seawall.govern.people.access import ended, read, said

    last = read_day(until, "--until") if until else None
    store, actor = open_as_writer(data, Permission.ACCEPTANCES_DECIDE)
    entry = close_it(store, entry_id, today=today(), actor=actor, until=last)
    found = read(entry)
    left = ended(store, entry.application, found)
    warning = f" It does not count yet: {left}." if left else ""
    _say(entry, f"{entry_id}: {said(found)}, counts until {found.until}.{warning}", as_json)


@app.command()
def withdraw(entry_id: Id, reason: Why, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """End a review at once: it counts no more."""
    from seawall.govern.people.access import withdraw as end

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    _say(end(store, entry_id, reason, actor=actor), f"{entry_id}: withdrawn.", as_json)


@app.command("list")
def list_(
    application: Annotated[str, typer.Option(help="Only this application.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """List reviews, and why one does not count."""
    from seawall.cli._grounds import reading
    from seawall.govern.people.access import ended, reviews, said

    store = reading(data)
    rows = [
        (entry, one, ended(store, entry.application, one) if one.closed else "it is not closed")
        for entry, one in reviews(store, application)
    ]
    if as_json:
        print_json([{"entry": entry, "why_not": why} for entry, _, why in rows])
        return
    print_table(
        ("id", "application", "state", "what", "until", "does not count, since"),
        [(e.entry_id, e.application, r.state, said(r), r.until, why) for e, r, why in rows],
    )


def _decide(
    entry_id: str, subject: str, verdict: str, reason: str, data: str, as_json: bool
) -> None:
    from seawall.govern.people.access import decide, read

    store, actor = open_as_writer(data, Permission.ACCEPTANCES_DECIDE)
    entry = decide(store, entry_id, subject, verdict, reason=reason, today=today(), actor=actor)
    left = sum(not line.verdict for line in read(entry).lines.values())
    end = "access drop" if subject.startswith(_MEMBER) else "keys revoke"
    word = "stays" if verdict == "keep" else f"must go: seawall {end} {subject}"
    _say(entry, f"{entry_id}: {subject} {word}. {left} left to decide.", as_json)


def _say(entry: "Entry", sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(entry)
        return
    typer.echo(sentence)
