"""An interview: order, relevance, back, skip, unknown, resuming, and two people at once."""

import threading
from pathlib import Path

import pytest

from seawall.assess.interview.file import ProfileFile
from seawall.assess.interview.relevance import FOLLOWS, implied, matters, pending
from seawall.assess.interview.session import Session
from seawall.assess.profile import read_answer
from seawall.catalog.load import load_catalog
from seawall.catalog.rules import leaves, problems
from seawall.core.errors import InputError
from seawall.core.profile import Fact, Profile

QUESTIONS = load_catalog().questions
TODAY = "2026-11-28"


@pytest.fixture
def file(tmp_path: Path) -> ProfileFile:
    made = ProfileFile(tmp_path / "profile.yaml", QUESTIONS)
    made.create("bot", title="Bot")
    return made


def sitting(file: ProfileFile, *, again: bool = False) -> Session:
    return Session(file, QUESTIONS, today=TODAY, owner="dana", again=again)


def go_to(session: Session, fact: str) -> None:
    while session.current is not None and session.current.fact != fact:
        session.say("skip")


def test_conditions_of_questions_can_be_judged_and_come_first() -> None:
    seen: list[str] = []
    conditional = 0
    for key, question in QUESTIONS.items():
        if question.asked_when is not None:
            conditional += 1
            assert list(problems(question.asked_when, QUESTIONS)) == []
            assert {leaf["fact"] for leaf in leaves(question.asked_when)} <= set(seen)
            assert read_answer(question.otherwise, question) is not None
        else:
            assert question.otherwise is None
        seen.append(key)
    assert conditional >= 7


def test_every_answer_is_on_disk_with_source_date_and_owner(file: ProfileFile) -> None:
    session = sitting(file)
    assert session.current is not None and session.current.id == "Q01"
    assert session.say("support").move == "answered"
    assert file.load().facts["purpose.domain"] == Fact(
        key="purpose.domain", value="support", source="interview", date=TODAY, owner="dana"
    )
    assert session.current.id == "Q02"


def test_what_does_not_fit_is_refused_and_changes_nothing(file: ProfileFile) -> None:
    session, before = sitting(file), file.path.read_text()
    reply = session.say("suport")
    assert reply.move == "refused" and reply.message.endswith("did you mean 'support'?")
    assert file.path.read_text() == before
    assert session.current is not None and session.current.id == "Q01"


def test_a_no_settles_what_hangs_on_it_and_a_yes_opens_it_again(file: ProfileFile) -> None:
    session = sitting(file)
    go_to(session, "rag.used")
    session.say("no")
    facts = file.load().facts
    assert facts["rag.sources_trust"].value is False
    assert facts["rag.acl"].value == "not_applicable"
    assert facts["rag.acl"].source == f"{FOLLOWS}rag.used"
    assert session.current is not None and session.current.id == "Q24"
    session.say("back")
    assert session.current.id == "Q21"
    session.say("yes")
    assert "rag.acl" not in file.load().facts
    assert session.current.id == "Q22"


def test_what_a_person_said_is_not_replaced_by_what_follows(file: ProfileFile) -> None:
    said = Fact(key="rag.acl", value="per_document", source="review")
    file.put({"rag.acl": said, "rag.used": Fact(key="rag.used", value=False, source="review")})
    assert file.follow(TODAY).facts["rag.acl"] == said


def test_unknown_is_an_answer_skip_is_none(file: ProfileFile) -> None:
    first = sitting(file)
    first.say("unknown")
    first.say("skip")
    resumed = sitting(file)
    assert resumed.current is not None and resumed.current.id == "Q02"
    assert resumed.progress.answered == 1 and resumed.progress.unknown == 1
    again = sitting(file, again=True)
    assert again.current is not None and again.current.id == "Q01"
    again.say("hr")
    assert again.current.id == "Q02"


def test_back_over_a_skipped_question_asks_it(file: ProfileFile) -> None:
    session = sitting(file)
    assert session.say("back").move == "refused"
    session.say("skip")
    session.say("back")
    assert session.current is not None and session.current.id == "Q01"
    session.say("hr")
    session.say("back")
    assert session.offered is not None and session.offered.value == "hr"
    assert session.say("").move == "kept"
    assert session.current.id == "Q02"


def test_a_discovered_answer_is_offered_and_confirmed_with_its_grounds(file: ProfileFile) -> None:
    found = Fact(key="rag.used", value=True, source="discover", grounds=("a.py:3 chromadb",))
    file.put({"rag.used": found})
    session = sitting(file)
    go_to(session, "rag.used")
    assert session.offered == found
    session.say("")
    kept = file.load().facts["rag.used"]
    assert (kept.value, kept.source, kept.owner) == (True, "interview, confirmed", "dana")
    assert kept.grounds == found.grounds


def test_a_whole_interview_ends_with_no_question_left(file: ProfileFile) -> None:
    session = sitting(file)
    for _ in range(200):
        if session.current is None:
            break
        session.say("unknown")
    assert session.current is None
    assert list(pending(QUESTIONS, file.load())) == []
    assert len(file.load().facts) == 46
    assert session.say("anything").move == "quit"


def test_while_what_decides_is_unknown_a_question_matters() -> None:
    nothing = Profile(application="a", title="A", facts={})
    assert all(matters(question, nothing) for question in QUESTIONS.values())
    assert implied(QUESTIONS, nothing, TODAY) == {}


def test_a_file_that_became_unreadable_is_left_alone(file: ProfileFile) -> None:
    session = sitting(file)
    file.path.write_text("application: [")
    with pytest.raises(InputError, match=r"profile\.yaml:1"):
        session.say("support")
    assert file.path.read_text() == "application: ["


def test_two_people_answering_at_once_lose_nothing(file: ProfileFile) -> None:
    keys = [key for key, question in QUESTIONS.items() if question.type == "yes-no"]

    def answer(mine: list[str]) -> None:
        own = ProfileFile(file.path, QUESTIONS)
        for key in mine:
            own.put({key: Fact(key=key, value=True, source="interview")})

    threads = [threading.Thread(target=answer, args=(keys[i::2],)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(file.load().facts) == set(keys)


def test_a_new_file_never_replaces_one(file: ProfileFile) -> None:
    with pytest.raises(InputError, match="already"):
        file.create("other")
    assert file.load().application == "bot"
