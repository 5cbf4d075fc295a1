"""What a request is charged is what its provider bills, or more: caches, thoughts, odd counts."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from anthropic_support import CLAUDE, said, text
from anthropic_support import events as anthropic_events
from gateway_support import POLICY, Gateway, Provider, chunks, gateway_of, message
from test_gateway_anthropic_client import client as anthropic_client

from seawall.gateway.prices import cost_of_usage
from seawall.gateway.tokens import most_answered
from seawall.policy.load import decode_policy
from seawall.policy.model import Price
from seawall.wire import openai_batches, openai_chat, usage
from seawall.wire.openai_batches import Result
from seawall.wire.usage import Usage

HI: Any = [{"role": "user", "content": "Hi"}]
# Input costs 1 a million, output 2, as the policy says; small's cache 0.1 and 3.
CACHE = "cached_input_per_million: 0.1, cache_write_per_million: 3, upstream_model: real-"


@pytest.fixture(scope="module")
def started(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    policy = (POLICY.replace("functions:\n", CLAUDE, 1).replace("upstream_model: real-", CACHE)
              .replace("max_output_tokens: 500", "max_output_tokens: 2000"))  # fmt: skip
    parsed = decode_policy(policy.format(upstream=provider.url, mode="error"), "test")
    with gateway_of(parsed, provider, tmp_path_factory.mktemp("bills")) as gateway:
        yield gateway


@pytest.fixture
def gate(started: Gateway) -> Gateway:
    started.provider.reset()
    return started


TOLD = {
    "prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 600, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 400},
}  # fmt: skip
NATIVE = {"input_tokens": 100, "cache_read_input_tokens": 600, "cache_creation_input_tokens": 300,
          "output_tokens": 500}  # fmt: skip


def ended(gate: Gateway) -> list[dict[str, Any]]:
    """Return the last record of each request, of streams too."""
    return [body for body in gate.records() if body["event"] in ("request", "stream.close")]


def script(gate: Gateway, told: Any, stream: bool) -> None:
    end = json.dumps({"choices": [], "usage": told})
    gate.provider.script = (
        [*chunks({"content": "Good."}), end, "[DONE]"] if stream
        else {**message("Good."), "usage": told}
    )  # fmt: skip


def script_native(gate: Gateway, told: Any, stream: bool) -> None:
    whole = {**said(text("Good.")), "usage": told}
    gate.provider.script = whole
    if stream:
        raw = [event.decode() for event in anthropic_events(text("Good."))]
        old = json.dumps(said()["usage"])
        first = {key: told[key] for key in told if key != "output_tokens"} | {"output_tokens": 1}
        raw[0] = raw[0].replace(old, json.dumps(first))
        raw[-2] = raw[-2].replace('{"output_tokens": 7}', json.dumps({"output_tokens": 500}))
        gate.provider.script = [event.encode() for event in raw]


def chat(gate: Gateway, model: str, stream: bool) -> Any:
    if not stream:
        return gate.client().chat.completions.create(model=model, messages=HI).usage
    found = gate.client().chat.completions.create(
        model=model, messages=HI, stream=True, stream_options={"include_usage": True}
    )
    return [chunk.usage for chunk in found if chunk.usage][-1]


def native(gate: Gateway, model: str, stream: bool) -> Any:
    body: Any = {"model": model, "max_tokens": 400, "messages": HI}
    if not stream:
        return anthropic_client(gate).messages.create(**body).usage
    with anthropic_client(gate).messages.stream(**body) as events:
        return events.get_final_message().usage


def responses(gate: Gateway, model: str, stream: bool) -> Any:
    body: Any = {"model": model, "input": "Hi", "stream": stream}
    found: Any = gate.client().responses.create(**body)
    return list(found)[-1].response.usage if stream else found.usage


@pytest.mark.parametrize("stream", [False, True])
def test_details_arrive_and_are_priced(gate: Gateway, stream: bool) -> None:
    price = 400e-6 + 600 * 0.1e-6 + 500 * 2e-6
    script(gate, TOLD, stream)
    told = chat(gate, "small", stream)
    assert (told.prompt_tokens, told.completion_tokens, told.total_tokens) == (1000, 500, 1500)
    assert told.prompt_tokens_details.cached_tokens == 600
    assert told.completion_tokens_details.reasoning_tokens == 400
    assert ended(gate)[-1]["cost"] == pytest.approx(price)
    told = native(gate, "small", stream)
    assert (told.input_tokens, told.cache_read_input_tokens) == (400, 600)
    assert (told.cache_creation_input_tokens, told.output_tokens) == (0, 500)
    assert ended(gate)[-1]["cost"] == pytest.approx(price)
    told = responses(gate, "small", stream)
    assert told.input_tokens_details.cached_tokens == 600
    assert told.output_tokens_details.reasoning_tokens == 400
    assert ended(gate)[-1]["cost"] == pytest.approx(price)


@pytest.mark.parametrize("stream", [False, True])
def test_details_of_another_format_too(gate: Gateway, stream: bool) -> None:
    script_native(gate, NATIVE, stream)
    price = 100e-6 + 600 * 0.1e-6 + 300 * 3e-6 + 500 * 2e-6
    told = native(gate, "claude", stream)
    assert (told.input_tokens, told.cache_read_input_tokens) == (100, 600)
    assert (told.cache_creation_input_tokens, told.output_tokens) == (300, 500)
    assert ended(gate)[-1]["cost"] == pytest.approx(price)
    told = chat(gate, "claude", stream)
    assert (told.prompt_tokens, told.prompt_tokens_details.cached_tokens) == (1000, 600)
    assert told.prompt_tokens_details.cache_write_tokens == 300
    told = responses(gate, "claude", stream)
    assert (told.input_tokens, told.input_tokens_details.cached_tokens) == (1000, 600)


def test_without_a_price_the_cache_is_no_discount() -> None:
    price = Price(input_per_million=10, output_per_million=20)
    used = Usage(prompt_tokens=1000, completion_tokens=0, cached=600, written=300)
    assert cost_of_usage(price, used) == pytest.approx((100 + 600 + 2 * 300) * 10e-6)


@pytest.mark.parametrize("told, asked, answered", [
    # Thoughts that completion_tokens leaves out are paid all the same.
    ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115}, 10, 105),
    ({"prompt_tokens": 10, "completion_tokens": 5,
      "completion_tokens_details": {"reasoning_tokens": 100}}, 10, 105),
    ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 3}, 10, 5),
    ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": "115"}, 10, 5),
])  # fmt: skip
def test_thoughts_are_counted(told: Any, asked: int, answered: int) -> None:
    found = usage.read(told)
    assert found is not None
    assert (found.prompt_tokens, found.completion_tokens) == (asked, answered)


@pytest.mark.parametrize("details", [
    {"prompt_tokens_details": {"cached_tokens": 5000}},
    {"prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 5000}},
    {"prompt_tokens_details": {"cached_tokens": -9, "cache_write_tokens": "9"}},
    {"prompt_tokens_details": "all"}, {"completion_tokens_details": [1]},
])  # fmt: skip
def test_details_that_cannot_be_never_make_a_price_negative(details: Any) -> None:
    found = usage.read({"prompt_tokens": 10, "completion_tokens": 5, **details})
    assert found is not None and found.prompt_tokens == 10
    price = Price(input_per_million=1, output_per_million=0, cached_input_per_million=1,
                  cache_write_per_million=1)  # fmt: skip
    assert cost_of_usage(price, found) == pytest.approx(10e-6)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("told", [
    {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": 900},
    {"prompt_tokens": 900, "completion_tokens": 0}, {"prompt_tokens": 900, "completion_tokens": -7},
    {"prompt_tokens": 900, "completion_tokens": "7"}, {"prompt_tokens": -900, "total_tokens": 0},
])  # fmt: skip
def test_half_a_count_makes_no_half_free(gate: Gateway, told: Any, stream: bool) -> None:
    script(gate, told, stream)
    if stream:
        list(gate.client().chat.completions.create(model="small", messages=HI, stream=True))
    else:
        chat(gate, "small", False)
    cost = ended(gate)[-1]["cost"]
    assert cost >= (900e-6 if told["prompt_tokens"] == 900 else 4e-6) + 2 * 2e-6


def test_no_prompt_is_free(gate: Gateway) -> None:
    script(gate, {"prompt_tokens": -5, "completion_tokens": 7}, False)
    long: Any = [{"role": "user", "content": "word " * 3000}]
    gate.client().chat.completions.create(model="small", messages=long)
    assert ended(gate)[-1]["cost"] > 3000e-6


def left(gate: Gateway, script: list[Any], pieces: int) -> float:
    """Ask for a stream, leave after some pieces, and return what that cost."""
    before = len(ended(gate))
    gate.provider.script = script
    stream = gate.client().chat.completions.create(model="small", messages=HI, stream=True)
    with contextlib.suppress(openai.APIError):  # what is held back never comes
        for _ in range(pieces):
            next(stream)
    stream.close()
    deadline = time.monotonic() + 5
    while len(ended(gate)) == before and time.monotonic() < deadline:
        time.sleep(0.02)
    return float(ended(gate)[-1]["cost"])


def test_who_leaves_pays_for_every_token_seen(gate: Gateway) -> None:
    """A token may be a sign of three bytes, and a piece of a stream holds one at least."""
    signs = [*chunks({"content": "安全第一" * 150}, {"content": "。"}, finish=None), 30.0]
    assert left(gate, signs, 1) >= 600 * 2e-6
    short = [*chunks(*[{"content": "7,"}] * 400, finish=None), 30.0]
    assert left(gate, short, 20) >= 200 * 2e-6


def test_who_leaves_pays_for_more_than_the_first_count(gate: Gateway) -> None:
    """Some providers send a count with the first piece already."""
    first = json.dumps({"choices": [{"index": 0, "delta": {"content": "x " * 900}}],
                        "usage": {"prompt_tokens": 5, "completion_tokens": 1}})  # fmt: skip
    assert left(gate, [first, *chunks({"content": "y"}, finish=None), 30.0], 1) >= 600 * 2e-6


def test_who_leaves_pays_for_thoughts(gate: Gateway) -> None:
    """Nobody sees them: the time before the first word is all that tells of them."""
    role = chunks({"role": "assistant"}, finish=None)
    cost = left(gate, [*role, 0.9, *chunks({"content": "So. " * 20}, finish=None), 30.0], 1)
    assert cost >= 0.9 * 100 * 2e-6


def test_an_overlong_stream_is_paid_as_long_as_it_was(gate: Gateway) -> None:
    said = chunks(*[{"content": "word " * 20}] * 200, finish=None)
    gate.provider.script = [*said, "[DONE]"]
    list(gate.client().chat.completions.create(
        model="small", messages=HI, stream=True, max_tokens=20
    ))  # fmt: skip
    record = ended(gate)[-1]
    assert record["usage"] is None and record["cost"] > 60 * 2e-6


@pytest.mark.parametrize("told", [{}, {"prompt_tokens": 0}, {"prompt_tokens": -3}])
def test_embeddings_are_never_free(gate: Gateway, told: Any) -> None:
    texts = ["A wall against the sea. " * 30] * 40

    def vectors(body: dict[str, Any]) -> dict[str, Any]:
        rows = [{"index": i, "embedding": [0.5]} for i in range(len(body["input"]))]
        return {"data": rows, "usage": told}

    gate.provider.script = vectors
    gate.client().embeddings.create(model="small", input=texts, encoding_format="float")
    assert ended(gate)[-1]["cost"] > 40 * 180e-6


@pytest.mark.parametrize("told", [
    {"input_tokens": 50, "output_tokens": "4000"}, {"input_tokens": -1, "output_tokens": -1},
    {"input_tokens": 50}, {"input_tokens": 0, "output_tokens": 0},
])  # fmt: skip
def test_pictures_are_never_free(gate: Gateway, told: Any) -> None:
    link = {"url": "https://pics.example/a.png"}
    gate.provider.script = {"created": 1, "data": [link, link], "usage": told}
    gate.client().images.generate(model="small", prompt="a wall", n=2, response_format="url")
    assert ended(gate)[-1]["cost"] >= 2 * 4000 * 2e-6


def test_a_timeout_costs_all_that_was_reserved(gate: Gateway) -> None:
    gate.provider.delay = 2.0
    with pytest.raises(openai.InternalServerError):
        chat(gate, "small", False)
    assert ended(gate)[-1]["cost"] >= 2000 * 2e-6


def test_an_answer_beyond_its_limit_is_paid_as_long_as_it_is(gate: Gateway) -> None:
    gate.provider.script = {**message("word " * 2000), "usage": None}
    gate.client().chat.completions.create(model="small", messages=HI, max_tokens=20)
    assert ended(gate)[-1]["cost"] >= 2000 * 2e-6


def test_what_the_providers_own_filter_read_is_paid(gate: Gateway) -> None:
    long: Any = [{"role": "user", "content": "word " * 3000}]
    gate.provider.script = {"error": {"code": "content_filter", "message": "No."}}
    gate.provider.status = 400
    with pytest.raises(openai.BadRequestError):
        gate.client().chat.completions.create(model="small", messages=long)
    assert 3000e-6 < ended(gate)[-1]["cost"] < 8300e-6  # as reserved, and no answer
    gate.provider.script = {"error": {"code": "string_above_max_length", "message": "No."}}
    with pytest.raises(openai.BadRequestError):
        gate.client().chat.completions.create(model="small", messages=long)
    assert ended(gate)[-1]["cost"] == 0


def test_who_leaves_pays_for_the_prompt_as_it_was_counted(gate: Gateway) -> None:
    """Anthropic counts it first; a picture takes more than anybody here would think."""
    script_native(gate, {**NATIVE, "input_tokens": 40_000}, True)
    gate.provider.script = [*gate.provider.script[:3], 30.0]
    with pytest.raises(openai.APIError):
        list(gate.client().chat.completions.create(model="claude", messages=HI, stream=True))
    assert ended(gate)[-1]["cost"] > 40_000e-6


@pytest.mark.parametrize("said, seconds", [
    # A second has about 15 letters, 5 signs of Chinese, or two and a half digits.
    ("Good morning, and welcome. " * 20, 540 / 15), ("欢迎光临本店。" * 20, 140 / 5),
    ("7391 " * 40, 160 / 2.5),
])  # fmt: skip
def test_speech_is_paid_as_long_as_it_lasts(gate: Gateway, said: str, seconds: float) -> None:
    gate.provider.script = b"ID3" + bytes(600)
    gate.client().audio.speech.create(model="small", voice="alloy", input=said)
    assert ended(gate)[-1]["cost"] >= seconds * 20.8 * 2e-6


@pytest.mark.parametrize("told, used", [
    ({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 40}, 40),
    ({"prompt_tokens": 5}, None), ({"prompt_tokens": 0, "completion_tokens": 7}, None),
    ({"prompt_tokens": 5, "completion_tokens": -7}, None), (None, None),
])  # fmt: skip
def test_a_line_of_a_batch_that_counts_by_half_gives_nothing_back(told: Any, used: Any) -> None:
    body = json.dumps({**message("Good."), "usage": told}).encode()
    found = openai_batches.usage_of(Result(custom_id="a", body=body, status=200))
    assert (found and found.total) == used


def test_a_line_of_embeddings_has_no_answer_to_count() -> None:
    body = json.dumps({"data": [], "usage": {"prompt_tokens": 5, "total_tokens": 5}}).encode()
    found = openai_batches.usage_of(Result(custom_id="a", body=body, status=200))
    assert found is not None and found.total == 5


def test_what_was_predicted_and_not_said_is_held_and_cuts_no_stream(gate: Gateway) -> None:
    """Its tokens are counted and billed as the answer's, beside those of `max_tokens`."""
    predicted: Any = {"type": "content", "content": "one two three " * 400}
    told = {"prompt_tokens": 10, "completion_tokens": 1300, "total_tokens": 1310,
            "completion_tokens_details": {"rejected_prediction_tokens": 1200}}  # fmt: skip
    script(gate, told, stream=True)
    sent = gate.client().chat.completions.create(
        model="small", messages=HI, max_tokens=100, prediction=predicted, stream=True
    )
    reasons = [c.choices[0].finish_reason for c in sent if c.choices]
    assert [reason for reason in reasons if reason] == ["stop"]
    assert ended(gate)[-1]["cost"] == pytest.approx((10 + 2 * 1300) / 1e6)
    exchange = openai_chat.exchange_of(
        {"model": "small", "messages": HI, "prediction": predicted, "n": 2}
    )
    assert most_answered(exchange, 100) >= 2 * (100 + 1200)
