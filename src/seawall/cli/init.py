"""Answer the profile's questions, one by one; each answer is written at once."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.assess.interview.file import ProfileFile
    from seawall.core.profile import Profile


def command(
    profile: Annotated[Path, typer.Argument(help="The profile to write (YAML).")] = Path(
        "profile.yaml"
    ),
    answers: Annotated[
        Path | None, typer.Option(help="File of answers (YAML): asks nothing.")
    ] = None,
    application: Annotated[str, typer.Option(help="The application's id, for a new file.")] = "",
    title: Annotated[str, typer.Option(help="Its name for people.")] = "",
    currency: Annotated[str, typer.Option(help="Currency of its money facts.")] = "",
    per_eur: Annotated[float | None, typer.Option(help="How many of it one EUR buys.")] = None,
    owner: Annotated[str, typer.Option(help="Who answers; else your user name.")] = "",
    unknown: Annotated[bool, typer.Option("--unknown", help="Ask again what is unknown.")] = False,
    show: Annotated[
        bool, typer.Option("--list", help="Show what is still to be asked, ask nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ask the catalogue's questions in the terminal, or take the answers from a file.

    Goes on where it stopped. `unknown` is an answer; `skip`, `back`, `quit` and `help` work at
    every question; an empty line keeps the answer that is shown.
    """
    from seawall.assess.interview.file import ProfileFile
    from seawall.catalog.load import load_catalog

    file = ProfileFile(profile, load_catalog().questions)
    today = datetime.now(UTC).date().isoformat()
    head = {"application": application, "title": title, "currency": currency, "per_eur": per_eur}
    if show:
        _show(file, as_json)
        return
    if answers is not None:
        _from_file(file, answers, head, today, owner or _user())
    else:
        _in_terminal(file, head, today, owner or _user(), again=unknown)
    _summary(file, as_json)


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""


def _from_file(
    file: "ProfileFile", path: Path, head: dict[str, Any], today: str, owner: str
) -> None:
    from seawall.assess.interview.answers import read_answers
    from seawall.catalog.load import load_catalog

    found = read_answers(path, load_catalog().questions, today=today, owner=owner)
    given = {**found.head, **{key: value for key, value in head.items() if value}}
    if not file.exists:
        _create(file, {"application": file.path.stem, **given})
    _left_out(file, given)
    known = file.load().facts
    file.put({key: fact for key, fact in found.facts.items() if known.get(key) != fact})
    file.follow(today)


def _left_out(file: "ProfileFile", given: dict[str, Any]) -> None:
    """Say what a profile that is there keeps, though the answers say otherwise."""
    from seawall.core.profile import short_id

    profile = file.load()
    for key, value in given.items():
        kept = getattr(profile, key)
        if kept != (short_id(str(value)) if key == "application" else value):
            typer.echo(f"{key} stays {kept!r}, not {value!r}: change it in {file.path}.", err=True)


def _create(file: "ProfileFile", head: dict[str, Any]) -> None:
    from seawall.core.errors import InputError

    currency = head.get("currency") or "EUR"
    rate = head.get("per_eur")
    if currency != "EUR" and not rate:
        raise InputError(
            f"How many {currency} does one EUR buy? The catalogue's losses are in EUR.",
            hint="Say it with --per-eur, or as per_eur in the file of answers.",
        )
    file.create(
        head["application"], title=head.get("title") or "", currency=currency, per_eur=rate or 1.0
    )


def _in_terminal(
    file: "ProfileFile", head: dict[str, Any], today: str, owner: str, *, again: bool
) -> None:
    from seawall.assess.interview.session import Session
    from seawall.catalog.load import load_catalog
    from seawall.cli import _ask
    from seawall.core.errors import InputError

    if not sys.stdin.isatty():
        raise InputError(
            "There is no terminal to ask in.",
            hint="Give the answers with --answers FILE; `seawall init --list` shows the questions.",
        )
    if not file.exists:
        _create(file, _ask.head(head, file.path.stem))
        typer.echo(
            f"Is there a repository? `seawall discover DIR --profile {file.path}` fills in what "
            "its code shows: quit, run it, and go on here."
        )
    session = Session(file, load_catalog().questions, today=today, owner=owner, again=again)
    _ask.talk(session)


def _show(file: "ProfileFile", as_json: bool) -> None:
    from seawall.assess.interview.relevance import pending
    from seawall.catalog.load import load_catalog
    from seawall.core.profile import Profile

    questions = load_catalog().questions
    profile = file.load() if file.exists else Profile(application="", title="", facts={})
    rows = tuple(pending(questions, profile))
    if as_json:
        print_json([
            {"id": q.id, "fact": q.fact, "ask": q.ask, "why": q.why, "type": q.type,
             "options": q.options, "discovered": profile.facts.get(q.fact)} for q in rows
        ])  # fmt: skip
        return
    found = sum(q.fact in profile.facts for q in rows)
    seen = f"; {found} have an answer that was found, to confirm" if found else ""
    print_table(
        ("id", "fact", "question", "answers", "found"),
        [
            (q.id, q.fact, q.ask, ", ".join(q.options) or q.type, _found(profile, q.fact))
            for q in rows
        ],
        title=f"{len(rows)} questions are open{seen}",
    )


def _found(profile: "Profile", fact: str) -> str:
    from seawall.assess.applicability import shown

    known = profile.facts.get(fact)
    return "" if known is None or known.value is None else shown(known.value)


def _summary(file: "ProfileFile", as_json: bool) -> None:
    from seawall.assess.interview.relevance import pending
    from seawall.catalog.load import load_catalog

    profile = file.load()
    open_now = tuple(pending(load_catalog().questions, profile))
    unknown = tuple(key for key, fact in profile.facts.items() if fact.value is None)
    known = len(profile.facts) - len(unknown)
    found = sum(question.fact in profile.facts for question in open_now)
    if as_json:
        print_json({
            "profile": str(file.path), "application": profile.application, "known": known,
            "unknown": unknown, "open": [question.fact for question in open_now],
        })  # fmt: skip
        return
    _tell(file.path, known - found, found, len(unknown), len(open_now) - found)


def _tell(path: Path, known: int, found: int, unknown: int, left: int) -> None:
    """Say how many questions are in each state; together they are all that matter here."""
    seen = f"{found} found and not confirmed, " if found else ""
    typer.echo(f"{path}: {known} answered, {seen}{unknown} unknown, {left} not asked yet.")
    named = quote(str(path))
    if left + found:
        typer.echo(f"`seawall init {named}` goes on there.")
    if unknown:
        typer.echo(f"`seawall init {named} --unknown` asks the unknown ones again.")
    typer.echo(f"Next: seawall assess {named}")
