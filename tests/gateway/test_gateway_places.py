"""The two places of these tests are what they say, and no mark hides a test of the store."""

import subprocess
import sys
from pathlib import Path

import httpx2 as httpx
import openai
import pytest
from gateway_support import Gateway, Provider, gateway_of, make_policy
from msgspec.structs import replace
from places import EMBEDDED, ON_SERVERS, now
from plain_tables import only_plain

from seawall.gateway.limits import Limiter
from seawall.policy.resources import Limits, ScopeLimits
from seawall.store.db import open_for_reading, open_store
from seawall.store.keys import list_keys
from seawall.store.kills import kill, list_kills

HI = [{"role": "user", "content": "Hi"}]


@pytest.fixture(scope="module")
def made_in() -> str:
    """Where a module's fixture was made, though it names no other fixture."""
    return EMBEDDED if now.places is None else ON_SERVERS


def ready(gateway: Gateway) -> dict[str, str]:
    value: dict[str, str] = httpx.get(f"http://127.0.0.1:{gateway.port}/readyz").json()
    return value


def test_a_gateway_keeps_and_counts_where_the_test_says(places: str, gateway: Gateway) -> None:
    found = ready(gateway)
    both = {name: found.get(name) for name in ("database", "counters")}
    on_servers = places == ON_SERVERS
    assert both == dict.fromkeys(both, "ok" if on_servers else None)
    assert gateway.store.shared == on_servers
    assert (gateway.store.folder / "seawall.db").exists() != on_servers


def test_a_modules_fixture_is_made_anew_for_each_place(places: str, made_in: str) -> None:
    assert made_in == places, "the second run would ask what the first one has made"


def test_each_data_folder_has_a_place_of_its_own(provider: Provider, tmp_path: Path) -> None:
    with (
        gateway_of(make_policy(provider), provider, tmp_path) as one,
        gateway_of(make_policy(provider), provider, tmp_path / "two") as two,
    ):
        kill(one.store, "model", "small", reason="a test")
        assert (len(list_kills(one.store)), len(list_kills(two.store))) == (1, 0)
    again = open_for_reading(tmp_path / "data")
    assert len(list_kills(again)) == 1, "and finds it again"
    again.close()


def test_what_a_test_starts_finds_its_data_folder(tmp_path: Path) -> None:
    code = "from seawall.cli.main import main; main()"
    made = subprocess.run(
        [sys.executable, "-c", code, "keys", "create", "--application", "shop", "--function",
         "chat", "--data", str(tmp_path / "data")], capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    store = open_store(tmp_path / "data")
    assert [key.application for key in list_keys(store)] == ["shop"]
    store.close()


def test_what_a_store_is_asked_for_cannot_be_marked_as_nothing(
    gateway: Gateway, tmp_path: Path
) -> None:
    with only_plain() as beside:
        gateway.client().chat.completions.create(model="small", messages=HI)  # type: ignore[call-overload]
    assert beside == set()
    with only_plain() as beside:
        with pytest.raises(openai.NotFoundError):
            gateway.client().files.retrieve("file-1")
        limits = ScopeLimits(key=Limits(requests_per_day=1))
        policy = replace(make_policy(gateway.provider), limits=limits)
        Limiter(policy).reserve("chat", 1, 0.0, {"key": "k"})
        subprocess.run([sys.executable, "-c", ""], check=True)
        open_store(tmp_path / "data").close()
    assert {"objects", "limits", "a process", "a store"} <= beside
