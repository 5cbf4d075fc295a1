"""Two replicas as processes on PostgreSQL and Valkey: one budget, and each server's death."""

import asyncio
import json
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import sqlalchemy as sa
from gateway_support import Provider, message
from replica_support import shared_env, two_replicas
from servers import Postgres, Valkey

from seawall.core.roles import OPERATOR, Role
from seawall.store.captures import read_capture
from seawall.store.db import Store, open_for_reading, open_store
from seawall.store.keys import create_key
from seawall.store.spend import spent_on
from seawall.store.verify import verify

pytestmark = pytest.mark.one_place("two replicas on servers that die")

HI: Any = [{"role": "user", "content": "Hi"}]
PEPPER = "replicas-share-this-pepper-of-tests"
# A completion token costs 1. A request of the function racer holds 2 and uses 1.
POLICY = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: {upstream}
    api_key_env: UPSTREAM_KEY
    max_concurrency: 64
    timeout_seconds: 60
    models:
      dear: {{input_per_million: 0.001, output_per_million: 1000000}}
functions:
  racer: {{max_output_tokens: 2, limits: {{cost_per_day: 100}}}}
  chat: {{max_output_tokens: 2, limits: {{requests_per_minute: 100000}}}}
audit: {{capture: full}}
"""
WAIT = 90.0


class Fleet:
    """The replicas, their servers, and what was answered."""

    def __init__(self, store: Store, keys: dict[str, str], env: dict[str, str]) -> None:
        self.store = store
        self.env = env
        self.keys = keys
        self.urls: list[str] = []
        self.processes: list[Any] = []
        self.folders: list[Path] = []
        self.answered: set[str] = set()
        self.switched: list[float] = []

    def client(self, replica: int, function: str) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            base_url=self.urls[replica], api_key=self.keys[function], max_retries=0, timeout=60
        )

    async def ask(self, client: openai.AsyncOpenAI) -> int:
        """Ask once; remember what was answered and return the status."""
        try:
            raw = await client.chat.completions.with_raw_response.create(
                model="dear", messages=HI, max_tokens=2
            )
        except openai.APIStatusError as error:
            self.answered.add(error.response.headers["x-seawall-request-id"])
            return error.status_code
        self.answered.add(raw.headers["x-seawall-request-id"])
        return 200

    def ready(self, replica: int) -> dict[str, Any]:
        url = self.urls[replica].removesuffix("/v1") + "/readyz"
        with urllib.request.urlopen(url, timeout=30) as answer:
            value: dict[str, Any] = json.load(answer)
            return value

    def administer(self, replica: int, operation: str, body: dict[str, Any]) -> None:
        """Ask one replica's admin API; whatever it refuses fails the test."""
        request = urllib.request.Request(
            f"{self.urls[replica].removesuffix('/v1')}/admin/v1/{operation}",
            data=json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.keys['admin']}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until both replicas say so."""
        end = time.monotonic() + WAIT
        while not all(holds(self.ready(replica)) for replica in (0, 1)):
            assert time.monotonic() < end, [self.ready(replica) for replica in (0, 1)]
            time.sleep(0.1)

    async def load(self, function: str, during: Callable[[], None]) -> dict[int, int]:
        """Ask both replicas all the time while something happens; return counts by status."""
        statuses: dict[int, int] = {}
        ended = asyncio.Event()

        async def one(replica: int) -> None:
            client = self.client(replica, function)
            while not ended.is_set():
                status = await self.ask(client)
                statuses[status] = statuses.get(status, 0) + 1

        tasks = [asyncio.create_task(one(number % 2)) for number in range(8)]
        try:
            await asyncio.to_thread(during)
        finally:
            ended.set()
            await asyncio.gather(*tasks)
        return statuses


@pytest.fixture(scope="module")
def fleet(
    provider: Provider, postgres: Postgres, valkey: Valkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fleet]:  # fmt: skip
    folder = tmp_path_factory.mktemp("fleet")
    provider.reset()
    usage = {"prompt_tokens": 0, "completion_tokens": 1, "total_tokens": 1}
    provider.script = {**message(), "usage": usage}
    (folder / "policy.yaml").write_text(POLICY.format(upstream=provider.url))
    env = shared_env(postgres, valkey, PEPPER)
    store = open_store(folder / "test", env=env)
    keys = {
        name: create_key(store, application="shop", function=name, env=env)[1]
        for name in ("racer", "chat")
    }
    keys["admin"] = create_key(
        store, application="shop", function="", scopes=("admin",), roles=(Role.OWNER,), env=env
    )[1]
    made = Fleet(store, keys, env)
    try:
        with two_replicas(folder, env) as replicas:
            for running, data, url in replicas:
                made.processes.append(running)
                made.folders.append(data)
                made.urls.append(url)
            yield made
    finally:
        store.close()


async def test_64_clients_race_one_budget_of_100_over_two_replicas(fleet: Fleet) -> None:
    statuses: list[int] = []

    async def client(number: int) -> None:
        own = fleet.client(number % 2, "racer")
        for _ in range(3):
            statuses.append(await fleet.ask(own))

    await asyncio.gather(*(client(number) for number in range(64)))
    assert set(statuses) <= {200, 429}
    spent = statuses.count(200)
    assert spent <= 100
    # What was held and not used is free again, on both replicas, to the last unit.
    clients = [fleet.client(replica, "racer") for replica in (0, 1)]
    while await fleet.ask(clients[spent % 2]) == 200:
        spent += 1
        assert spent <= 100
    assert spent == 98, "97 used and a little over 2 held fit into 100, 98 and that do not"
    assert [await fleet.ask(client) for client in clients] == [429, 429]


async def test_a_killed_valkey_stops_nobody_and_lets_nobody_overspend(
    fleet: Fleet, valkey: Valkey
) -> None:
    def outage() -> None:
        valkey.kill()
        try:
            fleet.until(lambda ready: ready["counters"] != "ok")
            assert fleet.ready(0)["counters"] == "away: 1/2 of what was left"
            assert fleet.ready(0)["status"] == "ready"
            for replica in (0, 1):  # the share of what is left of racer's budget is nothing
                assert asyncio.run(fleet.ask(fleet.client(replica, "racer"))) == 429
        finally:
            valkey.start()
        fleet.until(lambda ready: ready["counters"] == "ok")

    statuses = await fleet.load("chat", outage)
    assert set(statuses) == {200}, statuses
    assert await fleet.ask(fleet.client(0, "racer")) == 429


async def test_a_killed_postgres_stops_nobody_and_hears_of_everything(
    fleet: Fleet, postgres: Postgres
) -> None:
    before = len(fleet.answered)

    def outage() -> None:
        postgres.kill()
        try:
            fleet.until(lambda ready: ready["database"] == "away" and ready["journaled"] > 3)
            assert fleet.ready(1)["status"] == "ready"
            stranger = openai.AsyncOpenAI(
                base_url=fleet.urls[0], api_key=f"sw_{'b' * 12}_{'B' * 43}", max_retries=0
            )
            assert asyncio.run(fleet.ask(stranger)) == 503, "nobody knows whether it is one"
        finally:
            postgres.start()
        fleet.until(lambda ready: ready["database"] == "ok" and ready["journaled"] == 0)

    statuses = await fleet.load("chat", outage)
    assert set(statuses) == {200}, statuses
    assert len(fleet.answered) > before + 10


async def test_a_switch_thrown_at_one_replica_holds_on_the_other_within_a_second(
    fleet: Fleet,
) -> None:
    client = fleet.client(1, "chat")
    for operation, wanted in (("kills", 403), ("kills/lift", 200)):
        body = {"kind": "function", "name": "chat"}
        body |= {"reason": "a test"} if operation == "kills" else {}
        fleet.administer(0, operation, body)
        thrown = time.monotonic()
        while await fleet.ask(client) != wanted:
            assert time.monotonic() - thrown < 30
        fleet.switched.append(time.monotonic() - thrown)
    assert max(fleet.switched) < 1.5, "half a second between two looks, and a busy machine"
    assert [fleet.ready(replica)["switched_off"] for replica in (0, 1)] == [0, 0]


def test_every_answer_has_its_record_and_both_chains_verify(
    fleet: Fleet,
) -> None:
    for running in fleet.processes:
        running.send_signal(signal.SIGTERM)
    assert [running.wait(60) for running in fleet.processes] == [0, 0]
    fleet.store.close()  # its connections were to the server that was killed
    with fleet.store.read() as connection:
        bodies = [
            json.loads(row[0]) for row in connection.execute(sa.text("SELECT body FROM audit"))
        ]
    ids = [body["request_id"] for body in bodies if body["event"] == "request"]
    assert fleet.answered <= set(ids)
    assert len(ids) == len(set(ids)), "no record is there twice"
    with fleet.store.read() as connection:  # what was sealed during an outage came with them
        kept = set(connection.scalars(sa.text("SELECT request_id FROM captures")))
    answered = [body for body in bodies if body.get("result") == "answered"]
    assert kept == {body["request_id"] for body in answered if body["function"] in fleet.keys}
    one = read_capture(fleet.store, min(kept), actor=OPERATOR, env=fleet.env)
    assert [item["text"] for item in one.content["items"]] == ["Hi", "Hello."]
    costs: dict[str, float] = {}
    for body in bodies:
        if body["event"] == "request" and body.get("function"):
            costs[body["function"]] = costs.get(body["function"], 0) + (body.get("cost") or 0)
    day = time.strftime("%Y-%m-%d", time.gmtime())
    # The provider tells no prompt tokens, so the few of "Hi" are counted: billionths of 1.
    assert spent_on(fleet.store, day)["racer"] // 10**9 == 98
    assert round(costs["racer"]) == 98
    for folder in fleet.folders:
        store = open_for_reading(folder, env=fleet.env)
        report = verify(store)
        assert (report.ok, report.problems) == (True, [])
        assert report.records > 20
        store.close()
