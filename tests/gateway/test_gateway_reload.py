"""Another policy without a restart: by signal and by the admin API, on real processes."""

import asyncio
import json
import signal
import time
from pathlib import Path

import pytest
from fault_support import Paced, gateway_process, got, until
from policy_support import AN_AI, admin_key, cli, hang_up, told, upstream, write

from seawall.core.roles import Role

__all__ = ["upstream"]


def test_a_hangup_brings_the_new_policy_and_ends_no_stream(upstream: Paced, tmp_path: Path) -> None:
    """What ran ends, and is on record, under the version with which it began."""
    with gateway_process(tmp_path, upstream) as gateway:
        first = told(gateway)

        async def run() -> None:
            reader, writer = await gateway.open(gate=True)
            write(tmp_path, upstream, AN_AI)
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
        first, headers = told(gateway), admin_key(gateway.data)
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
        owner, officer = admin_key(gateway.data), admin_key(gateway.data, Role.RISK_OFFICER)
        write(tmp_path, upstream, AN_AI)
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


def test_one_command_lets_every_replica_read_its_file(upstream: Paced, tmp_path: Path) -> None:
    """A bad file is told by the command, with its line, and leaves the old policy."""
    with gateway_process(tmp_path, upstream) as gateway:
        command = ("policy", "reload", "--data", str(gateway.data))
        write(tmp_path, upstream, AN_AI)
        done = cli(*command, "--json")
        assert done.returncode == 0, done.stderr
        (replica,) = json.loads(done.stdout)["replicas"]
        assert (replica["number"], replica["source"]) == (2, "file")
        assert replica["sha256"] == told(gateway)["sha256"]
        write(tmp_path, upstream, "colour: red\n")
        done = cli(*command)
        assert done.returncode == 2 and "unknown field `colour`" in done.stderr
        assert told(gateway)["version"] == 2
