"""Kill switches: a running gateway refuses within a second, and serves again when lifted."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import openai
import pytest
from gateway_support import POLICY, Gateway, Provider, chunks, gateway_of, make_policy, message

from seawall.cli import main
from seawall.core.errors import InputError, MissingPartError
from seawall.core.roles import NotPermittedError, Role
from seawall.gateway.bounds import LOOK_SECONDS
from seawall.policy.load import decode_policy
from seawall.store.db import Store, open_store
from seawall.store.keys import create_key, revoke_key, rotate_key
from seawall.store.kills import KillCache, kill, lift, list_kills

HI: Any = [{"role": "user", "content": "Hi"}]


def ask(gateway: Gateway, model: str = "small", key: str | None = None) -> str:
    """Return the error code of a request, or nothing."""
    try:
        gateway.client(key).chat.completions.create(model=model, messages=HI)
    except openai.PermissionDeniedError as error:
        return str(error.code)
    return ""


def test_a_running_gateway_obeys_the_command_and_serves_again_when_lifted(
    provider: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.reset()
    with gateway_of(make_policy(provider), provider, tmp_path) as gateway:
        folder = str(tmp_path / "data")
        key_id = gateway.key.split("_")[1]
        for kind, name in (("key", key_id), ("function", "chat"), ("model", "small")):
            assert ask(gateway) == ""
            data = ("--data", folder, "--json")
            assert main.run(["kill", kind, name, "--reason", "costs too much", *data]) == 0
            gateway.kills.renew()
            assert ask(gateway) == "switched_off"
            assert main.run(["kill", "lift", kind, name, *data]) == 0
            gateway.kills.renew()
        assert ask(gateway) == ""
        capsys.readouterr()
        assert main.run(["kill", "list", "--data", folder, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == []
        assert len(provider.seen) == 4


def test_only_what_is_named_is_switched_off(provider: Provider, tmp_path: Path) -> None:
    provider.reset()
    with gateway_of(make_policy(provider), provider, tmp_path) as gateway:
        kill(gateway.store, "model", "other", reason="x")
        gateway.kills.renew()
        assert ask(gateway, "other") == "switched_off"
        assert ask(gateway, "small") == ""


def test_a_switch_ends_by_itself_and_is_replaced_by_a_new_one(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    now = [1000.0]
    cache = KillCache(store, ttl_seconds=1.0, clock=lambda: now[0])
    assert cache.find("key", "k") is None
    kill(store, "key", "k", reason="first", expires=1060, now=1000)
    assert cache.find("key", "k") is None  # at most a second old
    now[0] = 1001.0
    assert cache.find("key", "k") is not None
    now[0] = 1060.0
    assert cache.find("key", "k") is None
    kill(store, "key", "k", reason="second", now=1060)
    now[0] = 1062.0
    found = cache.find("key", "k")
    assert found is not None and (found.reason, found.expires) == ("second", None)
    assert len(list_kills(store)) == 1
    store.close()


@pytest.mark.parametrize(
    ("kind", "name", "reason", "expires"),
    [("tool", "x", "r", None), ("key", " ", "r", None), ("key", "k", " ", None),
     ("key", "k", "r", 999)],
)  # fmt: skip
def test_switches_that_cannot_be(
    tmp_path: Path, kind: str, name: str, reason: str, expires: int | None
) -> None:
    store = open_store(tmp_path / "data")
    with pytest.raises(InputError):
        kill(store, kind, name, reason=reason, expires=expires, now=1000)
    with pytest.raises(InputError):
        lift(store, "key", "nobody")
    store.close()


def test_a_database_that_cannot_be_read_switches_nothing_on(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    kill(store, "key", "k", reason="x", now=1)
    now = [10.0]
    cache = KillCache(store, ttl_seconds=1.0, stale_seconds=100.0, clock=lambda: now[0])
    assert cache.find("key", "k")
    broken = Store(tmp_path / "nowhere" / "seawall.db")
    cache._store = broken
    now[0] = 50.0
    assert cache.find("key", "k")  # what was read last counts
    now[0] = 500.0
    with pytest.raises(MissingPartError):
        cache.find("key", "k")
    store.close()


def patient(provider: Provider) -> Any:
    """Return the tests' policy with a provider that may take its time: only a switch ends it."""
    text = POLICY.format(upstream=provider.url, mode="error")
    return decode_policy(text.replace("timeout_seconds: 1.2", "timeout_seconds: 60"), "test")


Open = Callable[[openai.OpenAI], Iterator[Any]]
STREAMS: dict[str, Open] = {
    "chat": lambda client: iter(
        client.chat.completions.create(model="small", messages=HI, stream=True)
    ),
    "completions": lambda client: iter(
        client.completions.create(model="small", prompt="Hi", stream=True)
    ),
    "responses": lambda client: iter(
        client.responses.create(model="small", input="Hi", stream=True)
    ),
}


@pytest.mark.parametrize(
    ("surface", "kind"), [("chat", "key"), ("chat", "function"), ("completions", "model"),
                          ("responses", "model")],
)  # fmt: skip
def test_a_stream_whose_provider_says_nothing_is_cut_settled_and_on_record(
    provider: Provider, tmp_path: Path, surface: str, kind: str
) -> None:
    provider.reset()
    silent = threading.Event()
    said = {"content": "A first sentence that is released at once. And a second one. Third"}
    provider.script = [*chunks(said, finish=None), silent]
    with gateway_of(patient(provider), provider, tmp_path) as gateway:
        names = {"key": gateway.key.split("_")[1], "function": "chat", "model": "small"}
        events = STREAMS[surface](gateway.client())
        seen = [str(next(events))]
        kill(gateway.store, kind, "another", reason="a test")  # ends nothing
        kill(gateway.store, kind, names[kind], reason="a test")
        try:
            seen += map(str, events)
        except openai.APIError as error:
            seen.append(str(error))
        ending = "".join(seen[-2:])
        assert "switched off" in ending
        assert "finish_reason='stop'" not in ending and "response.completed" not in ending
        assert provider.cancelled.wait(5)  # the provider is told too
        record = next(
            body for body in reversed(gateway.records()) if body["event"] == "stream.close"
        )
        assert (record["result"], record["code"]) == ("refused", "switched_off")
        assert record["status"] == 200 and 0 < record["cost"] < 1e-3
    silent.set()


def test_a_stream_whose_key_is_revoked_ends_like_one_that_is_switched_off(
    provider: Provider, tmp_path: Path
) -> None:
    provider.reset()
    silent = threading.Event()
    said = {"content": "A first sentence that is released at once. And a second one. Third"}
    provider.script = [*chunks(said, finish=None), silent]
    with gateway_of(patient(provider), provider, tmp_path) as gateway:
        other, _ = create_key(gateway.store, application="shop", function="chat")
        events = STREAMS["chat"](gateway.client())
        seen = [str(next(events))]
        revoke_key(gateway.store, other)  # ends nothing
        revoke_key(gateway.store, gateway.key.split("_")[1])
        with pytest.raises(openai.APIError, match="key was revoked"):
            seen += map(str, events)
        assert "finish_reason='stop'" not in "".join(seen)
        assert provider.cancelled.wait(5)
        record = next(
            body for body in reversed(gateway.records()) if body["event"] == "stream.close"
        )
        assert (record["result"], record["code"]) == ("refused", "invalid_api_key")
        assert 0 < record["cost"] < 1e-3
        with pytest.raises(openai.AuthenticationError):
            gateway.client().chat.completions.create(model="small", messages=HI)
    silent.set()


def test_a_stream_whose_key_ends_by_itself_goes_on_to_its_end(
    provider: Provider, tmp_path: Path
) -> None:
    provider.reset()
    silent = threading.Event()
    said = {"content": "A first sentence that is released at once. And a second one."}
    provider.script = [*chunks(said, finish=None), silent, *chunks({"content": " End."})]
    with gateway_of(patient(provider), provider, tmp_path) as gateway:
        events = STREAMS["chat"](gateway.client())
        seen = [str(next(events))]
        rotate_key(gateway.store, gateway.key.split("_")[1], overlap=0)
        threading.Timer(4 * LOOK_SECONDS, silent.set).start()
        seen += map(str, events)
        assert "finish_reason='stop'" in "".join(seen)


def test_keys_revoked_before_the_start_are_not_read_again_and_again(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    made = [create_key(store, application="shop", function="chat")[0] for _ in range(2)]
    cache = KillCache(store, ttl_seconds=0, clock=lambda: 1_000_000.0)
    revoke_key(store, made[0], now=900_000)
    revoke_key(store, made[1], now=999_000)  # by a machine whose clock is behind
    assert [cache.revoked(key_id) for key_id in made] == [False, True]
    assert not cache.empty()
    store.close()


def test_a_whole_answer_that_is_waited_for_is_given_up_too(
    provider: Provider, tmp_path: Path
) -> None:
    provider.reset()
    silent, codes = threading.Event(), []
    provider.script = [silent, json.dumps(message())]
    with gateway_of(patient(provider), provider, tmp_path) as gateway:
        asking = threading.Thread(target=lambda: codes.append(ask(gateway)))
        asking.start()
        while not provider.seen:
            asking.join(0.01)
        kill(gateway.store, "model", "small", reason="a test")
        asking.join(10)
        assert codes == ["switched_off"]
        record = gateway.exchanges()[-1]
        # The provider was asked: what it may have cost at most is booked.
        assert (record["result"], record["status"]) == ("refused", 403)
        assert record["cost"] >= 500 * 2 / 1e6
    silent.set()


def test_embeddings_that_are_waited_for_are_given_up_too(
    provider: Provider, tmp_path: Path
) -> None:
    provider.reset()
    silent = threading.Event()
    provider.script = lambda body: {"data": [silent.wait(8)]}
    with gateway_of(patient(provider), provider, tmp_path) as gateway:
        threading.Timer(0.2, kill, (gateway.store, "key", gateway.key.split("_")[1]),
                        {"reason": "a test"}).start()  # fmt: skip
        with pytest.raises(openai.PermissionDeniedError) as caught:
            gateway.client().embeddings.create(model="small", input="Hi")
        assert caught.value.code == "switched_off"
        silent.set()


def test_an_admin_key_is_switched_by_who_may_grant_roles_only(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.reset()
    with gateway_of(make_policy(provider), provider, tmp_path) as gateway:
        made = {
            role: create_key(gateway.store, application="shop", function="", scopes=("admin",),
                             roles=(role,))
            for role in (Role.OWNER, Role.DEVELOPER)
        }  # fmt: skip
        owner, developer = (made[role][1] for role in made)
        switch = {"kind": "key", "name": made[Role.OWNER][0], "reason": "mine now"}

        def asked(path: str, body: Any, key: str) -> str:
            url = f"http://127.0.0.1:{gateway.port}/admin/v1/{path}"
            headers = {"authorization": f"Bearer {key}"}
            answer = httpx.post(url, json=body, headers=headers).json()
            return str(answer.get("error", {}).get("code", ""))

        assert asked("kills", switch, developer) == "not_permitted"
        assert list_kills(gateway.store) == []
        monkeypatch.setenv("SEAWALL_ADMIN_KEY", developer)
        command = ["kill", "key", switch["name"], "--reason", "x", "--data", str(tmp_path / "data")]
        refused = NotPermittedError.exit_code
        assert main.run(command) == refused
        assert main.run(["kill", "lift", *command[1:3], *command[5:]]) == refused
        assert list_kills(gateway.store) == []
        switch["name"] = made[Role.DEVELOPER][0]
        assert asked("kills", switch, owner) == ""
        lifted = {"kind": "key", "name": switch["name"]}
        assert asked("kills/lift", lifted, owner) == ""
        function_key = {**switch, "name": gateway.key.split("_")[1]}
        assert asked("kills", function_key, developer) == ""
