"""A provider whose files hang holds up nothing else, and is left alone for a while."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from gateway_support import POLICY, Gateway, Provider, gateway_of

from seawall.policy.load import decode_policy

HI = [{"role": "user", "content": "Hi"}]
SLOW = """timeout_seconds: 4
    max_concurrency: 2
    breaker: {{failures: 2, seconds: 60}}"""


@pytest.fixture
def gate(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    provider.reset()
    text = POLICY.replace("timeout_seconds: 1.2", SLOW)
    parsed = decode_policy(text.format(upstream=provider.url, mode="error"), "test")
    with gateway_of(parsed, provider, tmp_path) as gateway:
        yield gateway


def hang(gate: Gateway, seconds: float, count: int) -> list[threading.Thread]:
    """Begin so many requests for a file that the provider answers late."""
    file = gate.client().files.create(file=("a.txt", b"Open 9 to 5."), purpose="assistants").id
    gate.provider.delay = seconds

    def ask() -> None:
        with pytest.raises(openai.APIStatusError):
            gate.client().files.content(file)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for one in threads:
        one.start()
    end = time.monotonic() + 5
    while sum(call.endswith("/content") for call, _, _ in gate.provider.calls) < 1:
        assert time.monotonic() < end
        time.sleep(0.02)
    return threads


def test_chats_are_answered_while_files_hang(gate: Gateway) -> None:
    threads = hang(gate, 3.0, 4)
    time.sleep(0.3)
    gate.provider.delay = 0.0
    began = time.monotonic()
    answer = gate.client().chat.completions.create(model="small", messages=HI)  # type: ignore[call-overload]
    assert answer.choices and time.monotonic() - began < 1.5
    for one in threads:
        one.join()


def test_files_that_hang_are_left_alone_and_chats_are_not(gate: Gateway) -> None:
    for one in hang(gate, 30.0, 2):
        one.join()
    gate.provider.delay = 0.0
    began = time.monotonic()
    with pytest.raises(openai.APIStatusError) as caught:
        gate.client().files.create(file=("b.txt", b"Open."), purpose="assistants")
    assert caught.value.code == "upstream_unavailable" and time.monotonic() - began < 2
    assert 50 <= int(caught.value.response.headers["retry-after"]) <= 61
    assert gate.client().chat.completions.create(model="small", messages=HI)  # type: ignore[call-overload]
