"""A call that a person must approve: it waits, passes once unchanged, and each step is recorded."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
from gateway_support import Gateway, Provider, chunks, gateway_of, make_policy, message

from seawall.store.approvals import Approvals
from seawall.store.keys import create_key

RULES = """
  approvals: {minutes: 5, four_eyes: true}
"""
TOOLS = [{"type": "function", "function": {"name": "remind", "parameters": {
    "type": "object", "properties": {"to": {"type": "string"}}}}}]  # fmt: skip
ASKS = "    remind: {effect: send, control: CTL-TOOL-RULES, action: ask, arguments: {to: {pattern: never}}}\n"  # noqa: E501
MESSAGES = [{"role": "user", "content": "Remind ana@corp.example."}]


def proposed(to: str = "ana@corp.example") -> dict[str, Any]:
    function = {"name": "remind", "arguments": json.dumps({"to": to})}
    return {"id": "c1", "type": "function", "function": function}


@pytest.fixture(scope="module")
def asking(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    from gateway_support import POLICY

    from seawall.policy.load import decode_policy

    text = POLICY.replace("  rules:\n", f"{RULES.strip(chr(10))}\n  rules:\n{ASKS}{REFUND}".replace(
        "{", "{{").replace("}", "}}"))  # fmt: skip
    policy = decode_policy(text.format(upstream=provider.url, mode="error"), "test")
    with gateway_of(policy, provider, tmp_path_factory.mktemp("asking")) as gateway:
        yield gateway


REFUND = "    refund: {effect: pay, control: CTL-TOOL-RULES, action: ask, needs: 1, approvers: ['role:owner'], arguments: {to: {pattern: never}}}\n"  # noqa: E501


def ask(gateway: Gateway, **fields: Any) -> Any:
    client = gateway.client()
    return client.chat.completions.create(model="small", messages=MESSAGES, tools=TOOLS, **fields)


def decide(gateway: Gateway, key: str, approval_id: str, what: str = "approve") -> httpx.Response:
    url = f"http://127.0.0.1:{gateway.port}/admin/v1/approvals/{approval_id}/{what}"
    return httpx.post(url, headers={"authorization": f"Bearer {key}"})


@pytest.fixture(scope="module")
def people(asking: Gateway) -> list[str]:
    return [
        create_key(asking.store, application="shop", function="", scopes=("admin",),
                   name=name, roles=("risk-officer",))[1]
        for name in ("Ana", "Ben")
    ]  # fmt: skip


def test_it_waits_for_two_people_and_passes_once(asking: Gateway, people: list[str]) -> None:
    asking.provider.reset()
    asking.provider.script = message("On it.", tool_calls=[proposed()])
    answer = ask(asking)
    (choice,) = answer.choices
    (waiting,) = answer.seawall["approvals"]
    assert (choice.message.tool_calls, choice.finish_reason) == (None, "stop")
    assert "waits for two people" in choice.message.content
    assert waiting["approval_id"] in choice.message.content
    record = asking.record(answer.seawall["request_id"])
    assert (record["approvals"][0]["state"], record["result"]) == ("pending", "answered")
    assert "ana@corp" not in json.dumps(record)

    approval_id = waiting["approval_id"]
    assert decide(asking, people[0], approval_id).json()["state"] == "pending"
    assert ask(asking).choices[0].message.tool_calls is None
    assert decide(asking, people[0], approval_id).status_code == 400
    shown = decide(asking, people[1], approval_id).json()
    assert (shown["state"], shown["arguments"]) == ("approved", '{"to":"ana@corp.example"}')

    asking.provider.script = message("On it.", tool_calls=[proposed("eve@evil.example")])
    assert ask(asking).choices[0].message.tool_calls is None
    asking.provider.script = message("On it.", tool_calls=[proposed()])
    (used,) = (first := ask(asking)).choices
    assert [one.function.name for one in used.message.tool_calls] == ["remind"]
    assert asking.record(first.seawall["request_id"])["approvals"][0]["state"] == "used"
    assert ask(asking).choices[0].message.tool_calls is None


def test_a_stream_waits_too_and_a_denied_call_says_so(asking: Gateway, people: list[str]) -> None:
    deltas = [{"tool_calls": [{"index": 0, **proposed("ben@corp.example")}]}]
    asking.provider.script = chunks(*deltas, finish="tool_calls")
    events = [choice for event in ask(asking, stream=True) for choice in event.choices]
    text = "".join(choice.delta.content or "" for choice in events)
    assert "waits for" in text and events[-1].finish_reason == "stop"
    assert not any(choice.delta.tool_calls for choice in events)
    (one,) = [a for a in Approvals(asking.store).list() if a.arguments and "ben" in a.arguments]
    assert decide(asking, people[0], one.approval_id, "deny").json()["state"] == "denied"
    asking.provider.script = message(None, tool_calls=[proposed("ben@corp.example")])
    assert "denied" in ask(asking).choices[0].message.content


def test_only_those_whom_the_rule_names_decide(asking: Gateway, people: list[str]) -> None:
    function = {"name": "refund", "arguments": json.dumps({"to": "kim@corp.example"})}
    asking.provider.script = message(
        None, tool_calls=[{"id": "c1", "type": "function", "function": function}]
    )
    named = {**TOOLS[0], "function": {**TOOLS[0]["function"], "name": "refund"}}
    client = asking.client()

    def proposed_again() -> Any:
        return client.chat.completions.create(model="small", messages=MESSAGES, tools=[named])  # type: ignore[call-overload,list-item]

    answer = proposed_again()
    assert "waits for a person" in answer.choices[0].message.content
    approval_id = answer.seawall["approvals"][0]["approval_id"]
    for what in ("approve", "deny"):
        refused = decide(asking, people[0], approval_id, what)
        assert (refused.status_code, "does not decide about refund" in refused.text) == (400, True)
    owner = create_key(asking.store, application="shop", function="", scopes=("admin",),
                       roles=("owner",))[1]  # fmt: skip
    assert decide(asking, owner, approval_id).json()["state"] == "approved"
    assert proposed_again().choices[0].message.tool_calls


def test_another_function_cannot_use_it(asking: Gateway, people: list[str]) -> None:
    asking.provider.script = message(None, tool_calls=[proposed("kim@corp.example")])
    approval_id = ask(asking).seawall["approvals"][0]["approval_id"]
    for key in people:
        decide(asking, key, approval_id)
    client = asking.client(asking.keys["chat-only"])
    answer = client.chat.completions.create(model="small", messages=MESSAGES, tools=TOOLS)  # type: ignore[call-overload]
    assert answer.choices[0].message.tool_calls is None
    assert ask(asking).choices[0].message.tool_calls


def test_who_may_not_decide(asking: Gateway) -> None:
    assert decide(asking, asking.key, "apr_x").status_code == 403
    developer = create_key(asking.store, application="shop", function="", scopes=("admin",),
                           roles=("developer",))[1]  # fmt: skip
    assert decide(asking, developer, "apr_x").json()["error"]["code"] == "not_permitted"


def test_the_policy_reads(provider: Provider) -> None:
    assert make_policy(provider).tools.approvals.minutes == 60
