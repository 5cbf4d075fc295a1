"""Another policy without a restart: by signal and by the admin API, on real processes."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_support import POLICY, Paced, Served, gateway_process, got, paced, until

from seawall.core.roles import Role
from seawall.store.db import open_store
from seawall.store.keys import ADMIN_SCOPE, create_key


@pytest.fixture(scope="module")
def upstream() -> Iterator[Paced]:
    with paced() as running:
        yield running


def told(gateway: Served) -> dict[str, Any]:
    """Return what /readyz says of the policy."""
    value: dict[str, Any] = json.loads(got(gateway.port, "GET", "/readyz")[2])["policy"]
    return value


def hang_up(gateway: Served) -> None:
    gateway.running.send_signal(signal.SIGHUP)


def write(folder: Path, upstream: Paced, extra: str = "", limits: str = "") -> None:
    policy = POLICY.format(upstream=upstream.url, main="", limits=limits, tokens=500)
    (folder / "policy.yaml").write_text(policy + extra)


def admin_key(gateway: Served, role: Role = Role.OWNER) -> dict[str, str]:
    store = open_store(gateway.data)
    key = create_key(store, application="shop", function="", scopes=(ADMIN_SCOPE,),
                     roles=(role,))[1]  # fmt: skip
    store.close()
    return {"authorization": f"Bearer {key}"}


def test_a_hangup_brings_the_new_policy_and_ends_no_stream(upstream: Paced, tmp_path: Path) -> None:
    """What ran ends, and is on record, under the version with which it began."""
    with gateway_process(tmp_path, upstream) as gateway:
        first = told(gateway)

        async def run() -> None:
            reader, writer = await gateway.open(gate=True)
            write(tmp_path, upstream, "disclosure: {text: An AI answers.}\n")
            hang_up(gateway)
            await asyncio.to_thread(until, lambda: told(gateway)["sha256"] != first["sha256"])
            assert await asyncio.to_thread(gateway.ask) == ""
            await asyncio.to_thread(upstream.release)
            assert b"[DONE]" in await reader.read()
            writer.close()

        asyncio.run(run())
        second = told(gateway)
        assert (first["version"], second["version"], second["source"]) == (1, 2, "file")
        assert "error" not in second and gateway.ready() == 200
        until(lambda: bool(gateway.closed()))
        (streamed,) = gateway.closed()
        assert (streamed["policy_version"], streamed["policy_sha256"]) == (1, first["sha256"])
        (whole,) = [body for body in gateway.records() if body["event"] == "request"]
        assert (whole["policy_version"], whole["policy_sha256"]) == (2, second["sha256"])
        (change,) = [x for x in gateway.records() if x.get("action") == "policy.change"]
        assert change["actor"] == "SIGHUP" and change["target"] == "shop"
        assert change["details"] == {"number": 2, "sha256": second["sha256"], "source": "file",
                                     "before": first["sha256"]}  # fmt: skip


BROKEN = {
    "not yaml": (": [", "policy.yaml:16:"),
    "unknown field": ("colour: red\n", "unknown field `colour`"),
    "no such detector": (
        "", "policy.yaml:15: There is no detector 'secretss'",
    ),
    "another application": ("", "This gateway serves shop, not mall"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_bad_policy_leaves_the_old_one_and_says_where(
    kind: str, upstream: Paced, tmp_path: Path
) -> None:
    extra, said = BROKEN[kind]
    with gateway_process(tmp_path, upstream) as gateway:
        first, headers = told(gateway), admin_key(gateway)
        write(tmp_path, upstream, extra)
        path = tmp_path / "policy.yaml"
        if kind == "no such detector":
            path.write_text(path.read_text().replace("secrets,", "secretss,"))
        if kind == "another application":
            path.write_text(path.read_text().replace("application: shop", "application: mall"))
        hang_up(gateway)
        until(lambda: "error" in told(gateway))
        now = told(gateway)
        assert said in now["error"] and now["sha256"] == first["sha256"]
        assert gateway.ready() == 200 and gateway.ask() == ""
        status, _, body = got(gateway.port, "POST", "/admin/v1/policy/reload", {}, headers)
        assert status == 400 and said.partition(" ")[2] in json.loads(body)["error"]["message"]
        shown = got(gateway.port, "GET", "/admin/v1/policy", None, headers)[2]
        assert said in json.loads(shown)["error"]
        write(tmp_path, upstream)
        hang_up(gateway)
        until(lambda: "error" not in told(gateway))
        assert told(gateway)["version"] == 1
        gateway.running.send_signal(signal.SIGTERM)
        assert said in gateway.running.communicate(timeout=30)[1]


def test_the_admin_api_reloads_for_owners_alone(upstream: Paced, tmp_path: Path) -> None:
    with gateway_process(tmp_path, upstream) as gateway:
        owner, officer = admin_key(gateway), admin_key(gateway, Role.RISK_OFFICER)
        write(tmp_path, upstream, "disclosure: {text: An AI answers.}\n")
        path = "/admin/v1/policy/reload"
        assert got(gateway.port, "POST", path, {}, officer)[0] == 403
        assert told(gateway)["version"] == 1
        status, _, body = got(gateway.port, "POST", path, {}, owner)
        assert (status, json.loads(body)["version"]) == (200, 2)
        shown = json.loads(got(gateway.port, "GET", "/admin/v1/policy", None, owner)[2])
        assert shown["policy"]["disclosure"]["text"] == "An AI answers."
        assert (shown["version"], shown["sha256"]) == (2, told(gateway)["sha256"])


def test_what_was_used_counts_under_the_next_policy(upstream: Paced, tmp_path: Path) -> None:
    with gateway_process(tmp_path, upstream, limits="requests_per_day: 4") as gateway:
        assert [gateway.ask() for _ in range(3)] == [""] * 3
        for number, most in enumerate((5, 3), start=2):
            write(tmp_path, upstream, limits=f"requests_per_day: {most}, requests_per_minute: 60")
            hang_up(gateway)
            until(lambda number=number: told(gateway)["version"] == number)  # type: ignore[misc]
            answers = [gateway.ask() for _ in range(2)]
            assert answers == (["", ""] if most == 5 else ["insufficient_quota"] * 2)


def test_many_reloads_leave_no_memory_and_no_thread_behind(upstream: Paced, tmp_path: Path) -> None:
    with gateway_process(tmp_path, upstream) as gateway:

        def change(number: int) -> None:
            write(tmp_path, upstream, f"disclosure: {{text: Number {number}.}}\n")
            hang_up(gateway)
            until(lambda: told(gateway)["version"] == number)
            assert gateway.ask() == ""

        for number in range(2, 8):
            change(number)
        before = gateway.memory()
        threads = len(list(Path(f"/proc/{gateway.running.pid}/task").iterdir()))
        for number in range(8, 28):
            change(number)
        time.sleep(0.2)
        assert gateway.memory() <= before + 10
        assert len(list(Path(f"/proc/{gateway.running.pid}/task").iterdir())) <= threads
