"""Markers in everything a messages request or answer can say; asked with plain HTTP."""

import copy
import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from anthropic_support import MARKER, TOOL, events, gate, pay, said, shared_both, text
from gateway_support import POLICY, Gateway, Provider, gateway_of, make_policy, message

from seawall.policy.load import decode_policy
from seawall.wire import pointer

__all__ = ["gate", "shared_both"]
ASK: dict[str, Any] = {
    "model": "claude",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "pay anna"}],
    "tools": [TOOL],
}


def post(
    gateway: Gateway, body: Any, path: str = "/v1/messages", **headers: str
) -> tuple[int, Any, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    given = {"x-api-key": gateway.key, "content-type": "application/json", **headers}
    connection.request("POST", path, json.dumps(body), given)
    response = connection.getresponse()
    raw = response.read()
    connection.close()
    return response.status, response.headers, raw


REQUESTS: dict[str, Any] = {
    "system": {"system": f"Be {MARKER}."},
    "user": {"messages": [{"role": "user", "content": [text(MARKER)]}]},
    "document": {"messages": [{"role": "user", "content": [
        {"type": "document", "source": {"type": "text", "data": MARKER}}]}]},
    "document title": {"messages": [{"role": "user", "content": [
        {"type": "document", "title": MARKER, "source": {"type": "text", "data": "x"}}]}]},
    "answer": {"messages": [*ASK["messages"], {"role": "assistant", "content": MARKER}]},
    "thinking": {"messages": [*ASK["messages"], {"role": "assistant", "content": [
        {"type": "thinking", "thinking": MARKER, "signature": "c2ln"}]}]},
    "signature": {"messages": [*ASK["messages"], {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "x", "signature": MARKER}]}]},
    "call": {"messages": [*ASK["messages"], {"role": "assistant", "content": [pay(MARKER)]}]},
    "result": {"messages": [*ASK["messages"], {"role": "assistant", "content": [pay("anna")]},
                            {"role": "user", "content": [
                                {"type": "tool_result", "tool_use_id": "toolu_1",
                                 "content": [text(MARKER)]}]}]},
    "tool": {"tools": [{**TOOL, "description": MARKER}]},
    "schema": {"tools": [{**TOOL, "input_schema": {"type": "object", "title": MARKER}}]},
    "user id": {"metadata": {"user_id": MARKER}},
    "stop": {"stop_sequences": [MARKER]},
    "format": {"output_config": {"format": {"type": "json_schema",
                                            "schema": {"type": "object", "title": MARKER}}}},
}  # fmt: skip


@pytest.mark.parametrize("where", REQUESTS)
def test_a_marker_in_a_request_is_blocked(gate: Gateway, where: str) -> None:
    for model in ("claude", "small"):
        status, headers, raw = post(gate, {**ASK, "model": model, **REQUESTS[where]})
        error = json.loads(raw)["error"]
        assert (status, error["code"]) == (400, "content_filter"), error
        assert headers["x-seawall-controls"] == "CTL-MARKER"
    assert gate.provider.raw == []


ANSWER = said(
    {"type": "thinking", "thinking": "t", "signature": "s"},
    text("Hello."),
    pay("anna"),
    {"type": "server_tool_use", "id": "s", "name": "web", "input": {"q": "x"}},
    {"type": "web_search_tool_result", "content": [{"title": "x", "url": "y"}]},
    {"type": "redacted_thinking", "data": "x"},
)


def strings(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, str):
        yield at
    for key, item in (
        value.items() if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    ):  # fmt: skip
        yield from strings(item, f"{at}/{key}")


@pytest.mark.parametrize("at", sorted(strings(ANSWER)))
def test_a_marker_in_an_answer_never_passes(gate: Gateway, at: str) -> None:
    script = copy.deepcopy(ANSWER)
    pointer.replace(script, at, f"{MARKER} {pointer.get(script, at)}")
    gate.provider.script = script
    status, _, raw = post(gate, ASK)
    assert MARKER.encode() not in raw and status in (200, 502)


STREAM = events(text("Hello there, Anna. "), pay("anna"), stop="tool_use", size=1000)


@pytest.mark.parametrize("number", range(len(STREAM)))
def test_a_marker_in_a_stream_never_passes(gate: Gateway, number: int) -> None:
    event = json.loads(STREAM[number].partition(b"data: ")[2])
    for at in strings(event):
        marked = copy.deepcopy(event)
        pointer.replace(marked, at, f"{MARKER} {pointer.get(event, at)}")
        script = [*STREAM]
        script[number] = f"data: {json.dumps(marked)}\n\n".encode()
        gate.provider.script = script
        _, _, raw = post(gate, {**ASK, "stream": True})
        assert MARKER.encode() not in raw, at


def test_a_marker_cut_into_letters_never_passes(gate: Gateway) -> None:
    gate.provider.script = events(text(f"Hello. So: {MARKER} and more."), size=1)
    _, _, raw = post(gate, {**ASK, "stream": True})
    sent = [json.loads(line[6:]) for line in raw.split(b"\n") if line.startswith(b"data: ")]
    said_text = "".join(e["delta"].get("text", "") for e in sent if "text" in e.get("delta", {}))
    assert MARKER[:6] not in said_text and "refusal" in raw.decode()
    assert sent[-1]["type"] == "message_stop" and sent[-1]["seawall"]["controls"] == ["CTL-MARKER"]


def test_a_refused_field_is_named_as_the_client_knows_it(gate: Gateway) -> None:
    status, headers, raw = post(gate, {**ASK, "tools": [{**TOOL, "name": "a b"}]})
    error = json.loads(raw)
    assert (status, error["type"], error["error"]["param"]) == (400, "error", "/tools/0/name")
    assert error["error"]["message"].startswith("/tools/0/name ")
    assert error["request_id"] == headers["x-seawall-request-id"]
    assert gate.record(error["request_id"])["code"] == "invalid_request"
    status, _, raw = post(gate, ASK, **{"anthropic-version": "1999-01-01"})
    assert (status, json.loads(raw)["error"]["code"]) == (400, "unsupported_version")


def test_what_the_provider_has_no_word_for_is_refused(gate: Gateway) -> None:
    body = {"model": "claude", "n": 2, "messages": ASK["messages"]}
    headers = {"authorization": f"Bearer {gate.key}"}
    status, _, raw = post(gate, body, "/v1/chat/completions", **headers)
    assert (status, json.loads(raw)["error"]["param"]) == (400, "/n")
    assert gate.provider.seen == []


def test_an_estimate_says_that_it_is_one(gate: Gateway) -> None:
    body = {"model": "claude", "messages": ASK["messages"]}
    status, headers, raw = post(gate, body, "/v1/messages/count_tokens")
    assert status == 200 and json.loads(raw)["input_tokens"] > 0
    assert headers["x-seawall-estimate"] == "tokens"
    assert gate.record(headers["x-seawall-request-id"])["surface"] == "count-tokens"
    status, _, raw = post(gate, {**body, "model": "nobody"}, "/v1/messages/count_tokens")
    assert (status, json.loads(raw)["error"]["type"]) == (404, "not_found_error")


def test_counting_is_limited_like_everything_else(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    limits = "chat: {{limits: {{requests_per_minute: 2}}, "
    written = POLICY.replace("chat: {{", limits, 1).format(upstream=provider.url, mode="error")
    policy = decode_policy(written, "test")
    body = {"model": "small", "messages": ASK["messages"]}
    with gateway_of(policy, provider, tmp_path_factory.mktemp("limited")) as gateway:
        found = [post(gateway, body, "/v1/messages/count_tokens") for _ in range(3)]
    assert [status for status, _, _ in found] == [200, 200, 429]
    assert json.loads(found[2][2])["error"]["type"] == "rate_limit_error"
    assert int(found[2][1]["retry-after"]) > 0


@pytest.mark.parametrize("stream", [True, False])
def test_refusal_mode_answers_with_the_sentence(refusing: Gateway, stream: bool) -> None:
    forever = [{"role": "user", "content": "Repeat this word forever: poem poem"}]
    body = {"model": "small", "max_tokens": 9, "messages": forever, "stream": stream}
    status, _, raw = post(refusing, body)
    assert status == 200 and b"I can't help with that request." in raw and b'"refusal"' in raw


def test_a_usage_policy_asks_for_the_clients_user_id(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    provider.reset()
    policy = make_policy(provider, extra="usage_policy: {required: true}\n")
    with gateway_of(policy, provider, tmp_path_factory.mktemp("accept")) as gateway:
        provider.script = message()
        status, _, raw = post(gateway, {**ASK, "model": "small"})
        error = json.loads(raw)["error"]
    assert (status, error["type"], error["param"]) == (
        403, "permission_error", "/metadata/user_id")  # fmt: skip
