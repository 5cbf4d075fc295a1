"""Fine-tuning files and jobs."""

import json
from typing import Any

import pytest
from openai.types.fine_tuning import job_create_params

from seawall.core.errors import RequestError, UpstreamError
from seawall.core.exchange import Stage
from seawall.wire import openai_files, openai_objects, pointer, shapes

EXAMPLE = {
    "messages": [
        {"role": "system", "content": "You help."},
        {"role": "user", "content": "Hi", "weight": 0},
        {"role": "assistant", "content": "Hello", "weight": 1},
    ]
}


def jsonl(*lines: Any) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


def test_every_message_is_a_file_part_and_the_file_survives() -> None:
    lines = openai_files.parse_file(jsonl(EXAMPLE, EXAMPLE) + b"\r\n\n")
    exchange = openai_files.file_exchange(lines)
    assert {part.stage for part in exchange.parts} == {Stage.FILE}
    assert [part.text for part in exchange.parts] == ["You help.", "Hi", "Hello"] * 2
    for part in exchange.parts:
        assert pointer.get(exchange.body, part.pointer) == part.text
    assert [json.loads(x) for x in openai_files.render_file(exchange).splitlines()] == [EXAMPLE] * 2


def test_preference_and_completion_lines() -> None:
    said = [{"role": "assistant", "content": "A"}]
    dpo = {
        "input": {"messages": [{"role": "user", "content": "Q"}]},
        "preferred_output": said,
        "non_preferred_output": said,
    }
    lines = openai_files.parse_file(jsonl(dpo, {"prompt": "P", "completion": "C"}))
    texts = sorted(part.text for part in openai_files.file_exchange(lines).parts)
    assert texts == ["A", "A", "C", "P", "Q"]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no examples"),
        (b"\n\n", "no examples"),
        (jsonl(EXAMPLE) + b"\n{", "Line 2"),
        (jsonl(EXAMPLE) + b'\n{"messages":[],"messages":[]}', "Line 2"),
        (b"[1]", "Line 1"),
        (b'{"messages":"\xff"}', "Line 1"),
        (jsonl({"messages": [{"role": "user", "content": "x", "extra": 1}]}), "Line 1"),
        (jsonl(EXAMPLE, {"other": 1}), "Line 2"),
        (jsonl({"tools": []}), "Line 1"),
    ],
)
def test_bad_lines_are_named(data: bytes, word: str) -> None:
    with pytest.raises(RequestError) as caught:
        openai_files.file_exchange(openai_files.parse_file(data))
    assert word in caught.value.message


def test_every_field_of_a_job_is_known() -> None:
    official = set(job_create_params.JobCreateParams.__annotations__)
    assert official == openai_files.JOB_PASSED | openai_files.JOB_REFUSED


@pytest.mark.parametrize(
    "change",
    [
        {"integrations": [{"type": "wandb"}]},
        {"metadata_": {}},
        {"training_file": "has space"},
        {"training_file": 5},
        {"suffix": "x" * 65},
        {"method": {"type": "reinforcement"}},
        {"method": {"type": "supervised", "supervised": {"grader": "x"}}},
        {"hyperparameters": {"n_epochs": "many"}},
        {"extra": 1},
    ],
)
def test_job_fields_that_are_refused(change: dict[str, Any]) -> None:
    good = {"model": "m", "training_file": "file-1", "hyperparameters": {"n_epochs": "auto"}}
    assert openai_files.parse_job(json.dumps(good).encode())
    with pytest.raises(RequestError):
        openai_files.parse_job(json.dumps({**good, **change}).encode())


def test_answers_carry_no_free_text() -> None:
    def ids(kind: str, value: str, at: str) -> str:
        return f"our-{kind}"

    given = {"id": "ftjob-1", "error": {"message": "LEAK"}, "status": "LEAK", "odd": "LEAK",
             "created_at": 5, "fine_tuned_model": "ft:m", "model": "LEAK"}  # fmt: skip
    job, parts = shapes.read(given, openai_objects.JOB, ids, request=False)
    assert "LEAK" not in json.dumps(job) and (job["id"], job["status"]) == ("our-job", "queued")
    assert [part.pointer for part in parts] == ["/fine_tuned_model"]
    for bad in ({"id": "no good"}, {}, []):
        with pytest.raises(UpstreamError):
            shapes.read(bad, openai_objects.JOB, ids, request=False)
