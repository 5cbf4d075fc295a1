"""The register of training: who passed which course, until when, and who still has to."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from seawall.core.errors import InputError
from seawall.core.roles import Actor
from seawall.govern.people.courses import Course, Grade
from seawall.govern.status.model import EvidenceItem
from seawall.store.db import Store
from seawall.store.registers import Body, Entry, add_entry, entries


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """One course passed by one person, as stored. `date` and `until` are ISO days, inclusive.

    `digest` is the SHA-256 of what was taught; `correct` of `of` answers were right.
    """

    course: str
    version: int
    digest: str
    person: str
    correct: int
    of: int
    date: str
    until: str


class Required(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A function whose people need a course: named ones, or the members of a team."""

    function: str
    course: str
    people: tuple[str, ...] = ()
    team: str = ""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who needs a course and has none that counts; `why` as a sentence."""

    function: str
    course: str
    person: str
    why: str


def complete(
    store: Store, application: str, course: Course, person: str, found: Grade, *, today: date,
    actor: Actor,
) -> Entry:  # fmt: skip
    """Record that somebody passed a course. Raises InputError for no name, or a quiz not passed."""
    if not person.strip():
        raise InputError("Say who took the course.")
    if not found.passed:
        raise InputError(
            f"{found.correct} of {found.of} answers are right, and {course.pass_at} are needed.",
            hint=f"`seawall training show {course.id}` shows the lessons.",
        )
    done = Completion(
        course=course.id,
        version=course.version,
        digest=course.digest,
        person=person.strip(),
        correct=found.correct,
        of=found.of,
        date=today.isoformat(),
        until=(today + timedelta(days=course.valid_days)).isoformat(),
    )
    body: Body = msgspec.to_builtins(done)
    return add_entry(store, "training", application, body, actor=actor, action="complete")


def read(entry: Entry) -> Completion:
    """Return the completion that an entry holds. Raises InputError for another kind."""
    if entry.kind != "training":
        raise InputError(f"{entry.entry_id} is no training.")
    return msgspec.convert(entry.body, Completion)


def completed(store: Store, application: str = "") -> list[tuple[Entry, Completion]]:
    """Return who passed what (all applications for an empty name), oldest first."""
    return [(entry, read(entry)) for entry in entries(store, "training", application)]


def standing(done: Completion, courses: Mapping[str, Course], today: date) -> str:
    """Return why a completion counts no more, as a sentence; empty where it counts."""
    day, course = today.isoformat(), courses.get(done.course)
    if course is None:
        return f"The course {done.course} is given no more."
    if course.version != done.version:
        return f"{done.person} passed version {done.version}; {course.version} is given now."
    if done.until < day:
        return f"What {done.person} passed on {done.date} ended on {done.until}."
    return f"{done.person} passes on {done.date} only." if done.date > day else ""


def missing(
    required: Sequence[Required], done: Sequence[Completion], courses: Mapping[str, Course],
    teams: Mapping[str, Sequence[str]], today: date,
) -> list[Missing]:  # fmt: skip
    """Return who needs a course and has none that counts.

    `teams` are members by team. A requirement that names nobody, or a team without members, is
    missing too: nobody was trained.
    """
    return [one for need in required for one in _missing(need, done, courses, teams, today)]


def _missing(
    need: Required, done: Sequence[Completion], courses: Mapping[str, Course],
    teams: Mapping[str, Sequence[str]], today: date,
) -> list[Missing]:  # fmt: skip
    people = dict.fromkeys([*need.people, *teams.get(need.team, ())])
    if not people:
        whom = f"the team {need.team!r} has no members" if need.team else "it names nobody"
        why = f"{need.function} needs {need.course}, and {whom}."
        return [Missing(function=need.function, course=need.course, person=need.team, why=why)]
    found = []
    for person in people:
        mine = [one for one in done if (one.person, one.course) == (person, need.course)]
        ends = [standing(one, courses, today) for one in mine]
        if all(ends):
            said = ends[-1] if ends else f"{person} has not passed it."
            text = f"{need.function} needs the course {need.course}. {said}"
            found.append(
                Missing(function=need.function, course=need.course, person=person, why=text)
            )
    return found


def evidence(
    required: Sequence[Required], done: Sequence[Completion], courses: Mapping[str, Course],
    teams: Mapping[str, Sequence[str]], today: date,
) -> dict[str, list[EvidenceItem]]:  # fmt: skip
    """Return what training shows, by control: one item for each requirement."""
    shown: dict[str, list[EvidenceItem]] = {}
    for need in required:
        gaps = _missing(need, done, courses, teams, today)
        course = courses.get(need.course)
        people = dict.fromkeys([*need.people, *teams.get(need.team, ())])
        live = [
            one for one in done
            if one.course == need.course and one.person in people
            and not standing(one, courses, today)
        ]  # fmt: skip
        said = gaps[0].why if gaps else f"All {len(people)} people of {need.function} passed it."
        item = EvidenceItem(
            source="training",
            subject=f"{need.function}/{need.course}",
            sentence=said,
            holds=not gaps,
            date="" if gaps else max((one.date for one in live), default=""),
            until="" if gaps else _first_end(live),
        )
        for control in course.controls if course else ():
            shown.setdefault(control, []).append(item)
    return shown


def _first_end(live: Sequence[Completion]) -> str:
    """Return when the first person's training ends, counting each person's latest."""
    latest: dict[str, str] = {}
    for one in live:
        latest[one.person] = max(latest.get(one.person, ""), one.until)
    return min(latest.values(), default="")
