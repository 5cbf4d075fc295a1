"""Keep the register of vendors: what they answered, who decided, when to look again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._actor import open_as_writer
from seawall.cli._input import day_or_today, read_day, today
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.store.registers import Entry

app = typer.Typer(
    help="Keep the register of vendors: what they answered, who decided, when to look again.",
    no_args_is_help=True,
    add_completion=False,
)
Id = Annotated[str, typer.Argument(help="The vendor's id, ven_...")]
Why = Annotated[str, typer.Option(help="Why.")]


@app.command()
def questions(as_json: Json = False) -> None:
    """List what a vendor is asked, and which answer is fine."""
    from seawall.govern.people.vendors import load_questions

    found = load_questions()
    if as_json:
        print_json(list(found.values()))
        return
    print_table(
        ("id", "question", "fine is", "must", "why"),
        [
            (one.id, one.ask, "yes" if one.wanted else "no", "must" if one.must else "", one.why)
            for one in found.values()
        ],
    )


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The vendor.")],
    service: Annotated[str, typer.Option(help="What you use of it: the model, the tool.")],
    application: Annotated[str, typer.Option(help="The application, as its profile names it.")],
    owner: Annotated[str, typer.Option(help="Who answers for it in your house.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Add a vendor's service, to be asked."""
    from seawall.govern.people.vendors import add as add_vendor

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE, must_exist=False)
    entry = add_vendor(store, application, name, service, owner, actor=actor)
    _say(entry, f"{entry.entry_id}: added. `seawall vendor questions` lists what to ask.", as_json)


@app.command()
def answer(
    entry_id: Id,
    question: Annotated[str, typer.Argument(help="The question's id.")],
    value: Annotated[str, typer.Argument(help="yes, no, partly or unknown.")],
    by: Annotated[str, typer.Option(help="Who found it out, by name.")],
    note: Annotated[str, typer.Option(help="How they know: the page of the contract.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="A file that shows it; only its hash is kept.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Record an answer; a vendor that was decided about is to be decided again."""
    from seawall.core.errors import InputError
    from seawall.govern.people.vendors import answer as record

    shown = None
    if file is not None:
        try:
            shown = (file.name, file.read_bytes())
        except OSError as error:
            raise InputError(f"{file}: cannot be read: {error.strerror}.") from None
    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    entry = record(
        store, entry_id, question, value, by=by, note=note, today=today(), actor=actor, file=shown
    )
    _say(entry, f"{entry_id}: {question} is {value}.", as_json)


@app.command()
def approve(
    entry_id: Id,
    reason: Why,
    review: Annotated[str, typer.Option(help="When to look again, YYYY-MM-DD; within a year.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Approve a vendor until its review; another person than who added it."""
    _decide(entry_id, reason, review, data, as_json=as_json)


@app.command()
def reject(entry_id: Id, reason: Why, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Reject a vendor."""
    _decide(entry_id, reason, "", data, as_json=as_json)


def _decide(entry_id: str, reason: str, review: str, data: str, *, as_json: bool) -> None:
    from seawall.govern.people.vendors import decide

    last = read_day(review, "--review") if review else None
    store, actor = open_as_writer(data, Permission.ACCEPTANCES_DECIDE)
    entry = decide(
        store, entry_id, approve=last is not None, reason=reason, review=last, today=today(),
        actor=actor,
    )  # fmt: skip
    until = f" until {review}" if review else ""
    _say(entry, f"{entry_id}: {entry.body['state']} by {actor.name}{until}.", as_json)


@app.command()
def withdraw(entry_id: Id, reason: Why, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Record that a vendor is not used any more."""
    from seawall.govern.people.vendors import withdraw as withdraw_vendor

    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE)
    entry = withdraw_vendor(store, entry_id, reason, actor=actor)
    _say(entry, f"{entry_id}: withdrawn.", as_json)


@app.command("list")
def list_(
    application: Annotated[str, typer.Option(help="Only this application.")] = "",
    on: Annotated[str, typer.Option(help="As of this day (ISO); today by default.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """List vendors with their state, what is open, and when to look again."""
    from seawall.cli._grounds import reading
    from seawall.govern.people.vendors import against, standing, vendors

    day, found = day_or_today(on, "--on"), vendors(reading(data), application)
    if as_json:
        print_json(
            [
                {"entry": entry, "why_not": standing(one, day), "open": against(one)}
                for entry, one in found
            ]
        )
        return
    print_table(
        ("id", "vendor", "service", "owner", "state", "open (must)", "review", "why not"),
        [
            (entry.entry_id, one.name, one.service, one.owner, one.state,
             f"{len(against(one))} ({sum(gap.must for gap in against(one))})", one.review or "-",
             standing(one, day) or "-")
            for entry, one in found
        ],
    )  # fmt: skip


@app.command()
def show(entry_id: Id, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Show every question with the answer, who gave it and when."""
    from seawall.cli._grounds import reading
    from seawall.govern.people.vendors import against, load_questions, read
    from seawall.store.registers import entry_of

    entry = entry_of(reading(data), entry_id)
    found = read(entry)
    if as_json:
        print_json({"entry": entry, "open": against(found)})
        return
    typer.echo(f"{found.name}, {found.service}: {found.state}. {found.reason}".rstrip())
    rows = []
    for key, question in load_questions().items():
        given = found.answers.get(key)
        fine = "yes" if question.wanted else "no"
        who = ("-", "-", "-") if given is None else (given.by, given.date, given.note or "-")
        rows.append((key, question.ask, given.value if given else "not answered", fine, *who))
    print_table(("id", "question", "answer", "fine is", "by", "date", "note"), rows)


def _say(entry: "Entry", sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(entry)
    else:
        typer.echo(sentence)
