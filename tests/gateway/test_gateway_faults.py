"""What goes wrong around a gateway, on real processes: disk, clients, provider, a thousand streams.

Whatever happens, no answer is released without its record, and nothing has to be restarted.
"""

import asyncio
import contextlib
import http.client
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_support import (
    WAIT,
    Paced,
    Served,
    gateway_process,
    mounts,
    paced,
    served,
    slow_client,
    small_disk,
    until,
)
from gateway_support import running

from seawall.gateway.books import used_now
from seawall.gateway.serve import server_config
from seawall.gateway.settings import Settings
from seawall.store.db import open_for_reading
from seawall.store.pledges import FILE
from seawall.store.spend import spent_on

DISKS = ["quota", "tmpfs"] if mounts() else ["quota"]
FULL = "audit_unavailable"
STREAMS = 1000
SIZE = 16 << 20


@pytest.fixture
def upstream() -> Iterator[Paced]:
    with paced() as running:
        yield running


@pytest.mark.one_place("a database file on a full disk")
@pytest.mark.parametrize("kind", DISKS)
def test_a_full_disk_refuses_and_serves_again_when_there_is_space(
    upstream: Paced, tmp_path: Path, kind: str
) -> None:
    with (
        small_disk(tmp_path, kind) as disk,
        served(tmp_path, upstream, data=disk.folder / "data") as gateway,
    ):
        pid = gateway.running.pid
        assert [gateway.ask() for _ in range(3)] == ["", "", ""]

        async def held() -> bytes:
            """Fill the disk while a stream is open, free it again; return what the client got."""
            reader, writer = await gateway.open(gate=True, pace=0.2)
            await asyncio.to_thread(disk.fill, pid)
            await asyncio.to_thread(_refused, gateway, upstream)
            await asyncio.to_thread(upstream.release)
            rest = await reader.read()
            writer.close()
            return rest

        rest = asyncio.run(held())
        assert b"A sentence" in rest and b"[DONE]" not in rest
        assert gateway.ready() == 503
        disk.free(pid)
        until(lambda: gateway.ready() == 200)
        assert [gateway.ask() for _ in range(3)] == ["", "", ""]


def _refused(gateway: Served, upstream: Paced) -> None:
    """Ask until everything is refused; then no provider is asked in vain either."""
    codes: list[str] = []
    while codes[-3:] != [FULL] * 3:
        codes.append(gateway.ask())
        assert len(codes) < 1000
    assert set(codes) <= {"", FULL}
    asked = upstream.stats()["requests"]
    assert [gateway.ask() for _ in range(5)] == [FULL] * 5
    assert upstream.stats()["requests"] == asked


def test_a_client_that_reads_a_byte_at_a_time_ends_at_the_deadline(
    upstream: Paced, tmp_path: Path
) -> None:
    endless = {"chunks": 10**9, "text": "A sentence about nothing in particular. " * 40}
    limits = "wall_seconds: 4"
    with served(tmp_path, upstream, limits=limits, tokens=500_000) as gateway:
        assert gateway.ask() == ""
        before = gateway.memory()

        connection = slow_client(gateway.port, gateway.key, **endless)
        began, most = time.monotonic(), 0
        codes: list[str] = []
        while len(codes) < 20 or not gateway.closed():
            assert connection.recv(1)
            codes.append(gateway.ask())
            most = max(most, gateway.memory())
            assert time.monotonic() - began < WAIT
        until(lambda: upstream.stats()["left"] == 1, 30)  # though the client takes nothing more
        with contextlib.suppress(ConnectionError):  # cut, and what is left ends soon
            while rest := connection.recv(65536):
                assert b"[DONE]" not in rest
        connection.close()
        assert set(codes) == {""}, "others are served meanwhile"
        assert most - before < 40, "what the client does not take is not read"
        until(lambda: bool(gateway.closed()))
        (record,) = gateway.closed()
        assert (record["result"], record["code"]) == ("failed", "time_limit_exceeded")
        assert record["cost"] > 0


@pytest.mark.once
@pytest.mark.parametrize("takes", ["nothing", "bytes", "all"])
def test_whoever_takes_next_to_nothing_of_an_answer_is_cut(takes: str) -> None:
    """Else what waits for a client would stay in memory for as long as it likes."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for event in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{event}.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(SIZE)})

    with running(server_config(app, Settings(take_seconds=1.0, drain_seconds=1))) as port:
        connection = slow_client(port, "no-key", room=1 << 20 if takes == "all" else 4096)
        until_cut = time.monotonic() + (0 if takes == "all" else 4)
        while time.monotonic() < until_cut:
            if takes == "bytes":
                connection.recv(1)
            time.sleep(0.01)
        size = 0
        with contextlib.suppress(ConnectionError):
            while data := connection.recv(1 << 20):
                size += len(data)
        connection.close()
    assert (size > SIZE) == (takes == "all")


def test_a_client_that_leaves_stops_the_provider_and_is_settled(
    upstream: Paced, tmp_path: Path
) -> None:
    with served(tmp_path, upstream, limits="concurrent: 1") as gateway:

        async def run() -> None:
            _, writer = await gateway.open(gate=True, pace=0.2)
            assert await asyncio.to_thread(gateway.ask) == "rate_limit_exceeded"
            writer.transport.abort()

        asyncio.run(run())
        until(lambda: upstream.stats()["left"] == 1)
        until(lambda: bool(gateway.closed()))
        (record,) = gateway.closed()
        assert (record["result"], record["code"]) == ("client_gone", "client_closed_request")
        store = open_for_reading(gateway.data)
        spent = spent_on(store, time.strftime("%Y-%m-%d", time.gmtime()))
        store.close()
        assert spent["chat"] == round(record["cost"] * 1e9) > 0
        assert gateway.ask() == "", "its place is free again"


def test_a_hung_provider_is_given_up_and_used_again_when_it_wakes(
    upstream: Paced, tmp_path: Path
) -> None:
    main = "    timeouts: {first_byte: 1, idle: 1}\n    breaker: {failures: 20, seconds: 0.5}"
    with served(tmp_path, upstream, main=main, limits="concurrent: 4") as gateway:

        async def run() -> bytes:
            reader, writer = await gateway.open(gate=True, pace=0.2)
            upstream.hang()
            codes = await asyncio.gather(*(asyncio.to_thread(gateway.ask) for _ in range(3)))
            assert codes == ["upstream_timeout"] * 3
            rest = await reader.read()
            writer.close()
            return rest

        rest = asyncio.run(run())
        assert b"upstream_timeout" in rest and b"[DONE]" not in rest
        assert gateway.ready() == 200
        upstream.wake()
        assert [gateway.ask() for _ in range(4)] == [""] * 4
        failed = [body for body in gateway.records() if body.get("code") == "upstream_timeout"]
        assert sorted(body["event"] for body in failed) == ["request"] * 3 + ["stream.close"]


@pytest.mark.one_place("the memory of a process; records of streams have tests on both")
def test_a_thousand_streams_at_once_all_end_and_are_on_record(
    upstream: Paced, tmp_path: Path
) -> None:
    with served(tmp_path, upstream) as gateway:
        assert gateway.ask() == ""
        before = gateway.memory()

        async def run() -> int:
            opening = asyncio.Semaphore(64)

            async def one() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
                async with opening:
                    return await gateway.open(gate=True, pace=3.0)

            opened = await asyncio.gather(*(one() for _ in range(STREAMS)))
            assert upstream.stats()["open"] == STREAMS
            await asyncio.to_thread(upstream.release)
            ends = await asyncio.gather(*(reader.read() for reader, _ in opened))
            for _, writer in opened:
                writer.close()
            return sum(end.count(b"data: [DONE]") for end in ends)

        assert asyncio.run(run()) == STREAMS
        assert upstream.stats()["done"] == STREAMS
        grown = gateway.memory("VmHWM") - before
        print(f"{STREAMS} open streams took {grown} MiB")
        assert grown < 128, "an eighth of a MiB for each"
        closed = gateway.closed()
        assert len({record["request_id"] for record in closed}) == STREAMS
        assert {record["result"] for record in closed} == {"answered"}
        assert all(record["cost"] > 0 for record in closed)
        assert gateway.ask() == ""


def test_a_killed_gateway_forgets_no_cost_of_its_streams(upstream: Paced, tmp_path: Path) -> None:
    limits = "cost_per_day: 0.0025"  # two streams may cost 0.00103 each at most
    with gateway_process(tmp_path, upstream, limits=limits) as first:

        async def run() -> None:
            streams = [await first.open(gate=True, pace=0.2) for _ in range(2)]
            first.running.kill()
            for _, writer in streams:
                writer.close()

        asyncio.run(run())
        first.running.wait(10)
        with served(tmp_path, upstream, limits=limits) as again:
            again.key = first.key
            assert again.ask() == "insufficient_quota"


@pytest.mark.one_place("what one gateway alone notes in a file; servers have leases")
def test_a_killed_gateway_forgets_no_cost_of_whole_answers(upstream: Paced, tmp_path: Path) -> None:
    limits = "cost_per_day: 0.0025"  # two answers may cost 0.00103 each at most
    with gateway_process(tmp_path, upstream, limits=limits) as first:
        assert first.ask() == ""
        upstream.hang()
        asking = [threading.Thread(target=_ask_in_vain, args=(first,)) for _ in range(2)]
        for one in asking:
            one.start()
        pledges = first.data / FILE
        until(lambda: len(pledges.read_bytes().splitlines()) == 4)
        first.running.kill()
        first.running.wait(10)
        upstream.wake()
        for one in asking:
            one.join()
        with served(tmp_path, upstream, limits=limits) as again:
            again.key = first.key
            assert again.ask() == "insufficient_quota"
            told = [body for body in again.records() if body.get("action") == "spend.unanswered"]
            assert [body["details"]["function"] for body in told] == ["chat", "chat"]
            assert all(body["details"]["cost"] > 0.001 for body in told)
            assert pledges.read_bytes() == b""


def _ask_in_vain(gateway: Served) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        gateway.ask()


def test_a_hangup_ends_no_answer(upstream: Paced, tmp_path: Path) -> None:
    """Tools that move log files send one; only a terminal that is closed means it."""
    with served(tmp_path, upstream) as gateway:

        async def run() -> None:
            reader, writer = await gateway.open(gate=True)
            gateway.running.send_signal(signal.SIGHUP)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(upstream.release)
            assert b"[DONE]" in await reader.read()
            writer.close()

        asyncio.run(run())
        assert gateway.ask() == ""


def test_streams_that_end_leave_only_what_they_cost(upstream: Paced, tmp_path: Path) -> None:
    with served(tmp_path, upstream, limits="cost_per_day: 1, requests_per_day: 9") as gateway:

        async def run() -> None:
            for _ in range(3):
                reader, writer = await gateway.open()
                assert b"[DONE]" in await reader.read()
                writer.close()

        asyncio.run(run())
        costs = [record["cost"] for record in gateway.closed()]
        store = open_for_reading(gateway.data)
        (used,) = used_now(store, time.time())
        store.close()
        assert (used.today.requests, used.today.tokens) == (3, 36)
        assert used.today.cost == pytest.approx(sum(costs)) and len(costs) == 3
