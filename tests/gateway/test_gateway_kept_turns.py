"""What a provider keeps is asked for within the bounds of every request, and in its turn."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from fault_support import until
from gateway_support import Gateway, Provider, gateway_of, make_policy
from msgspec.structs import replace

from seawall.policy.model import Policy
from seawall.store.kills import kill

STORE = {"id": "vs_up", "object": "vector_store", "created_at": 1, "name": "Notes",
         "status": "completed", "usage_bytes": 5, "metadata": {},
         "file_counts": {"cancelled": 0, "completed": 1, "failed": 0, "in_progress": 0,
                         "total": 1}}  # fmt: skip


def policy_of(provider: Provider, extra: str = "", **upstream: Any) -> Policy:
    policy = make_policy(provider, extra=extra)
    upstreams = tuple(
        replace(one, timeout_seconds=20.0, adaptive=False, **upstream) for one in policy.upstreams
    )
    return replace(policy, upstreams=upstreams)


def make_store(gateway: Gateway) -> str:
    """Ask for a vector store; return the error code, or nothing."""
    try:
        gateway.client().vector_stores.create(name="Notes")
    except openai.APIStatusError as error:
        return str(error.code)
    return ""


def later(gateway: Gateway, does: Callable[[Gateway], Any], seconds: float = 0.4) -> None:
    threading.Timer(seconds, does, [gateway]).start()


def test_a_store_that_takes_too_long_is_given_up(provider: Provider, tmp_path: Path) -> None:
    provider.reset()
    provider.replies["POST /vector_stores"] = STORE
    policy = policy_of(provider, "limits: {key: {wall_seconds: 0.5}}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        assert make_store(gateway) == ""
        provider.delay = 3.0
        began = time.monotonic()
        assert make_store(gateway) == "time_limit_exceeded"
        assert time.monotonic() - began < 2.0
        assert gateway.exchanges()[-1]["code"] == "time_limit_exceeded"


def test_a_switch_ends_a_store_that_is_waited_for(provider: Provider, tmp_path: Path) -> None:
    provider.reset()
    provider.replies["POST /vector_stores"] = STORE
    with gateway_of(policy_of(provider), provider, tmp_path) as gateway:
        provider.delay = 3.0
        began = time.monotonic()
        later(gateway, lambda it: kill(it.store, "function", "chat", reason="a test"))
        assert make_store(gateway) == "switched_off"
        assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("room", [1, 2])
def test_a_store_waits_for_a_slot_of_the_provider(
    provider: Provider, tmp_path: Path, room: int
) -> None:
    provider.reset()
    provider.replies["POST /vector_stores"] = STORE
    with gateway_of(policy_of(provider, max_concurrency=room), provider, tmp_path) as gateway:
        provider.delay = 2.0

        def chat() -> None:
            messages: Any = [{"role": "user", "content": "Hi"}]
            gateway.client().chat.completions.create(model="small", messages=messages)

        running = threading.Thread(target=chat)
        running.start()
        until(lambda: bool(provider.asked))
        provider.delay = 0.0
        began = time.monotonic()
        assert make_store(gateway) == ""
        # With one slot it waits for the chat; with two it is done while the chat runs.
        done = running.is_alive() if room == 2 else time.monotonic() - began > 0.5
        running.join()
        assert done
