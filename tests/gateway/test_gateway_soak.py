"""Two replicas on PostgreSQL and Valkey behind one port, under mixed load for a while.

20 seconds alone, 60 in `make test`; `make soak` asks for ten minutes (SEAWALL_SOAK_SECONDS).
"""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from fault_support import Paced, paced, question
from replica_support import shared_env, two_replicas
from servers import Postgres, Valkey

from seawall.store.db import Store, open_for_reading, open_store
from seawall.store.keys import create_key
from seawall.store.spend import spent_on
from seawall.store.verify import verify

pytestmark = pytest.mark.one_place("two replicas on servers")

SECONDS = float(os.environ.get("SEAWALL_SOAK_SECONDS", "20"))
CLIENTS = 10
BUDGET = 0.0001
POLICY = f"""\
version: 1
application: shop
upstreams:
  - name: main
    base_url: {{upstream}}
    api_key_env: UPSTREAM_KEY
    max_concurrency: 64
    timeout_seconds: 60
    models:
      small: {{{{input_per_million: 1, output_per_million: 2}}}}
functions:
  chat: {{{{max_output_tokens: 500, limits: {{{{requests_per_minute: 1000000}}}}}}}}
  racer: {{{{max_output_tokens: 10, limits: {{{{cost_per_day: {BUDGET}}}}}}}}}
guards:
  - {{{{detector: secrets, control: CTL-SECRETS, action: redact, stages: [input, output]}}}}
  - {{{{detector: personal-data, control: CTL-PII, action: redact, stages: [input]}}}}
audit: {{{{capture: redacted}}}}
"""


@dataclass
class Soak:
    """Two replicas, what clients met, and how much memory the replicas had over time."""

    store: Store
    env: dict[str, str]
    keys: dict[str, str]
    folders: list[Path] = field(default_factory=list)
    processes: list[Any] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    met: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    answered: set[str] = field(default_factory=set)
    memory: list[list[int]] = field(default_factory=lambda: [[], []])

    def sample(self) -> None:
        for number, running in enumerate(self.processes):
            text = Path(f"/proc/{running.pid}/status").read_text()
            self.memory[number].append(int(text.split("VmRSS:")[1].split()[0]))

    def note(self, kind: str, answer: aiohttp.ClientResponse, body: bytes = b"") -> None:
        code = "" if answer.status == 200 else json.loads(body)["error"]["code"]
        self.met[kind, answer.status, code] += 1
        self.answered.add(answer.headers["x-seawall-request-id"])


@pytest.fixture
def upstream() -> Iterator[Paced]:
    with paced() as running:
        yield running


@pytest.fixture
def soak(upstream: Paced, postgres: Postgres, valkey: Valkey, tmp_path: Path) -> Iterator[Soak]:
    (tmp_path / "policy.yaml").write_text(POLICY.format(upstream=upstream.url))
    env = shared_env(postgres, valkey, "soak-tests-share-this-pepper")
    store = open_store(tmp_path / "test", env=env)
    keys = {
        name: create_key(store, application="shop", function=name, env=env)[1]
        for name in ("chat", "racer")
    }
    made = Soak(store, env, keys)
    try:
        with two_replicas(tmp_path, env) as replicas:
            for running, data, url in replicas:
                made.processes.append(running)
                made.folders.append(data)
                made.ports.append(int(url.rpartition(":")[2].partition("/")[0]))
            yield made
    finally:
        store.close()


@contextlib.asynccontextmanager
async def one_port(ports: list[int]) -> AsyncIterator[int]:
    """Share connections to one port between the replicas, in turn."""
    turn = itertools.cycle(ports)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def share(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", next(turn))
        await asyncio.gather(pump(reader, outer), pump(inner, writer))

    server = await asyncio.start_server(share, "127.0.0.1", 0, backlog=256)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def client(soak: Soak, number: int, url: str, end: float) -> None:
    """Ask one thing after the other; every other client takes a new connection each time."""
    connector = aiohttp.TCPConnector(limit=1, force_close=bool(number % 2))
    async with aiohttp.ClientSession(url, connector=connector) as session:
        for turn in itertools.count(number):
            if time.monotonic() >= end:
                return
            await KINDS[turn % len(KINDS)](soak, session, f"user-{turn % 50}")


def head(soak: Soak, function: str = "chat") -> dict[str, str]:
    return {"authorization": f"Bearer {soak.keys[function]}"}


async def whole(soak: Soak, session: aiohttp.ClientSession, user: str) -> None:
    body = question({"mail": "ada@example.org"}) | {"user": user}
    async with session.post("/v1/chat/completions", json=body, headers=head(soak)) as answer:
        soak.note("whole", answer, await answer.read())


async def streamed(soak: Soak, session: aiohttp.ClientSession, user: str) -> None:
    body = question({"chunks": 20, "pace": 0.005}) | {"user": user, "stream": True}
    async with session.post("/v1/chat/completions", json=body, headers=head(soak)) as answer:
        data = await answer.read()
        assert answer.status != 200 or data.endswith(b"data: [DONE]\n\n"), data[-300:]
        soak.note("streamed", answer, data)


async def left(soak: Soak, session: aiohttp.ClientSession, user: str) -> None:
    """Leave a stream in the middle."""
    body = question({"chunks": 1000, "pace": 0.05}) | {"user": user, "stream": True}
    async with session.post("/v1/chat/completions", json=body, headers=head(soak)) as answer:
        await answer.content.readany()
        soak.note("left", answer)
        answer.close()


async def message(soak: Soak, session: aiohttp.ClientSession, user: str) -> None:
    body = question({}) | {"max_tokens": 50, "metadata": {"user_id": user}}
    async with session.post("/v1/messages", json=body, headers=head(soak)) as answer:
        soak.note("message", answer, await answer.read())


async def checked(soak: Soak, session: aiohttp.ClientSession, user: str) -> None:
    body = {"text": f"A letter of {user}."}
    async with session.post("/guard/v1/check", json=body, headers=head(soak)) as answer:
        soak.note("checked", answer, await answer.read())


async def raced(soak: Soak, session: aiohttp.ClientSession, user: str) -> None:
    headers = head(soak, "racer")
    async with session.post("/v1/chat/completions", json=question({}), headers=headers) as answer:
        soak.note("raced", answer, await answer.read())


KINDS = (whole, streamed, message, whole, checked, streamed, raced, left)


async def load(soak: Soak) -> None:
    end = time.monotonic() + SECONDS

    async def watch() -> None:
        while time.monotonic() < end:
            soak.sample()
            await asyncio.sleep(SECONDS / 40)

    async with one_port(soak.ports) as port:
        url = f"http://127.0.0.1:{port}"
        await asyncio.gather(watch(), *(client(soak, n, url, end) for n in range(CLIENTS)))


async def test_two_replicas_serve_mixed_load_without_an_error_or_growth(soak: Soak) -> None:
    await load(soak)
    wrong = {
        what: count
        for what, count in soak.met.items()
        if what[1] != 200 and what != ("raced", 429, "insufficient_quota")
    }
    assert not wrong
    assert {kind for kind, status, _ in soak.met if status == 200} == {k.__name__ for k in KINDS}
    for sizes in soak.memory:
        # What a start fills (caches, pools) is there after a quarter.
        sizes = sizes[len(sizes) // 4 :]
        first, second = sizes[: len(sizes) // 2], sizes[len(sizes) // 2 :]
        grown = statistics.median(second) - statistics.median(first)
        print(f"{statistics.median(second) / 1024:.0f} MiB, grown by {grown / 1024:.1f} MiB")
        assert grown < 8 * 1024 + 0.03 * statistics.median(first)
    for running in soak.processes:
        running.send_signal(signal.SIGTERM)
    assert [await asyncio.to_thread(running.wait, 60) for running in soak.processes] == [0, 0]
    check_records(soak)


def check_records(soak: Soak) -> None:
    """Each answer is on record once, in one of two sound chains, and the budget was kept."""
    with soak.store.read() as connection:
        bodies = [
            json.loads(row[0]) for row in connection.execute(sa.text("SELECT body FROM audit"))
        ]
        kept = set(connection.scalars(sa.text("SELECT request_id FROM captures")))
    ended = [b for b in bodies if b["event"] in ("request", "stream.close")]
    ids = [body["request_id"] for body in ended]
    assert soak.answered <= set(ids)
    assert len(ids) == len(set(ids)), "no record is there twice"
    assert kept >= {b["request_id"] for b in ended if b["result"] == "answered" and b["cost"]}
    spent = spent_on(soak.store, time.strftime("%Y-%m-%d", time.gmtime()))
    for function in ("chat", "racer"):
        cost = sum(round(b["cost"] * 1e9) for b in ended if b["function"] == function)
        assert spent[function] == cost > 0
    assert BUDGET - 0.00006 < spent["racer"] / 1e9 <= BUDGET, "used up, and not overspent"
    for folder in soak.folders:
        store = open_for_reading(folder, env=soak.env)
        report = verify(store)
        store.close()
        assert (report.ok, report.problems) == (True, [])
        assert report.records > 20, "both replicas served"
    print(f"{len(ids)} requests: {dict(soak.met)}")
