"""Providers with OpenAI's chat that refuse fields they do not know, and what a refusal says."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from gateway_support import POLICY, Gateway, Provider, chunks, gateway_of, message

from seawall.core.errors import InputError
from seawall.gateway.steps.refusals import Told, told
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy, Upstream
from seawall.wire.provider_fields import refused_by

HI: Any = [{"role": "system", "content": "Be kind.", "name": "shop"},
           {"role": "user", "content": "Hi", "name": "Kim"}]  # fmt: skip
TOOL: Any = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
# What Mistral's published reference names.
TAKEN = {
    "frequency_penalty", "guardrails", "max_tokens", "messages", "model", "n",
    "parallel_tool_calls", "prediction", "presence_penalty", "prompt_mode", "random_seed",
    "reasoning_effort", "response_format", "safe_prompt", "stop", "stream", "temperature",
    "tool_choice", "tools", "top_p",
}  # fmt: skip
SPOKEN = {"role", "content", "tool_calls", "prefix"}
EVERYTHING: dict[str, Any] = {
    "frequency_penalty": 0.5, "logit_bias": {"5": 1}, "max_tokens": 90, "metadata": {"a": "b"},
    "modalities": ["text"], "parallel_tool_calls": False, "presence_penalty": 0.5,
    "prompt_cache_key": "k", "prompt_cache_retention": "24h", "reasoning_effort": "low",
    "safety_identifier": "u1", "seed": 3, "service_tier": "auto", "stop": ["END"], "store": True,
    "temperature": 0.5, "tools": [TOOL], "tool_choice": "auto", "top_p": 0.5, "user": "u1",
    "verbosity": "low",
}  # fmt: skip


def strict(provider: Provider, answer: Any) -> None:
    """Let the provider refuse unknown fields as a server of FastAPI does."""

    def script(body: dict[str, Any]) -> Any:
        extra = [["body", key] for key in body if key not in TAKEN]
        for index, said in enumerate(body["messages"]):
            extra += [["body", "messages", index, key] for key in said if key not in SPOKEN]
        provider.status = 422 if extra else 200
        detail = [{"type": "extra_forbidden", "loc": where, "msg": "LEAK"} for where in extra]
        return {"detail": detail} if extra else answer

    provider.script = script


@pytest.fixture(scope="module")
def started(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    omit = sorted(refused_by("https://api.mistral.ai/v1"))
    text = POLICY.format(upstream=provider.url, mode="error").replace(
        "    timeout_seconds: 1.2\n", f"    timeout_seconds: 1.2\n    omit: {json.dumps(omit)}\n"
    )
    policy = decode_policy(text + "consent: {training_opt_out: true}\n", "p")
    with gateway_of(policy, provider, tmp_path_factory.mktemp("strict")) as gateway:
        yield gateway


@pytest.fixture
def gate(started: Gateway) -> Gateway:
    started.provider.reset()
    return started


def test_a_strict_provider_answers_whatever_a_client_sends(gate: Gateway) -> None:
    strict(gate.provider, message("Fine."))
    client = gate.client()
    client.chat.completions.create(model="small", messages=HI)
    said = client.chat.completions.create(model="small", messages=HI, **EVERYTHING)
    assert said.choices[0].message.content == "Fine."
    plain, full = gate.provider.seen
    assert plain["max_tokens"] == 500
    assert {key: full[key] for key in ("max_tokens", "stop", "tool_choice", "temperature")} == {
        "max_tokens": 90, "stop": ["END"], "tool_choice": "auto", "temperature": 0.5,
    }  # fmt: skip
    assert [one["content"] for one in full["messages"]] == ["Be kind.", "Hi"]


@pytest.mark.once
def test_the_lower_of_two_limits_counts(gate: Gateway) -> None:
    strict(gate.provider, message())
    for given in ({"max_completion_tokens": 40}, {"max_completion_tokens": 40, "max_tokens": 90}):
        gate.client().chat.completions.create(model="small", messages=HI, **given)
    assert [body["max_tokens"] for body in gate.provider.seen] == [40, 40]


@pytest.mark.once
def test_a_stream_of_a_strict_provider_is_paid_by_what_it_says(gate: Gateway) -> None:
    end = {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}],
           "usage": {"prompt_tokens": 5, "completion_tokens": 7}}  # fmt: skip
    strict(gate.provider, [*chunks({"content": "Fine."}, finish=None), json.dumps(end), "[DONE]"])
    got = list(gate.client().chat.completions.create(
        model="small", messages=HI, stream=True, stream_options={"include_usage": True},
    ))  # fmt: skip
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in got if chunk.choices) == "Fine."
    )
    assert got[-1].usage and got[-1].usage.total_tokens == 12


@pytest.mark.once
def test_a_refusal_names_the_field_and_what_to_do(gateway: Gateway) -> None:
    strict(gateway.provider, message())
    with pytest.raises(openai.BadRequestError) as caught:
        gateway.client().chat.completions.create(model="small", messages=[HI[1]])
    said = caught.value.body["message"]
    assert "refused the request for its max_completion_tokens (HTTP 422)" in said
    assert "`omit: [max_completion_tokens]`" in said and "LEAK" not in said
    assert caught.value.code == "upstream_rejected"


@pytest.mark.once
@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, {"error": {"code": "LEAK"}}, "upstream_model"),
        (400, {"type": "error", "error": {"message": "model: LEAK"}}, "upstream_model"),
        (402, {}, "balance"),
        (429, {"error": {"code": "insufficient_quota", "message": "LEAK"}}, "quota is used up"),
        (429, {"error": {"code": "LEAK"}}, "limiting its rate"),
        (400, {"error": {"param": "temperature", "message": "LEAK"}}, "its temperature (HTTP 400)"),
    ],
)
def test_refusals_say_what_to_look_at(
    gateway: Gateway, status: int, body: dict[str, Any], says: str
) -> None:
    gateway.provider.status, gateway.provider.script = status, body
    with pytest.raises(openai.APIStatusError) as caught:
        gateway.client().chat.completions.create(model="small", messages=[HI[1]])
    said = caught.value.body["message"]
    assert says in said and "LEAK" not in said


@pytest.mark.once
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"error": {"param": "messages[3].content"}}, Told("", "messages")),
        ({"error": {"param": "Your prompt said: LEAK"}}, Told()),
        ({"error": {"param": "leak", "code": "leak"}}, Told()),
        ({"error": {"param": 5, "code": ["x"]}}, Told()),
        ({"error": {"message": "max_tokens: 5 is too many"}}, Told("", "max_tokens", True)),
        ({"type": "error", "error": {"message": "max_tokens: 5 is too many"}},
         Told("", "max_tokens", False)),
        ({"error": {"message": "temperature and LEAK"}}, Told()),
        ([{"error": {"code": 400, "message": 'Unknown name "store": Cannot find field.'}}],
         Told("", "store", True)),
        ({"error": {"message": "property 'leak', then property 'seed' is unsupported"}},
         Told("", "seed", True)),
        ({"error": "LEAK"}, Told()),
        ({"error": {"code": "content_filter"}}, Told("content_filter")),
        ({"message": {"detail": [{"loc": ["body", "store"]}]}}, Told("", "store", True)),
        ({"detail": [5, {"loc": 5}, {"loc": ["body"]}, {"loc": ["body", "user"]}]},
         Told("", "user", True)),
        ({"detail": "LEAK"}, Told()),
        ([], Told()),
    ],
)  # fmt: skip
def test_only_our_own_words_are_taken_from_a_refusal(value: Any, said: Told) -> None:
    assert told(json.dumps(value).encode()) == said


@pytest.mark.once
@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff", b"[" * 60_000])
def test_a_refusal_that_is_no_json_says_nothing(data: bytes) -> None:
    assert told(data) == Told()


def upstream(**fields: Any) -> Policy:
    price = {"input_per_million": 1, "output_per_million": 2}
    one = {"name": "u", "base_url": "https://host/v1", "models": {"m": price}, **fields}
    value = {"version": 1, "application": "a", "upstreams": [one], "functions": {"f": {}}}
    return decode_policy(json.dumps(value), "p")


@pytest.mark.once
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"omit": ["messages"]}, "omit"),
        ({"omit": ["max_tokens", "max_completion_tokens"]}, "two names of one limit"),
        ({"omit": ["store"], "kind": "anthropic"}, "kind openai"),
    ],
)
def test_what_cannot_be_left_out(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        upstream(**fields)


@pytest.mark.once
def test_what_a_provider_is_known_to_refuse_is_left_out_at_its_address() -> None:
    def omitted(**fields: Any) -> frozenset[str]:
        one: Upstream = upstream(**fields).upstreams[0]
        return one.omitted

    mistral = omitted(base_url="https://api.mistral.ai/v1")
    assert {"max_completion_tokens", "store", "user", "stream_options"} <= mistral
    assert "max_tokens" not in mistral
    gemini = omitted(base_url="https://generativelanguage.googleapis.com/v1beta/openai")
    assert {"store", "metadata", "seed", "frequency_penalty"} <= gemini
    assert not {"max_completion_tokens", "stream_options"} & gemini
    assert omitted(base_url="https://api.mistral.ai/v1", omit=[]) == frozenset()
    for other in ("https://mistral.ai.example/v1", "https://notmistral.ai/v1"):
        assert omitted(base_url=other) == frozenset()
    assert omitted(omit=["store"]) == {"store"}
