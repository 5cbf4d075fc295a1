"""Several providers of one model, retries, breakers, time-outs, caps and the drain."""

import http.client
import json
import socket
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import openai
import pytest
from gateway_support import POLICY, Gateway, Provider, chunks, gateway_of, message

from seawall.gateway.breaker import Breaker, RetryBudget, backoff
from seawall.gateway.settings import Settings
from seawall.gateway.stream_cap import StreamCap
from seawall.gateway.targets import Targets, upstreams_of
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy
from seawall.wire.openai_answer import Answer
from seawall.wire.usage import Usage

HI: Any = [{"role": "user", "content": "Hi"}]


def dead_url() -> str:
    """Return the URL of a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def policy_of(provider: Provider, *, main: str = "", extra: str = "", tail: str = "") -> Policy:
    """Return the tests' policy with settings of the first provider and further providers."""
    text = POLICY.format(upstream=provider.url, mode="error")
    text = text.replace("    timeout_seconds: 1.2\n", f"    timeout_seconds: 1.2\n{main}", 1)
    text = text.replace("functions:\n", f"{extra}functions:\n", 1)
    return decode_policy(text + tail, "test")


def other(url: str, order: int, price: float = 1, more: str = "") -> str:
    return (
        f"  - name: other-{order}\n    base_url: {url}\n    order: {order}\n{more}"
        f"    models: {{small: {{input_per_million: {price}, output_per_million: {price},"
        " upstream_model: other-small}}\n"
    )


def ask(gateway: Gateway, **fields: Any) -> Any:
    return gateway.client().chat.completions.create(model="small", messages=HI, **fields)


def code_of(gateway: Gateway, **fields: Any) -> str:
    try:
        ask(gateway, **fields)
    except openai.APIStatusError as error:
        return str(error.code)
    return ""


def readyz(gateway: Gateway) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    status = json.loads(answer.read())["status"]
    connection.close()
    return answer.status, status


def test_the_next_provider_answers_when_the_first_cannot_be_reached(
    provider: Provider, tmp_path: Path
) -> None:
    provider.reset()
    policy = policy_of(provider, main="    order: 5\n", extra=other(dead_url(), 0, 3))
    with gateway_of(policy, provider, tmp_path) as gateway:
        raw = gateway.client().chat.completions.with_raw_response.create(model="small", messages=HI)
        assert raw.parse().choices[0].message.content == "Hello."
        assert provider.seen[-1]["model"] == "real-small"
        record = gateway.record(raw.headers["x-seawall-request-id"])
        assert record["cost"] == pytest.approx((5 * 1 + 7 * 2) / 1e6)  # of who answered


def test_a_streamed_answer_takes_the_same_way(provider: Provider, tmp_path: Path) -> None:
    provider.reset()
    provider.script = [*chunks({"content": "Hello there."}), "[DONE]"]
    policy = policy_of(provider, main="    order: 5\n", extra=other(dead_url(), 0))
    with gateway_of(policy, provider, tmp_path) as gateway:
        text = "".join(c.choices[0].delta.content or "" for c in ask(gateway, stream=True))
        assert text == "Hello there."


def test_a_provider_that_fails_is_asked_again_only_if_the_policy_says_so(
    provider: Provider, tmp_path: Path
) -> None:
    def flaky(body: dict[str, Any]) -> Any:
        provider.status = 500 if len(provider.seen) % 2 else 200
        return message()

    with gateway_of(policy_of(provider), provider, tmp_path / "a") as gateway:
        provider.reset()
        provider.script = flaky
        assert (code_of(gateway), len(provider.seen)) == ("upstream_error", 1)
    with gateway_of(
        policy_of(provider, main="    retries: 1\n"), provider, tmp_path / "b"
    ) as gateway:
        provider.reset()
        provider.script = flaky
        assert (code_of(gateway), len(provider.seen)) == ("", 2)


def test_what_may_have_cost_something_is_never_repeated(provider: Provider, tmp_path: Path) -> None:
    policy = policy_of(provider, main="    retries: 3\n    timeouts: {first_byte: 0.2}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.delay = 0.8
        assert (code_of(gateway), len(provider.seen)) == ("upstream_timeout", 1)
        provider.reset()
        provider.status = 400
        assert (code_of(gateway), len(provider.seen)) == ("upstream_rejected", 1)


def test_a_provider_that_fails_in_a_row_is_left_alone_and_the_client_told_when(
    provider: Provider, tmp_path: Path
) -> None:
    policy = policy_of(provider, main="    breaker: {failures: 2, seconds: 30}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.status = 500
        assert [code_of(gateway) for _ in range(2)] == ["upstream_error"] * 2
        with pytest.raises(openai.InternalServerError) as caught:
            ask(gateway)
        assert caught.value.code == "upstream_unavailable"
        assert 1 <= int(caught.value.response.headers["retry-after"]) <= 31
        assert len(provider.seen) == 2


def test_a_breaker_opens_probes_one_at_a_time_and_closes() -> None:
    now = [0.0]
    breaker = Breaker(2, 5.0, lambda: now[0])
    for _ in range(2):
        assert breaker.enter()
        breaker.failed()
    assert (breaker.state, breaker.enter(), breaker.wait()) == ("open", False, 5.0)
    now[0] = 5.0
    assert breaker.enter() and not breaker.enter()  # one probe only
    breaker.failed()
    assert breaker.wait() == 10.0  # twice as long
    now[0] = 15.0
    assert breaker.enter()
    breaker.undecided()  # the client left: nothing is known, the next one probes
    assert breaker.enter()
    breaker.succeeded()
    assert breaker.state == "closed" and breaker.enter()
    breaker.failed()
    assert breaker.state == "closed"  # the row begins anew


def test_retries_have_a_budget_and_jitter() -> None:
    budget = RetryBudget()
    assert [budget.spend() for _ in range(11)] == [True] * 10 + [False]
    for _ in range(10):
        budget.earn()
    assert budget.spend() and not budget.spend()
    assert backoff(1, 0.0) == 0.0
    assert backoff(3, 0.5) == pytest.approx(0.4)
    assert backoff(9, 0.999) <= 2.0
    assert backoff(1, 0.0, least=1.0) == 1.0
    assert backoff(1, 0.5, least=1.0) == pytest.approx(1.1)  # not all at the same moment


def test_weights_share_one_order_and_the_next_order_comes_last(provider: Provider) -> None:
    more = "    weight: 3\n"
    policy = policy_of(provider, extra=other("http://a/v1", 0, more=more) + other("http://b/v1", 1))
    targets = Targets(policy, rng=Random(7))
    found = upstreams_of(policy, "small")
    plans = [[x.name for x, _ in targets.plan(found)] for _ in range(400)]
    assert all(plan[-1] == "other-1" and len(plan) == 3 for plan in plans)
    first = Counter(plan[0] for plan in plans)
    assert 0.65 < first["other-0"] / 400 < 0.85


def test_a_stream_is_cut_at_its_cap_whatever_the_provider_sends(
    provider: Provider, tmp_path: Path
) -> None:
    endless = chunks(
        *(
            {"content": f"Item {n} costs {n * 7919 % 997} euros and 3 cents. "}
            for n in range(3_000)
        ),
        finish=None,
    )
    with gateway_of(policy_of(provider), provider, tmp_path) as gateway:
        provider.reset()
        provider.script = endless
        events = list(ask(gateway, stream=True, max_tokens=50))
        text = "".join(e.choices[0].delta.content or "" for e in events if e.choices)
        assert events[-1].choices[0].finish_reason == "length"
        assert len(text) <= 50 * 8 + 64 + 200
        seawall = events[-1].model_dump()["seawall"]
        # What was said beyond the limit may stand on the bill, and nothing more.
        cost = gateway.record(seawall["request_id"])["cost"]
        assert 50 * 2 / 1e6 < cost <= (100 + len(text) // 2 * 2) / 1e6


@pytest.mark.parametrize(
    ("usage", "chars", "over"),
    [(None, 100, False), (None, 8 * 50 + 65, True), (51, 10, True), (50, 10, False)],
)
def test_only_certain_signs_cut_a_stream(usage: int | None, chars: int, over: bool) -> None:
    told = None if usage is None else Usage(prompt_tokens=1, completion_tokens=usage)
    assert StreamCap(50).over(Answer(choices=[], usage=told), chars) is over


def test_a_request_ends_at_its_wall_time(provider: Provider, tmp_path: Path) -> None:
    tail = "limits: {key: {wall_seconds: 0.4}}\n"
    with gateway_of(policy_of(provider, tail=tail), provider, tmp_path) as gateway:
        provider.reset()
        provider.delay = 1.0
        assert code_of(gateway) == "time_limit_exceeded"
        provider.reset()
        provider.script = [*chunks({"content": "Hello there. "}, finish=None), 1.0, "[DONE]"]
        with pytest.raises(openai.APIError) as caught:
            list(ask(gateway, stream=True))
        assert caught.value.code == "time_limit_exceeded"
        assert provider.cancelled.wait(5)


def test_idle_time_ends_a_stream_with_an_error_event(provider: Provider, tmp_path: Path) -> None:
    policy = policy_of(provider, main="    timeouts: {idle: 0.2}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.script = [*chunks({"content": "Hello there. "}, finish=None), 0.9, "[DONE]"]
        with pytest.raises(openai.APIError) as caught:
            list(ask(gateway, stream=True))
        assert caught.value.code == "upstream_timeout"


def test_a_slow_stream_is_kept_alive_with_comments(provider: Provider, tmp_path: Path) -> None:
    settings = Settings(drain_seconds=2, keep_alive_seconds=0.1)
    with gateway_of(policy_of(provider), provider, tmp_path, settings) as gateway:
        provider.reset()
        provider.script = [0.6, *chunks({"content": "Hello."}), "[DONE]"]
        body = {"model": "small", "messages": HI, "stream": True}
        headers = {"authorization": f"Bearer {gateway.key}"}
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        raw = connection.getresponse().read().decode()
        connection.close()
        assert raw.count(": keep-alive\n\n") >= 2
        assert raw.endswith("data: [DONE]\n\n")
        text = "".join(c.choices[0].delta.content or "" for c in ask(gateway, stream=True))
        assert text == "Hello."  # a client does not see them


def test_a_gateway_that_drains_is_not_ready_and_still_serves(
    provider: Provider, tmp_path: Path
) -> None:
    with gateway_of(policy_of(provider), provider, tmp_path) as gateway:
        provider.reset()
        assert readyz(gateway) == (200, "ready")
        gateway.drain.begin()
        assert readyz(gateway) == (503, "draining")
        assert ask(gateway).choices
