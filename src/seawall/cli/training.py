"""Teach users and staff: courses with a quiz, and who passed what until when."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import day_or_today, today
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.govern.people.courses import Course, Grade

app = typer.Typer(
    help="Teach users and staff: courses with a quiz, and who passed what until when.",
    no_args_is_help=True,
    add_completion=False,
)
Name = Annotated[str, typer.Argument(help="The course's id, for example basics.")]
Application = Annotated[str, typer.Option(help="The application, as its profile names it.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the courses."""
    from seawall.govern.people.courses import load_courses

    courses = load_courses()
    if as_json:
        print_json(list(courses.values()))
        return
    print_table(
        ("course", "for", "title", "minutes", "questions", "counts for days", "controls"),
        [
            (one.id, one.audience, one.title, one.minutes, len(one.quiz), one.valid_days,
             ", ".join(one.controls))
            for one in courses.values()
        ],
    )  # fmt: skip


@app.command()
def show(course: Name, as_json: Json = False) -> None:
    """Show the lessons and the questions of a course."""
    from seawall.govern.people.courses import course_of

    found = course_of(course)
    if as_json:
        print_json(found)
        return
    _lessons(found)
    for number, question in enumerate(found.quiz, 1):
        _question(number, question.ask, question.options)


@app.command()
def take(
    course: Name,
    application: Application,
    person: Annotated[str, typer.Option(help="Who takes it: the id that the directory has.")],
    answer: Annotated[
        list[int] | None, typer.Option(help="An answer's number, once for each question.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> int:
    """Take the quiz and record that it was passed; exit 4 where it was not."""
    from seawall.cli._actor import open_as_writer
    from seawall.core.errors import InputError
    from seawall.govern.people.courses import course_of, grade
    from seawall.govern.people.training import complete

    found = course_of(course)
    if as_json and not answer:
        raise InputError("--json needs the answers: --answer 2 --answer 1 ...")
    result = grade(found, answer or _ask(found))
    if not result.passed:
        if as_json:
            print_json({"grade": result, "entry": None})
        else:
            _failed(found, result)
        return 4
    store, actor = open_as_writer(data, Permission.REGISTERS_WRITE, must_exist=False)
    entry = complete(store, application, found, person, result, today=today(), actor=actor)
    if as_json:
        print_json({"grade": result, "entry": entry})
    else:
        typer.echo(f"{entry.entry_id}: {person} passed {course} until {entry.body['until']}.")
    return 0


@app.command()
def done(
    application: Annotated[str, typer.Option(help="Only this application.")] = "",
    on: Annotated[str, typer.Option(help="As of this day (ISO); today by default.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """List who passed what, until when, and what counts no more."""
    from seawall.cli._grounds import reading
    from seawall.govern.people.courses import load_courses
    from seawall.govern.people.training import completed, standing

    day, courses = day_or_today(on, "--on"), load_courses()
    found = completed(reading(data), application)
    if as_json:
        print_json([{"entry": entry, "ended": standing(one, courses, day)} for entry, one in found])
        return
    print_table(
        ("id", "application", "person", "course", "version", "right", "until", "state"),
        [
            (entry.entry_id, entry.application, one.person, one.course, one.version,
             f"{one.correct} of {one.of}", one.until, standing(one, courses, day) or "counts")
            for entry, one in found
        ],
    )  # fmt: skip


@app.command()
def due(
    decisions: Annotated[Path, typer.Option(help="The file that says who needs which course.")],
    application: Application,
    on: Annotated[str, typer.Option(help="As of this day (ISO); today by default.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> int:
    """List who needs a course and has none that counts; exit 4 where somebody does."""
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import reading
    from seawall.cli._registers import teams_of
    from seawall.govern.people.courses import load_courses
    from seawall.govern.people.training import completed, missing
    from seawall.govern.release.decisions import load_decisions

    required = load_decisions(decisions, load_catalog()).training
    store = reading(data)
    passed = [one for _, one in completed(store, application)]
    day = day_or_today(on, "--on")
    found = missing(required, passed, load_courses(), teams_of(store), day)
    if as_json:
        print_json(found)
    else:
        rows = [(one.function, one.course, one.person, one.why) for one in found]
        print_table(("function", "course", "person", "why"), rows)
    return 4 if found else 0


def _lessons(course: "Course") -> None:
    typer.echo(f"{course.title} ({course.minutes} minutes)\n")
    for lesson in course.lessons:
        typer.echo(f"{lesson.title}\n  {lesson.text}\n")


def _question(number: int, ask: str, options: tuple[str, ...]) -> None:
    typer.echo(f"{number}. {ask}")
    for place, option in enumerate(options, 1):
        typer.echo(f"   {place}) {option}")


def _ask(course: "Course") -> list[int]:
    """Show the lessons, then ask each question in the terminal."""
    _lessons(course)
    answers = []
    for number, question in enumerate(course.quiz, 1):
        _question(number, question.ask, question.options)
        answers.append(typer.prompt("Your answer", type=int))
    return answers


def _failed(course: "Course", result: "Grade") -> None:
    typer.echo(
        f"{result.correct} of {result.of} are right, {course.pass_at} are needed. "
        "Nothing was recorded; take it again when you like."
    )
    for one in result.wrong:
        typer.echo(f"  {one.question}. {one.why}")
