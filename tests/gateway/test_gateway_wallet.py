"""Denial of wallet: loops and cost bursts are refused, ordinary use is not."""

import time
from pathlib import Path
from typing import Any

import openai
import pytest
import sqlalchemy as sa
from gateway_support import Provider, gateway_of, make_policy

from seawall.gateway.wallet import CostRate, LoopDetector, alike, sketch_of
from seawall.store.db import open_store
from seawall.store.tables import usage

LONG = (
    "Please go through the list of open orders of this customer and tell me which of them are late,"
    " which are on their way, and which have been paid for but not sent until today, number {}."
)
OTHER = (
    "Write a friendly answer to a customer who asks about the opening hours of the branch in the "
    "old town during the summer holidays and on the long weekend in October."
)


def waits(texts: list[str], repeats: int = 3, step: float = 1.0) -> list[bool]:
    detector = LoopDetector(repeats, 60.0, 0.9)
    return [detector.wait("s", text, index * step) > 0 for index, text in enumerate(texts)]


def test_the_same_request_again_and_again_is_a_loop() -> None:
    assert waits(["What is it?"] * 5) == [False, False, False, True, True]


def test_nearly_the_same_is_the_same() -> None:
    assert waits([LONG.format(n) for n in range(5)]) == [False, False, False, True, True]


def test_different_requests_are_no_loop() -> None:
    assert not any(waits([LONG.format(1), OTHER] * 2 + ["Thanks!", "Good bye", "And one more"]))
    assert not any(waits([f"order {n}?" for n in range(20)]))  # short: only the same is the same


def test_repetitions_far_apart_are_no_loop() -> None:
    assert not any(waits(["ping"] * 10, step=20.1))


def test_waiting_as_told_ends_a_loop_and_sessions_do_not_share_it() -> None:
    detector = LoopDetector(2, 60.0, 0.9)
    assert [detector.wait("a", "x", at) for at in (0.0, 10.0)] == [0.0, 0.0]
    assert detector.wait("b", "x", 11.0) == 0.0
    wait = detector.wait("a", "x", 20.0)
    assert wait == 50.0  # the second last of those that count leaves at 70
    assert detector.wait("a", "x", 81.0) == 0.0


def test_likeness_is_of_content_not_of_length() -> None:
    assert alike(sketch_of(LONG.format(1)), sketch_of(LONG.format(1))) == 1.0
    assert alike(sketch_of(LONG.format(1)), sketch_of(OTHER)) < 0.1


def test_a_burst_is_measured_against_the_key_itself() -> None:
    rate = CostRate(100, 10.0)
    for bucket in range(100):  # a busy key: 50 every ten minutes
        rate.note("busy", 50, bucket * 600.0)
    now = 100 * 600.0
    rate.note("busy", 450, now)
    assert rate.wait("busy", now) == 0.0  # nine times the usual
    rate.note("busy", 100, now)
    assert rate.wait("busy", now + 60) == 540.0
    assert rate.wait("busy", now + 600) == 0.0
    rate.note("new", 100, now)
    assert rate.wait("new", now) == 0.0  # not beyond what is never too much
    rate.note("new", 1, now)
    assert rate.wait("new", now) > 0
    assert rate.wait("stranger", now) == 0.0


def ask(client: openai.OpenAI, text: str) -> str:
    messages: Any = [{"role": "user", "content": text}]
    try:
        client.chat.completions.create(model="small", messages=messages)
    except openai.RateLimitError as error:
        assert int(error.response.headers["retry-after"]) >= 1
        return str(error.code)
    return ""


@pytest.mark.parametrize(
    ("wallet", "texts", "codes"),
    [
        ("{repeats: 2}", ["a", "a", "b", "a"], ["", "", "", "loop_detected"]),
        ("{cost_burst: 0.00003}", ["a", "b", "c"], ["", "", "cost_burst"]),
    ],
)
def test_the_gateway_refuses_before_the_provider_is_asked(
    provider: Provider, tmp_path: Path, wallet: str, texts: list[str], codes: list[str]
) -> None:
    policy = make_policy(provider, extra=f"wallet: {wallet}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        client = gateway.client(default_headers={"x-seawall-session": "one"})
        assert [ask(client, text) for text in texts] == codes
        assert len(provider.seen) == codes.count("")
        if "repeats" in wallet:
            elsewhere = gateway.client(default_headers={"x-seawall-session": "two"})
            assert ask(elsewhere, "a") == ""


def test_what_was_usual_before_a_start_is_usual_after_it() -> None:
    now = 1000 * 600.0
    rate = CostRate(100, 10.0)
    rate.restore("busy", 50 * 144 * 2, 2 * 86_400.0, now)  # 50 every ten minutes, for two days
    rate.restore("fresh", 200, 60.0, now)
    for key, usual in (("busy", 50), ("fresh", 200)):
        rate.note(key, usual * 10, now)
        assert rate.wait(key, now) == 0.0
        rate.note(key, 1, now)
        assert rate.wait(key, now) == 600.0
    later = now + 86_400
    assert rate.wait("busy", later) == 0.0
    rate.note("busy", 101, later)  # of that day, only the one burst is known
    assert rate.wait("busy", later) > 0


def test_a_busy_key_is_not_refused_because_the_gateway_was_started_anew(
    provider: Provider, tmp_path: Path
) -> None:
    policy = make_policy(provider, extra="wallet: {cost_burst: 0.00003}\n")
    provider.reset()
    with gateway_of(policy, provider, tmp_path) as gateway:
        key = gateway.key
        assert [ask(gateway.client(), text) for text in "abc"] == ["", "", "cost_burst"]
    # The same key spent a hundred times as much yesterday: two requests are nothing unusual.
    store = open_store(str(tmp_path / "data"))
    with store.write() as connection:
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400))
        connection.execute(sa.update(usage).where(usage.c.scope == "key").values(
            day=day, nanos=usage.c.nanos * 100
        ))  # fmt: skip
    store.close()
    with gateway_of(policy, provider, tmp_path) as gateway:
        assert [ask(gateway.client(key), text) for text in "abcd"] == [""] * 4
        assert {ask(gateway.client(), text) for text in "abc"} == {"", "cost_burst"}
