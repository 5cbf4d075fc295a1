"""Courses and the register of training: what is passed, what ends, who is missing."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import govern_samples as samples

from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.roles import Actor, Role
from seawall.govern.people.courses import Course, course_of, grade, load_courses
from seawall.govern.people.training import (
    Completion,
    Required,
    complete,
    completed,
    evidence,
    missing,
    standing,
)
from seawall.govern.release.controls import Release
from seawall.govern.release.decisions import Decisions, load_decisions
from seawall.govern.release.judge import judge_release
from seawall.govern.release.steps import steps
from seawall.govern.status.judge import Grounds, control_states
from seawall.govern.status.model import Vouched
from seawall.store.db import URL_ENV, Store, open_store
from seawall.store.directory import put_member, put_team

CATALOG, COURSES = load_catalog(), load_courses()
TODAY = date(2026, 7, 1)
ANA = Actor(name="key:ana", roles=(Role.OWNER,))
BASICS = COURSES["basics"]
replace = msgspec.structs.replace


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.delenv(URL_ENV, raising=False)
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def right(course: Course) -> list[int]:
    return [question.answer for question in course.quiz]


@pytest.mark.parametrize("course", COURSES.values(), ids=list(COURSES))
def test_every_course_is_fit_to_be_taken(course: Course) -> None:
    assert len(course.quiz) >= 4
    assert len(course.quiz) // 2 < course.pass_at <= len(course.quiz)
    for question in course.quiz:
        assert len(set(question.options)) == len(question.options)
        assert question.why.endswith(".")
    most = Counter(right(course)).most_common(1)[0][1]
    assert most < course.pass_at, "nobody passes with the same number everywhere"
    for key in course.controls:
        assert CATALOG.controls[key].enforce.attestation, f"{key} is measured, not taught"


@pytest.mark.parametrize("course", COURSES.values(), ids=list(COURSES))
def test_a_quiz_is_graded(course: Course) -> None:
    best = grade(course, right(course))
    assert (best.passed, best.correct, best.wrong) == (True, len(course.quiz), ())
    answers = right(course)
    for place in range(len(answers) - course.pass_at + 1):
        answers[place] = answers[place] % len(course.quiz[place].options) + 1
    worse = grade(course, answers)
    assert (worse.passed, worse.correct) == (False, course.pass_at - 1)
    assert [one.question for one in worse.wrong] == list(range(1, len(worse.wrong) + 1))


@pytest.mark.parametrize("answers", [[], [1], [1, 1, 1, 1, 9], [0, 1, 1, 1, 1]])
def test_answers_that_are_none_are_refused(answers: list[int]) -> None:
    with pytest.raises(InputError):
        grade(BASICS, answers)
    with pytest.raises(InputError, match="no course"):
        course_of("juggling")


def passed(store: Store, person: str = "kim", **changes: Any) -> Any:
    fields = {"course": BASICS, "today": TODAY, "application": "shop", **changes}
    course = fields["course"]
    return complete(
        store, fields["application"], course, person, grade(course, right(course)),
        today=fields["today"], actor=ANA,
    )  # fmt: skip


def test_only_a_passed_quiz_is_recorded(store: Store) -> None:
    with pytest.raises(InputError, match="are needed"):
        complete(store, "shop", BASICS, "kim", grade(BASICS, [1] * 5), today=TODAY, actor=ANA)
    with pytest.raises(InputError, match="who took"):
        passed(store, " ")
    assert completed(store) == []
    passed(store)
    ((entry, one),) = completed(store, "shop")
    assert entry.entry_id.startswith("trn_")
    assert (one.person, one.until) == ("kim", (TODAY + timedelta(days=365)).isoformat())
    assert one.digest == BASICS.digest
    assert completed(store, "bank") == []


def word(**changes: Any) -> Completion:
    fields = {
        "course": "basics", "version": 1, "digest": BASICS.digest, "person": "kim", "correct": 5,
        "of": 5, "date": "2026-06-01", "until": "2027-06-01",
    }  # fmt: skip
    return Completion(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, ""),
        ({"until": "2026-07-01"}, ""),
        ({"until": "2026-06-30"}, "ended on 2026-06-30"),
        ({"date": "2026-07-02"}, "passes on 2026-07-02 only"),
        ({"version": 2}, "1 is given now"),
        ({"course": "juggling"}, "given no more"),
    ],
)
def test_what_counts_today(changes: dict[str, Any], says: str) -> None:
    found = standing(word(**changes), COURSES, TODAY)
    assert (bool(found), says in found) == (bool(says), True)


NEED = Required(function="support-chat", course="basics", people=("kim",), team="support")


def test_who_is_missing() -> None:
    teams = {"support": ["ana", "kim"]}

    def who(*done: Completion, need: Required = NEED) -> list[str]:
        return [one.person for one in missing([need], done, COURSES, teams, TODAY)]

    assert who() == ["kim", "ana"]
    assert who(word()) == ["ana"]
    assert who(word(), word(person="ana")) == []
    assert who(word(until="2026-06-30"), word(), word(person="ana")) == [], "one that counts"
    assert who(word(course="data"), word(person="ana")) == ["kim"]
    nobody = Required(function="f", course="basics", team="gone")
    assert who(need=nobody) == ["gone"], "a team without members was not trained"


def test_training_is_evidence_and_its_gaps_outweigh_a_word() -> None:
    row = replace(
        samples.risk(samples.pitfall(0)), risk="QUA-04", controls=("CTL-LITERACY",), probes=()
    )
    register = samples.register(risks=(row,))
    given = Vouched(
        control="CTL-LITERACY", by="dana", date="2026-06-01", until="2026-12-01", ref="att_1"
    )
    need = replace(NEED, team="")

    def state(*done: Completion) -> Any:
        more = evidence([need], done, COURSES, {}, TODAY)
        grounds = Grounds(vouched=[given], more=more)
        states = control_states(register, CATALOG, today=TODAY, grounds=grounds)
        return next(one for one in states if one.control == "CTL-LITERACY")

    good = state(word())
    assert good.state == "attested"
    item = next(item for item in good.evidence if item.source == "training")
    assert (item.holds, item.until) == (True, "2027-06-01")
    bad = state()
    assert bad.state == "expired"
    assert "kim has not passed it" in bad.reason


def test_the_gate_waits_for_training() -> None:
    register = samples.register()
    needed = Decisions(training=(replace(NEED, team=""),))

    def judged(*done: Completion) -> Any:
        release = Release(
            register=register, harmless=samples.harmless(), decisions=needed, trained=done
        )
        return judge_release(release, CATALOG, today=TODAY)

    assert judged(word()).passes
    result = judged()
    assert [(one.kind, one.subject) for one in result.reasons] == [("training", "kim")]
    assert steps(result, register) == ("Have kim take basics: `seawall training take`.",)
    assert not judged(word(until="2026-06-30")).passes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{function: chat, course: basics, people: [kim]}", ""),
        ("{function: chat, course: yoga, people: [kim]}", "no course 'yoga'"),
        ("{function: chat, course: basics}", "name the people"),
        ("{function: '', course: basics, team: t}", "function must not be empty"),
    ],
)
def test_the_file_says_who_needs_what(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(f"training:\n  - {text}\n")
    if not says:
        assert load_decisions(path, CATALOG).training[0].people == ("kim",)
        return
    with pytest.raises(InputError, match=says):
        load_decisions(path, CATALOG)


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_line(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    taking = ["training", "take", "basics", "--application", "shop", "--person", "kim", *data]
    code, found = call(capsys, *taking, *(w for _ in range(5) for w in ("--answer", "1")))
    assert (code, found["grade"]["passed"], found["entry"]) == (4, False, None)
    answers = [w for number in right(BASICS) for w in ("--answer", str(number))]
    code, found = call(capsys, *taking, *answers)
    assert (code, found["entry"]["body"]["person"]) == (0, "kim")
    assert call(capsys, *taking)[0] == 2
    put_team(store, "support", "Support", actor=ANA)
    put_member(store, "issuer:ana", team="support", roles=["user"], actor=ANA)
    path = tmp_path / "decisions.yaml"
    path.write_text("training: [{function: chat, course: basics, people: [kim], team: support}]\n")
    due = ["training", "due", "--decisions", str(path), "--application", "shop", *data]
    code, found = call(capsys, *due)
    assert (code, [one["person"] for one in found]) == (4, ["issuer:ana"])
    code, found = call(capsys, *due, "--on", "2099-01-01")
    assert {one["person"] for one in found} == {"kim", "issuer:ana"}
    assert [one["ended"] for one in call(capsys, "training", "done", *data)[1]] == [""]
    assert {one["id"] for one in call(capsys, "training", "list")[1]} == set(COURSES)
    assert run(["training", "show", "basics"]) == 0
    assert "It continues text" in capsys.readouterr().out
