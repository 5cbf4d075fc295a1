"""Nothing that was not inspected passes the Responses API, in no field, whole or in a stream."""

import copy
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from gateway_support import POLICY, Gateway, Provider, chunks, gateway_of, message

from seawall.policy.load import decode_policy
from seawall.wire import pointer

MARK = "MARKER4711"  # what the rule below blocks at every stage
RULE = """\
guards:
  - {detector: custom, control: CTL-OWN, action: block, stages: [system, input, document,
      tool-result, tool-definition, history, output, tool-call]}
"""
OWN = f"rules: [{{id: marker, expression: {MARK}}}]\n"
FULL: dict[str, Any] = {
    "model": "small", "instructions": "Be kind",
    "input": [
        {"role": "developer", "content": [{"type": "input_text", "text": "Dev"}]},
        {"role": "user", "content": "Plain"},
        {"type": "message", "role": "user", "id": "in_1", "status": "completed",
         "content": [{"type": "input_text", "text": "Look"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}],
         "encrypted_content": "xyz"},
        {"role": "assistant", "phase": "commentary", "content": [
            {"type": "output_text", "text": "Said", "annotations": []},
            {"type": "refusal", "refusal": "No"}]},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{\"a\":\"b\"}"},
        {"type": "function_call_output", "call_id": "c1", "output": "Result"},
        {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c2",
         "output": [{"type": "input_text", "text": "Another"}]},
    ],
    "tools": [{"type": "function", "name": "look", "description": "Looks", "strict": True,
               "parameters": {"type": "object", "title": "T", "properties": {"a": {
                   "description": "Which", "enum": ["b"], "x-note": "n"}}}}],
    "tool_choice": {"type": "function", "name": "look"},
    "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "shape",
             "description": "Shape", "schema": {"type": "object", "title": "T"}}},
    "reasoning": {"effort": "low", "summary": "auto"}, "metadata": {"team": "red"},
    "user": "u", "safety_identifier": "s", "prompt_cache_key": "k", "service_tier": "auto",
    "include": ["reasoning.encrypted_content"], "truncation": "disabled",
    "previous_response_id": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def strict_gateway(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    text = POLICY.format(upstream=provider.url, mode="error").replace("guards:\n", RULE) + OWN
    folder = tmp_path_factory.mktemp("leaks")
    with gateway_of(decode_policy(text, "test"), provider, folder) as gateway:
        yield gateway


@pytest.fixture
def strict(strict_gateway: Gateway) -> Gateway:
    strict_gateway.provider.reset()
    return strict_gateway


def post(gateway: Gateway, value: dict[str, Any]) -> tuple[int, str]:
    headers = {"authorization": f"Bearer {gateway.key}", "content-type": "application/json"}
    data = json.dumps(value).encode()
    asked = urllib.request.Request(f"{gateway.url}/responses", data, headers)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def places(value: Any, at: str = "") -> Iterator[tuple[str, bool]]:
    """Yield (pointer, whether a key) of every string and every key."""
    if isinstance(value, str):
        yield at, False
    elif isinstance(value, dict):
        for key, item in value.items():
            yield at + pointer.join(key), True
            yield from places(item, at + pointer.join(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, f"{at}/{index}")


def with_key(value: Any, where: str) -> None:
    """Rename the key at `where` to the marker."""
    head, _, name = where.rpartition("/")
    parent = pointer.get(value, head)
    parent[MARK] = parent.pop(name)


def test_the_request_itself_passes(strict: Gateway) -> None:
    status, body = post(strict, FULL)
    assert status == 200, body


def test_a_marker_in_any_string_or_key_is_blocked_or_refused(strict: Gateway) -> None:
    passed = []
    for where, key in places(FULL):
        strict.provider.reset()
        value = copy.deepcopy(FULL)
        if key:
            with_key(value, where)
        else:
            pointer.replace(value, where, MARK)
        status, body = post(strict, value)
        sent = json.dumps(strict.provider.seen)
        if status == 200 or strict.provider.seen:
            passed.append((where, key))
        assert MARK not in sent, where
        assert status == 200 or json.loads(body)["error"]["code"], where
        assert status != 200 or MARK not in body, where
    # Ids of items and the reasoning, which are dropped; nothing else may be sent unseen.
    dropped = ("/input/2/id", "/input/3/id", "/input/3/summary/0/text",
               "/input/3/encrypted_content")  # fmt: skip
    assert {where for where, _ in passed} == set(dropped)


ANSWERS: list[dict[str, Any]] = [
    {"content": f"It is {MARK}."},
    {"content": None, "refusal": f"Not {MARK}."},
    {"content": [{"type": "text", "text": MARK}]},
    {"content": "ok", "reasoning_content": MARK, "annotations": [{"url": MARK}], "note": MARK},
    {"content": "ok", "audio": {"transcript": MARK}},
    {"content": None, "tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {
        "name": "look", "arguments": json.dumps({"a": MARK})}}]},
    {"content": None, "tool_calls": [{"index": 0, "id": MARK, "type": "function", "function": {
        "name": MARK, "arguments": "{}"}}]},
]  # fmt: skip


@pytest.mark.parametrize("said", ANSWERS)
def test_a_marker_in_an_answer_does_not_come_out(strict: Gateway, said: dict[str, Any]) -> None:
    strict.provider.script = message(**said)
    status, body = post(strict, FULL)
    assert status in (200, 502) and MARK not in body
    strict.provider.script = [*chunks(said), "[DONE]"]
    status, body = post(strict, {**FULL, "stream": True})
    assert status == 200 and MARK not in body and "response." in body


@pytest.mark.parametrize("cut", [1, 2, 5, 19])
def test_a_marker_in_pieces_does_not_come_out(strict: Gateway, cut: int) -> None:
    text = f"The key is {MARK}, keep it."
    pieces = [{"content": text[i : i + cut]} for i in range(0, len(text), cut)]
    strict.provider.script = [*chunks(*pieces), "[DONE]"]
    _, body = post(strict, {**FULL, "stream": True})
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]
    told = "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta")
    assert MARK[:8] not in told and MARK[:8] not in body
    assert events[-1]["type"] == "response.incomplete"
