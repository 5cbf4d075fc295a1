"""What a provider's own tools cost: held before, booked after, never less than the bill."""

from typing import Any

import openai
import pytest
from gateway_support import ENV, POLICY, Provider, gateway_of
from hosted_support import CODE, HOSTED, MCP, WEB, ran, said, searched, streamed, whole

from seawall.core.errors import InputError
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy


def policy(provider: Provider, cost: float, **changes: str) -> Policy:
    text = POLICY.replace("tools:\n", HOSTED, 1).replace("seconds: 1.2", "seconds: 20")
    limits = f"limits: {{{{cost_per_day: {cost}}}}}"
    text = text.replace("max_output_tokens: 500", f"max_output_tokens: 500, {limits}")
    for old, new in changes.items():
        text = text.replace(old, new)
    return decode_policy(text.format(upstream=provider.url, mode="error"), "test")


def test_the_price_of_every_call_is_held_before(provider: Provider, tmp_path: Any) -> None:
    provider.reset()
    body: Any = {"model": "small", "input": "Hi"}
    with gateway_of(policy(provider, 1.2), provider, tmp_path) as gateway:
        client = gateway.client()
        with pytest.raises(openai.APIStatusError) as caught:  # two calls of 1.5 could cost 3
            client.responses.create(**body, tools=[CODE])
        assert caught.value.status_code in (413, 429) and provider.seen == []
        provider.script = whole(searched(), said())
        answer: Any = client.responses.create(**body, tools=[WEB])  # at most two of 0.5
        record = gateway.record(answer.seawall["request_id"])
        assert record["cost"] == pytest.approx(0.5 + (50 + 18) / 1e6)
        with pytest.raises(openai.APIStatusError):  # 0.5 are spent: two more would be 1.5
            client.responses.create(**body, tools=[WEB])
        answer = client.responses.create(**body, tools=[WEB], max_tool_calls=1)
        assert provider.seen[-1]["max_tool_calls"] == 1


def test_a_stream_that_breaks_costs_what_was_held(provider: Provider, tmp_path: Any) -> None:
    provider.reset()
    with gateway_of(policy(provider, 9), provider, tmp_path) as gateway:
        provider.script = streamed(ran(), said("A long text."))[:-2]
        stream = gateway.client().responses.create(
            model="small", input="Hi", tools=[CODE], stream=True
        )  # type: ignore[call-overload]
        last = list(stream)[-1]
        assert last.type == "response.failed"
        name = last.response.seawall["request_id"]
        assert gateway.record(name)["cost"] > 2 * 1.5  # two calls were possible


@pytest.mark.parametrize(("tokens", "fits"), [(13_000, False), (15_000, True)])
def test_a_prompt_is_held_as_often_as_it_can_be_read(
    provider: Provider, tmp_path: Any, tokens: int, fits: bool
) -> None:
    """After each call the provider reads everything again, and bills it."""
    provider.reset()
    provider.script = whole(searched(), said())
    capped = policy(provider, 9, cost_per_day=f"tokens_per_minute: {tokens}, cost_per_day")
    with gateway_of(capped, provider, tmp_path) as gateway:
        body: Any = {"model": "small", "input": "word " * 900, "max_output_tokens": 100}
        # Three readings of prompt and tools, two of answers, the results of two calls.
        asked: Any = {**body, "tools": [WEB]}
        if fits:
            assert gateway.client().responses.create(**asked).output_text == "Fine."
        else:
            with pytest.raises(openai.APIStatusError) as caught:
                gateway.client().responses.create(**asked)
            assert caught.value.status_code in (413, 429)


@pytest.mark.parametrize(
    ("old", "new", "said_of"),
    [
        ("per_call: 0.5, ", "", "per_call"),
        ("hosts: [mcp.example.com", "hosts: [https://mcp.example.com", "hosts"),
        ("max_calls: 2, ", "max_calls: 0, ", "max_calls"),
        ("web_search:", "computer:", "computer"),
    ],
)
def test_a_policy_that_says_it_wrong_is_refused_by_its_field(
    provider: Provider, old: str, new: str, said_of: str
) -> None:
    with pytest.raises(InputError) as caught:
        policy(provider, 9, **{old: new})
    assert "test:" in str(caught.value) and said_of in str(caught.value)


def test_a_provider_without_such_tools_is_not_asked(provider: Provider, tmp_path: Any) -> None:
    provider.reset()
    claude = policy(provider, 9, **{"    base_url:": "    kind: anthropic\n    base_url:"})
    with gateway_of(claude, provider, tmp_path, env=ENV) as gateway:
        with pytest.raises(openai.BadRequestError) as caught:
            gateway.client().responses.create(model="small", input="Hi", tools=[WEB])  # type: ignore[list-item]
        assert caught.value.body["param"] == "/tools/0"  # type: ignore[index]
        assert caught.value.body["message"].startswith("/tools/0 ")  # type: ignore[index]
        assert provider.seen == []


def test_a_provider_that_failed_is_not_asked_again_to_act(
    provider: Provider, tmp_path: Any
) -> None:
    """Its tools may have run before it failed; a plain request is repeated as ever."""
    provider.reset()
    provider.status = 500
    again = policy(provider, 9, **{"    base_url:": "    retries: 2\n    base_url:"})
    with gateway_of(again, provider, tmp_path) as gateway:
        for tools, times in (([WEB], 1), ([], 3)):
            provider.seen.clear()
            body: Any = {"model": "small", "input": "Hi", "tools": tools}
            with pytest.raises(openai.InternalServerError):
                gateway.client().responses.create(**body)
            assert len(provider.seen) == times


def test_every_server_brings_a_list_of_tools(provider: Provider, tmp_path: Any) -> None:
    provider.reset()
    provider.script = whole(said())
    capped = policy(provider, 9, cost_per_day="tokens_per_minute: 20000, cost_per_day")
    servers = [{**MCP, "server_label": f"desk{n}"} for n in range(9)]
    with gateway_of(capped, provider, tmp_path) as gateway:
        body: Any = {"model": "small", "input": "Hi", "max_output_tokens": 100}
        client = gateway.client()
        assert client.responses.create(**body, tools=servers[:1]).output_text == "Fine."
        with pytest.raises(openai.APIStatusError) as caught:
            client.responses.create(**body, tools=servers)
        assert caught.value.status_code == 413
