"""`seawall mcp run` as a process: what stdin may be, and servers that end too early."""

import json
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest
from test_gateway_mcp import POLICY, Wire, tool

from seawall.store.db import open_store

# Answers what it is asked but "mute"; dies in a call of "die", and ends with a call of "end".
SERVER = """
import json, os, sys
for line in sys.stdin:
    asked = json.loads(line)
    name = asked.get("params", {}).get("name", "")
    if "id" not in asked or name == "mute":
        continue
    if name == "die":
        os._exit(7)
    if name == "end":
        break
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {}}), flush=True)
"""


def command(folder: Path, *more: str) -> list[str]:
    (folder / "server.py").write_text(SERVER)
    (folder / "policy.yaml").write_text(POLICY.format(allow="[]", action="block"))
    return [sys.executable, "-m", "seawall", "mcp", "run", "--name", "files", "--policy",
            str(folder / "policy.yaml"), "--data", str(folder / "data"), "--", sys.executable,
            str(folder / "server.py"), *more]  # fmt: skip


def line(number: Any, method: str, **params: Any) -> str:
    asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(asked) + "\n"


def answers(text: str) -> dict[Any, Any]:
    return {one["id"]: one for one in map(json.loads, text.splitlines())}


def run(folder: Path, stdin: IO[Any] | int, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, *more), stdin=stdin, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def test_an_empty_device_is_a_client_that_says_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, subprocess.DEVNULL)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_file_of_requests_is_answered_whole(tmp_path: Path) -> None:
    script = tmp_path / "asked.jsonl"
    script.write_text("".join(line(n, "ping") for n in range(400)))
    with script.open() as stdin:
        done = run(tmp_path, stdin)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(answers(done.stdout)) == list(range(400))


@pytest.mark.parametrize(("name", "how"), [("die", "ended with status 7"),
                                           ("end", "ended with status 0")])  # fmt: skip
def test_open_requests_are_answered_when_the_server_ends(
    tmp_path: Path, name: str, how: str
) -> None:
    Wire(open_store(str(tmp_path / "data"))).list(tool(name))
    child = subprocess.Popen(
        command(tmp_path, "--json"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    child.stdin.write(line(1, "ping"))
    child.stdin.write(line("two", "tools/call", name=name, arguments={}))
    child.stdin.write(line(3, "ping"))
    child.stdin.flush()  # and stays open: the server ends first
    assert child.wait(120) == 3
    told = answers(child.stdout.read())
    assert told[1]["result"] == {}
    assert [told[key]["error"]["code"] for key in ("two", 3)] == [-32603, -32603]
    assert how in child.stderr.read()


def test_who_cancels_waits_for_no_error_either(tmp_path: Path) -> None:
    script = tmp_path / "asked.jsonl"
    gone = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}
    script.write_text(line(1, "ping") + line(2, "ping", name="mute") + json.dumps(gone) + "\n")
    with script.open() as stdin:
        done = run(tmp_path, stdin)
    assert (done.returncode, done.stderr) == (0, "") and list(answers(done.stdout)) == [1]
