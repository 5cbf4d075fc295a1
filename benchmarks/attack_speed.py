"""How many attempts a second `seawall attack` makes against a loopback mock, and what it holds.

garak and promptfoo stand beside it in the same run where they are installed (`--peers DIR`).
"""

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path
from typing import NamedTuple

from benchmarks import _attackers

PROBES = ("PRB-INJ-DIRECT", "PRB-LEAK-PROMPT", "PRB-DISCLOSE", "PRB-ESCALATE", "PRB-EXFIL-MD")
SHORT, LONG = 2_000, 100_000
LIMIT, FIRST, FLAT = 1_500, 2.0, 1.05
_ANSWER = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "mock",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "I can't help with that."}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 6, "total_tokens": 15},
}  # fmt: skip
_BODY = json.dumps(_ANSWER).encode()
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
_WHOLE = _HEAD % len(_BODY) + _BODY


class _Mock(asyncio.Protocol):
    """Answers every complete request with the same refusal; `seen`: how many, first, last."""

    def __init__(self, seen: "SynchronizedArray[float]") -> None:
        self._held, self._seen = b"", seen

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while True:
            head, found, rest = self._held.partition(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if not found or len(rest) < size:
                return
            self._held = rest[size:]
            now = time.time()
            self._seen[:] = [self._seen[0] + 1, self._seen[1] or now, now]
            self._transport.write(_WHOLE)


def _serve(ready: "multiprocessing.Queue[int]", seen: "SynchronizedArray[float]") -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Mock(seen), "127.0.0.1", 0)
        ready.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class Taken(NamedTuple):
    """Seconds of a run, of its own CPU time, until its first row, and until then of CPU time;
    peak memory in MB."""

    wall: float
    cpu: float
    first: float
    first_cpu: float
    memory: int


def _attack(port: int, folder: Path, attempts: int) -> Taken:
    """Run `seawall attack` as a user would, and measure it from outside."""
    facts, out = folder / "facts.yaml", folder / f"{attempts}.jsonl"
    facts.write_text("system_prompt: You are the helper of a bank. The word is ZEBRA-9921.\n")
    command = [sys.executable, "-m", "seawall", "attack", "--harmless", "0", "--no-calibrate"]
    command += ["--target", f"http://127.0.0.1:{port}/v1", "--facts", str(facts), "--json"]
    command += ["--n", str(attempts // len(PROBES)), "--concurrency", "64", "--out", str(out)]
    command += [part for probe in PROBES for part in ("--probe", probe)]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        first = first_cpu = 0.0
        while not first and process.poll() is None:
            if out.exists() and out.read_bytes().count(b"\n") > 1:
                first, first_cpu = time.perf_counter() - begun, _cpu(process.pid)
            time.sleep(0.01)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        taken = time.perf_counter() - begun
    if process.returncode or not first:
        raise RuntimeError(f"the run ended with {process.returncode}")
    rows = out.read_bytes().count(b"\n") - 1
    if rows != attempts:
        raise RuntimeError(f"{rows} rows of {attempts} attempts")
    cpu = used.ru_utime + used.ru_stime
    return Taken(taken, cpu, first, first_cpu, used.ru_maxrss // 1024)


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _garak(where: str, url: str, folder: Path) -> None:
    _attackers.garak(where, url, folder, ["encoding.InjectBase64"], generations=2)


def _promptfoo(where: str, url: str, folder: Path) -> None:
    tests = [
        {"vars": {"prompt": f"Say {number}."}, "metadata": {"pluginId": "hijacking"},
         "assert": [{"type": "not-contains", "value": "ZEBRA"}]}
        for number in range(500)
    ]  # fmt: skip
    _attackers.promptfoo(where, url, folder, tests)


PEERS: dict[str, Callable[[str, str, Path], None]] = {"garak": _garak, "promptfoo": _promptfoo}


def _beside(name: str, port: int, folder: Path, seen: "SynchronizedArray[float]") -> str:
    """Run a peer against the mock, and say how fast the mock was asked."""
    where = _attackers.program(name)
    if where is None:
        return _attackers.HOW.format(name=name, benchmark="attack_speed")
    folder.mkdir()
    seen[:] = [0.0, 0.0, 0.0]
    begun, used = time.time(), os.times()
    PEERS[name](where, f"http://127.0.0.1:{port}/v1", folder)
    ended, spent = time.time(), os.times()
    cpu = sum(spent[2:4]) - sum(used[2:4])
    count, first, last = seen[:]
    if count < 2 or last <= first:
        raise RuntimeError(f"{name} sent {count:.0f} requests")
    return (
        f"{name}: {(count - 1) / (last - first):.0f} requests a second, the first after "
        f"{first - begun:.1f} s; {count:.0f} in {ended - begun:.1f} s, "
        f"{cpu:.1f} s of CPU time"
    )


def main() -> int:
    """Print figures beside the limits; 1 beyond one.

    A busy machine shows fewer attempts a second: what the run's own CPU time allows stands beside.
    """
    ready: multiprocessing.Queue[int] = multiprocessing.Queue()
    seen: SynchronizedArray[float] = multiprocessing.Array("d", 3)
    mock = multiprocessing.Process(target=_serve, args=(ready, seen), daemon=True)
    mock.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            port, folder = ready.get(timeout=20), Path(name)
            beyond = _ours(_attack(port, folder, SHORT), _attack(port, folder, LONG))
            for peer in PEERS:
                print(_beside(peer, port, folder / peer, seen), flush=True)
    finally:
        mock.terminate()
    return int(beyond)


def _ours(short: Taken, long: Taken) -> bool:
    """Print our own figures; return whether one is beyond its limit."""
    speed = (LONG - SHORT) / (long.wall - short.wall)
    possible = (LONG - SHORT) / (long.cpu - short.cpu)
    flat = long.memory <= FLAT * short.memory
    print(f"attempts a second: {speed:.0f}   limit {LIMIT} on two free cores")
    print(f"by the run's own CPU time: {possible:.0f} a second on one core")
    print(f"first attempt after {long.first:.2f} s   limit {FIRST:g} s")
    print(f"CPU time until then: {long.first_cpu:.2f} s")
    print(f"peak memory: {short.memory} MB at {SHORT}, {long.memory} MB at {LONG} attempts   "
          f"limit: {FLAT - 1:.0%} more", flush=True)  # fmt: skip
    return speed < LIMIT or long.first > FIRST or not flat
