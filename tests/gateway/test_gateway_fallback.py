"""Embeddings, pictures and sound go to the next provider as chats do."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import uvicorn
from gateway_support import Gateway, Provider, gateway_of, running
from test_gateway_resilience import ask, dead_url, other, policy_of

from seawall.gateway.breaker import Breaker
from seawall.store.kills import kill

SOUND = b"ID3" + bytes(600)
LINK = {"created": 1, "data": [{"url": "https://pics.example/a.png"}]}

Ask = Callable[[openai.OpenAI], Any]


def _vectors(body: dict[str, Any]) -> dict[str, Any]:
    data = [{"index": 0, "embedding": [0.5, 1.0]}]
    return {"data": data, "usage": {"prompt_tokens": 9, "total_tokens": 9}}


def _embed(client: openai.OpenAI) -> Any:
    return client.embeddings.create(model="small", input="a wall")


def _picture(client: openai.OpenAI) -> Any:
    return client.images.generate(model="small", prompt="a wall", response_format="url")


def _speech(client: openai.OpenAI) -> Any:
    return client.audio.speech.create(model="small", voice="alloy", input="a wall")


def _transcript(client: openai.OpenAI) -> Any:
    return client.audio.transcriptions.create(model="small", file=("a.mp3", SOUND))


SURFACES = pytest.mark.parametrize(
    ("ask_for", "answer"),
    [(_embed, _vectors), (_picture, LINK), (_speech, SOUND), (_transcript, {"text": "A wall."})],
    ids=["embeddings", "images", "speech", "transcripts"],
)


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    script = Provider()
    config = uvicorn.Config(script.app(), log_level="critical", lifespan="off")
    with running(config) as port:
        script.url = f"http://127.0.0.1:{port}/v1"
        yield script


@pytest.fixture
def spare(started: Provider) -> Provider:
    """A second provider on a port of its own."""
    started.reset()
    return started


def code_of(gateway: Gateway, ask_for: Ask) -> str:
    try:
        ask_for(gateway.client())
    except openai.APIStatusError as error:
        return str(error.code)
    return ""


@SURFACES
def test_the_next_provider_answers_and_its_price_counts(
    provider: Provider, spare: Provider, tmp_path: Path, ask_for: Ask, answer: Any
) -> None:
    dead = other(dead_url(), 0)
    policy = policy_of(provider, main="    order: 2\n", extra=dead + other(spare.url, 1, 3))
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        spare.script = answer
        ask_for(gateway.client())
        assert provider.seen == []
        model = spare.seen[-1]["model"]
        assert (model[0] if isinstance(model, list) else model) == "other-small"
        record = gateway.exchanges()[-1]
        assert record["upstream"] == "other-1"
        if ask_for is _embed:
            assert record["cost"] == pytest.approx(9 * 3 / 1e6)
            assert [m.id for m in gateway.client().models.list()] == ["small", "other"]


@SURFACES
def test_a_question_is_written_anew_for_each_provider(
    provider: Provider, spare: Provider, tmp_path: Path, ask_for: Ask, answer: Any
) -> None:
    policy = policy_of(provider, extra=other(spare.url, 1))
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.script, provider.status = _vectors if ask_for is _embed else {}, 503
        spare.script = answer
        ask_for(gateway.client())
        names = [str(x.seen[-1].pop("model")).strip("[]'") for x in (provider, spare)]
        assert names == ["real-small", "other-small"]
        assert provider.seen[-1] == spare.seen[-1] and provider.uploads == spare.uploads
        assert spare.uploads == ([SOUND] if ask_for is _transcript else [])


@SURFACES
def test_repetitions_and_the_breaker_are_those_of_chats(
    provider: Provider, tmp_path: Path, ask_for: Ask, answer: Any
) -> None:
    main = "    retries: 1\n    breaker: {failures: 4, seconds: 30}\n"
    with gateway_of(policy_of(provider, main=main), provider, tmp_path) as gateway:
        provider.reset()
        provider.script, provider.status = _vectors if ask_for is _embed else {}, 500
        for _ in range(2):
            assert code_of(gateway, ask_for) == "upstream_error"
        assert len(provider.seen) == 4
        provider.status = 200
        with pytest.raises(openai.InternalServerError) as caught:
            ask_for(gateway.client())
        assert caught.value.code == "upstream_unavailable"
        assert 1 <= int(caught.value.response.headers["retry-after"]) <= 31
        with pytest.raises(openai.InternalServerError) as caught:
            ask(gateway)  # one breaker for all that a provider is asked
        assert caught.value.code == "upstream_unavailable" and len(provider.seen) == 4


@SURFACES
def test_what_may_have_cost_something_is_asked_of_nobody_else(
    provider: Provider, spare: Provider, tmp_path: Path, ask_for: Ask, answer: Any
) -> None:
    policy = policy_of(provider, main="    retries: 2\n", extra=other(spare.url, 1))
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.script, provider.status = _vectors if ask_for is _embed else {}, 400
        assert code_of(gateway, ask_for) == "upstream_rejected"
        assert (len(provider.seen), spare.seen) == (1, [])


@SURFACES
def test_a_provider_without_such_a_route_is_passed_over(
    provider: Provider, spare: Provider, tmp_path: Path, ask_for: Ask, answer: Any
) -> None:
    main = "    kind: anthropic\n"
    policy = policy_of(provider, main=main, extra=other(spare.url, 1))
    with gateway_of(policy, provider, tmp_path / "both") as gateway:
        provider.reset()
        spare.script = answer
        ask_for(gateway.client())
        assert provider.seen == [] and len(spare.seen) == 1
    with gateway_of(policy_of(provider, main=main), provider, tmp_path / "one") as gateway:
        assert code_of(gateway, ask_for) == "unsupported_field"


@SURFACES
def test_a_model_that_is_switched_off_or_a_key_that_costs_too_much_asks_nobody(
    provider: Provider, tmp_path: Path, ask_for: Ask, answer: Any
) -> None:
    policy = policy_of(provider, tail="wallet: {cost_burst: 0.000001}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        ask(gateway)
        assert code_of(gateway, ask_for) == "cost_burst"
        kill(gateway.store, "model", "small", reason="a test")
        gateway.kills.renew()
        assert code_of(gateway, ask_for) == "switched_off"
        assert len(provider.seen) == 1


def test_a_provider_that_limits_its_rate_is_left_alone_as_long_as_it_asks(
    provider: Provider, spare: Provider, tmp_path: Path
) -> None:
    policy = policy_of(provider, main="    retries: 1\n", extra=other(spare.url, 1))
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.status, provider.headers = 429, {"retry-after": "40"}
        began = time.monotonic()
        for _ in range(25):
            assert ask(gateway).choices
        assert time.monotonic() - began < 20.0  # nobody waits to ask it again
        assert (len(provider.seen), len(spare.seen)) == (1, 25)
        spare.status = 500
        provider.status = 200
        assert ask(gateway).choices  # it is asked when nobody else answers


def test_a_provider_that_refuses_our_key_uses_up_no_budget(
    provider: Provider, spare: Provider, tmp_path: Path
) -> None:
    policy = policy_of(provider, extra=other(spare.url, 1))
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.status = 401
        for _ in range(25):
            assert ask(gateway).choices
        assert (len(provider.seen), len(spare.seen)) == (25, 25)


def test_the_only_provider_is_not_asked_before_it_wants_to(
    provider: Provider, tmp_path: Path
) -> None:
    policy = policy_of(provider, main="    retries: 1\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.status, provider.headers = 429, {"retry-after": "3"}
        with pytest.raises(openai.RateLimitError) as caught:
            ask(gateway)
        assert caught.value.response.headers["retry-after"] == "3"
        assert len(provider.seen) == 1


def test_a_rest_ends_and_is_a_minute_at_most() -> None:
    now = [0.0]
    breaker = Breaker(2, 5.0, lambda: now[0])
    assert not breaker.resting
    breaker.rest(3600)
    breaker.rest(1)
    now[0] = 59.9
    assert breaker.resting and breaker.wait() == 0.0
    now[0] = 60.0
    assert not breaker.resting
