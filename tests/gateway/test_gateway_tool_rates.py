"""A tool's rate: calls within it pass, one beyond it breaks the rule."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from gateway_support import POLICY, Gateway, Provider, gateway_of, message

from seawall.policy.load import decode_policy

RULE = (
    "    pay_bill: {effect: pay, control: CTL-TOOL-RULES, action: redact, instructed_by: anyone,"
    " rate: {calls: 3, sum: 100, of: amount, hours: 1}}\n"
)
TOOLS = [{"type": "function", "function": {"name": "pay_bill", "parameters": {
    "type": "object", "properties": {"amount": {"type": "number"}}}}}]  # fmt: skip


@pytest.fixture(scope="module")
def paying(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    text = POLICY.replace(
        "  rules:\n", "  rules:\n" + RULE.replace("{", "{{").replace("}", "}}"), 1
    )
    policy = decode_policy(text.format(upstream=provider.url, mode="error"), "test")
    with gateway_of(policy, provider, tmp_path_factory.mktemp("paying")) as gateway:
        yield gateway


def pay(gateway: Gateway, *amounts: float, key: str = "") -> Any:
    """Return the answer to a request for which the model proposes these payments."""
    gateway.provider.reset()
    calls = [
        {"id": f"c{n}", "type": "function",
         "function": {"name": "pay_bill", "arguments": json.dumps({"amount": amount})}}
        for n, amount in enumerate(amounts)
    ]  # fmt: skip
    gateway.provider.script = message("", tool_calls=calls)
    wanted = " and ".join(f"{amount:g}" for amount in amounts)
    messages = [{"role": "user", "content": f"Pay the bill of {wanted} euros."}]
    client = gateway.client(key) if key else gateway.client()
    return client.chat.completions.create(model="small", messages=messages, tools=TOOLS)  # type: ignore[call-overload]


def made(answer: Any) -> int:
    return len(answer.choices[0].message.tool_calls or ())


def test_a_sum_is_used_up_and_the_model_hears_why(paying: Gateway) -> None:
    assert made(pay(paying, 60.0)) == 1
    answer = pay(paying, 50.0)
    assert made(answer) == 0
    assert "rate of 3 calls and a sum of 100" in answer.choices[0].message.content
    assert made(pay(paying, 30.0, 20.0)) == 1  # 90 of 100, two of three calls
    assert made(pay(paying, 5.0)) == 1
    assert made(pay(paying, 1.0)) == 0  # the fourth call
    record = paying.record(pay(paying, 1.0).seawall["request_id"])
    assert "1.0" not in json.dumps(record.get("tools", ""))


def test_another_key_has_a_rate_of_its_own(paying: Gateway) -> None:
    assert made(pay(paying, 60.0, key=paying.keys["chat-only"])) == 1


def test_what_cannot_be_counted_is_blocked(paying: Gateway) -> None:
    answer = pay(paying, -5.0, key=paying.keys["chat-only"])
    assert made(answer) == 0 and answer.choices[0].finish_reason == "content_filter"
    assert (answer.seawall["actions"], answer.choices[0].message.content) == (["block"], "")
