"""Recorded traffic: what it says, what it never says, and where it differs from the profile."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from seawall.assess.discover import traffic as watched
from seawall.assess.discover.traffic import DAYS, Traffic, observe
from seawall.assess.discover.traffic_facts import (
    LEAST,
    answers,
    changes,
    drift,
    facts,
    notes,
)
from seawall.catalog.load import load_catalog
from seawall.core.profile import Fact, Profile

QUESTIONS = load_catalog().questions
TODAY = date(2026, 11, 28)


def record(seq: int = 1, day: date = TODAY, **body: Any) -> dict[str, Any]:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    full = {
        "event": "request", "surface": "chat", "application": "bot", "model": "small",
        "tools": [], "parts": [], **body,
    }  # fmt: skip
    return {"seq": seq, "time": int(moment.timestamp() * 1e9), "body": full}


def part(stage: str = "input", detector: str = "", label: str = "", pointer: str = "/m") -> Any:
    found = [{"detector": detector, "label": label, "start": 0, "end": 3}] if detector else []
    return {"pointer": pointer, "stage": stage, "outcome": "found", "findings": found}


def seen(*records: dict[str, Any]) -> Traffic:
    return observe(records, "bot", TODAY)


def profile(source: str = "interview", **values: Any) -> Profile:
    keys = {key.replace("__", "."): value for key, value in values.items()}
    return Profile(
        application="bot", title="Bot",
        facts={key: Fact(key=key, value=value, source=source) for key, value in keys.items()},
    )  # fmt: skip


def said(traffic: Traffic, known: Profile | None = None, **models: str) -> dict[str, Any]:
    return {key: fact.value for key, fact in facts(traffic, QUESTIONS, known, models).items()}


def test_models_and_tools_that_pass_are_facts_with_the_first_record_as_grounds() -> None:
    calls = [{"tool": "refund", "action": "allow"}, {"tool": "*", "action": "block"}]
    traffic = seen(record(7, tools=calls), record(8), record(9, model="big"))
    found = facts(traffic, QUESTIONS)
    assert found["model.ids"].value == ("small", "big")
    assert found["model.ids"].grounds == ("audit:7 model small", "audit:9 model big")
    assert found["tools.list"].value == ("refund",), "a tool that nobody offered is no tool"
    assert found["tools.list"].source == "traffic"
    assert set(found) == {"model.ids", "tools.list"}


def test_a_model_is_written_as_policy_and_profile_name_it() -> None:
    traffic = seen(record())
    assert said(traffic, small="vendor-4o")["model.ids"] == ("vendor-4o",)
    known = profile(model__ids=("Vendor/vendor-4o",))
    assert said(traffic, known, small="vendor-4o")["model.ids"] == ("Vendor/vendor-4o",)
    assert drift(traffic, known, facts(traffic, QUESTIONS, known, {"small": "vendor-4o"})) == []


@pytest.mark.parametrize(
    ("detector", "label", "stage", "kind"),
    [
        ("personal-data", "email", "input", "personal"),
        ("personal-names", "person", "document", "personal"),
        ("personal-data", "iban", "tool-result", "payment"),
        ("personal-data", "us-medicare", "input", "health"),
        ("secrets", "github", "system", "secrets"),
        ("injection", "override", "input", ""),
        ("personal-names", "organisation", "input", ""),
        ("personal-data", "email", "output", ""),
        ("secrets", "github", "tool-call", ""),
    ],
)
def test_kinds_of_data_come_from_labels_of_what_was_sent(
    detector: str, label: str, stage: str, kind: str
) -> None:
    records = [record(n, parts=[part(stage, detector, label)]) for n in range(LEAST)]
    assert said(seen(*records)).get("data.classes_in_prompt", ()) == ((kind,) if kind else ())
    fewer = said(seen(*records[1:]))
    assert "data.classes_in_prompt" not in fewer, "one slip of a detector is no fact"


def test_documents_images_files_and_tuning() -> None:
    documents = [record(n, parts=[part("document")]) for n in range(LEAST)]
    assert said(seen(*documents))["rag.used"] is True
    image = part(pointer="/messages/0/content/1/image_url/url")
    images = [record(n, parts=[image]) for n in range(LEAST)]
    assert said(seen(*images))["interface.modalities_in"] == ("image",)
    upload = record(surface="files", model="", details={"purpose": "user_data"})
    assert said(seen(upload)) == {"interface.modalities_in": ("file",)}
    assert said(seen(record(surface="fine-tuning", model="")))["model.tuned"] is True


def test_what_asks_no_model_or_is_old_or_was_refused_at_the_door_says_nothing() -> None:
    old, to_come = TODAY - timedelta(days=DAYS), TODAY + timedelta(days=1)
    traffic = seen(
        record(surface="admin"), record(surface="models"), record(application=""),
        record(event="change"), record(event="stream.open"), record(day=old), record(day=to_come),
    )  # fmt: skip
    assert (traffic.requests, traffic.sights) == (0, ())
    assert seen(record(day=old + timedelta(days=1))).requests == 1
    assert seen(record(event="stream.open"), record(event="stream.close")).requests == 1


def test_another_application_is_a_note_and_never_a_fact() -> None:
    traffic = seen(record(), record(application="shadow", model="odd"))
    assert said(traffic)["model.ids"] == ("small",)
    known = profile(model__ids=("small",), tools__list=())
    assert drift(traffic, known, facts(traffic, QUESTIONS, known)) == []
    (note,) = notes(traffic, known, facts(traffic, QUESTIONS, known))
    assert note.startswith("1 requests of shadow")


def test_what_was_not_seen_is_a_note_and_takes_nothing_out() -> None:
    known = profile(source="discover", model__ids=("small", "big"), tools__list=("refund",))
    traffic = seen(record())
    found = facts(traffic, QUESTIONS, known)
    assert changes(known, found) == {}
    assert [note.split()[2] for note in notes(traffic, known, found)] == ["big", "refund"]
    assert notes(seen(), known, {}) == [], "no traffic shows nothing of anything"


def test_answers_of_people_stay_and_differences_are_drift() -> None:
    known = profile(model__ids=("small",), tools__list=(), rag__used=None)
    calls = [{"tool": "refund", "action": "allow"}]
    documents = [record(n, parts=[part("document")], tools=calls) for n in range(LEAST)]
    traffic = seen(*documents)
    found = facts(traffic, QUESTIONS, known)
    assert changes(known, found) == {}
    assert {(item.fact, item.kind) for item in answers(known, found)} == {
        ("tools.list", "differs"), ("rag.used", "unknown"),
    }  # fmt: skip
    sentences = [item.sentence for item in drift(traffic, known, found)]
    assert any("the gateway's traffic shows refund (audit:0 tool refund)" in s for s in sentences)


def test_what_was_discovered_grows_by_what_passes() -> None:
    known = profile(source="discover", model__ids=("big",))
    (written,) = changes(known, facts(seen(record(4)), QUESTIONS, known)).values()
    assert written is not None
    assert (written.value, written.source) == (("big", "small"), "traffic")
    assert changes(profile(), facts(seen(record()), QUESTIONS))["model.ids"] is not None


def test_unknown_is_drift_and_never_silence() -> None:
    known = profile(model__ids=("small",))
    assert "shows what passes" in drift(seen(), known, {})[0].sentence
    broken = {"seq": 1, "time": record()["time"], "body": {"unreadable": True}}
    traffic = seen(record(), broken, record(parts=[{"no": "stage"}]) | {"seq": 3})
    assert traffic.unreadable >= 1
    found = facts(traffic, QUESTIONS, known)
    assert any("could not be read" in item.sentence for item in drift(traffic, known, found))


@pytest.mark.parametrize("parts", [None, [None], [{}], ["x"], [{"stage": "input", "findings": 3}]])
def test_a_record_of_another_shape_is_unreadable(parts: Any) -> None:
    assert seen(record(parts=parts)).unreadable == 1


def test_an_unanswered_question_that_the_traffic_settles_is_drift() -> None:
    traffic = seen(record())
    found = facts(traffic, QUESTIONS, profile())
    (remark,) = drift(traffic, profile(), found)
    assert remark.subject == "model.ids" and "discover --traffic" in remark.sentence


def test_far_more_requests_than_answered() -> None:
    known = profile(model__ids=("small",), volume__requests_per_day=10)
    many = seen(*(record(n) for n in range(16)))
    assert [one.subject for one in drift(many, known, facts(many, QUESTIONS, known))] == [
        "volume.requests_per_day"
    ]
    spread = seen(*(record(n, day=TODAY - timedelta(days=n)) for n in range(16)))
    assert drift(spread, known, facts(spread, QUESTIONS, known)) == []


def test_names_without_end_are_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "MAX_NAMES", 3)
    traffic = seen(*(record(n, model=f"m{n}") for n in range(9)))
    assert len(traffic.of("model")) == 3 and traffic.cut
    known = profile(model__ids=("m0", "m1", "m2"))
    assert "Some names" in drift(traffic, known, facts(traffic, QUESTIONS, known))[0].sentence
