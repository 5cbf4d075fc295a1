"""Counters in Valkey: replicas share every limit, and a death of one or of it loses nothing."""

import asyncio
import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from gateway_support import USAGE, Gateway, Provider, chunks, gateway_of, make_policy
from servers import Valkey

from seawall.core.errors import InputError, MissingPartError
from seawall.gateway.accounts import Book, periods_of
from seawall.gateway.counters import Claim, Refused, Subject, Ticket
from seawall.gateway.limits import Limiter, LimitError
from seawall.gateway.shared import line
from seawall.gateway.shared.counters import SharedCounters
from seawall.gateway.shared.line import CountersAwayError, client_of
from seawall.policy.model import Function, Policy, Price, Upstream
from seawall.policy.resources import Limits, ScopeLimits
from seawall.store.db import COUNTERS_ENV

pytestmark = pytest.mark.one_place("the server that counts, and its death")

NOON = 1_790_856_000.0  # 2026-10-01 12:00:00 UTC
CAP = Limits(cost_per_day=100.0)
CLAIM = Claim(Subject("organisation", ""), CAP)
UNIT = 1_000_000_000
_names = itertools.count()

Make = Callable[..., SharedCounters]


@pytest.fixture
def make(valkey: Valkey) -> Iterator[Make]:
    """Return replicas of one application, each connected."""
    made: list[SharedCounters] = []
    name = f"shared{next(_names)}"

    def new(**options: Any) -> SharedCounters:
        made.append(SharedCounters(valkey.url, name, **options))
        assert made[-1].line.wait(5)
        return made[-1]

    yield new
    for counters in made:
        counters.shut()


def policy_of(**scopes: Limits) -> Policy:
    models = {"m": Price(input_per_million=2.0, output_per_million=10.0)}
    return Policy(
        version=1,
        application="shop",
        upstreams=(Upstream(name="p", base_url="http://127.0.0.1:1/v1", models=models),),
        functions={"chat": Function(), "other": Function()},
        limits=ScopeLimits(**scopes),
    )


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


def used(counters: SharedCounters) -> int:
    return counters.book(CLAIM, periods_of(time.time()).day).nanos


def test_64_clients_of_two_replicas_race_one_budget_of_100(make: Make) -> None:
    replicas = [Limiter(policy_of(organisation=CAP), counters=make()) for _ in range(2)]
    spent: list[float] = []

    def ask(number: int) -> None:
        try:
            reservation = replicas[number % 2].reserve(("chat", "other")[number % 3 % 2], 10, 1.0)
        except LimitError:
            return
        spent.append(0.5 if number % 4 else 1.0)
        reservation.settle(10, spent[-1])

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(ask, range(320)))
    left = 100.0 - sum(spent)
    assert left >= 0
    assert replicas[0].spent("chat") + replicas[0].spent("other") == sum(spent)
    assert replicas[1].running("chat") == 0
    while left >= 1.0:  # what was reserved and not used is there again, for either replica
        replicas[int(left) % 2].reserve("chat", 10, 1.0).settle(10, 1.0)
        replicas[0].running("chat"), replicas[1].running("chat")
        left -= 1.0
    for replica in replicas:
        with pytest.raises(LimitError):
            replica.reserve("chat", 10, 1.0)


def test_what_one_replica_lets_through_another_counts(make: Make) -> None:
    limits = {"user": Limits(requests_per_minute=2), "organisation": Limits(concurrent=2)}
    one, two = (Limiter(policy_of(**limits), counters=make()) for _ in range(2))
    first = one.reserve("chat", 1, 0, {"user": "u"})
    second = two.reserve("chat", 1, 0, {"user": "u"})
    for replica in (one, two):
        with pytest.raises(LimitError, match="requests"):
            replica.reserve("chat", 1, 0, {"user": "u"})
    with pytest.raises(LimitError, match="running"):
        two.reserve("chat", 1, 0, {"user": "other"})
    first.release()
    assert one.running("chat") == 1
    two.reserve("chat", 1, 0, {"user": "other"}).release()
    second.release()


def test_a_second_close_changes_nothing(make: Make) -> None:
    counters = make()
    ticket = counters.take([CLAIM], time.time(), 1, 5 * UNIT)
    assert isinstance(ticket, Ticket)
    for amount in (2 * UNIT, 9 * UNIT):
        counters.close(ticket, time.time(), 1, amount)
    assert used(counters) == 2 * UNIT


def test_what_a_dead_replica_held_is_booked_and_its_slots_are_free(make: Make) -> None:
    """Nobody knows what it cost: it counts as used. If it lives after all, it may say so."""
    alive, dead = make(lease_seconds=0.0), make()
    ticket = dead.take([CLAIM], time.time(), 1, 40 * UNIT)
    assert isinstance(ticket, Ticket)
    assert (used(alive), alive.running(CLAIM)) == (0, 1)
    until(lambda: used(alive) == 40 * UNIT)
    assert alive.running(CLAIM) == 0
    dead.close(ticket, time.time(), 1, 15 * UNIT)
    assert (used(dead), dead.running(CLAIM)) == (15 * UNIT, 0)
    dead.close(ticket, time.time(), 1, 15 * UNIT)
    assert used(dead) == 15 * UNIT


async def test_who_is_cancelled_while_the_server_is_asked_holds_nothing(
    valkey: Valkey, make: Make
) -> None:
    counters = make()
    limiter = Limiter(policy_of(organisation=Limits(concurrent=1)), counters=counters)
    valkey.signal(signal.SIGSTOP)
    task = asyncio.create_task(limiter.hold("chat", 1, 0))
    await asyncio.sleep(0.05)
    task.cancel()
    valkey.signal(signal.SIGCONT)
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while limiter.running("chat"):  # noqa: ASYNC110 - the server has no event to await
            await asyncio.sleep(0.02)
    (await limiter.hold("chat", 1, 0)).release()


def test_a_server_that_lost_everything_is_told_again_before_anybody_passes(
    valkey: Valkey, make: Make
) -> None:
    day = periods_of(time.time()).day

    def source() -> dict[Subject, dict[str, Book]]:
        return {CLAIM.subject: {day: Book(nanos=70 * UNIT)}}

    counters = make(source=source)
    ticket = counters.take([CLAIM], time.time(), 1, 20 * UNIT)
    assert isinstance(ticket, Ticket)
    valkey.empty()
    results: list[Any] = []

    def passes() -> bool:
        try:
            results.append(counters.take([CLAIM], time.time(), 1, 20 * UNIT))
        except CountersAwayError:
            return False
        return True

    until(passes)
    assert isinstance(results[0], Refused), "70 from the store, 20 held as this replica knows"
    assert used(counters) == 90 * UNIT
    counters.close(ticket, time.time(), 1, 20 * UNIT)
    assert used(counters) == 90 * UNIT


def test_what_was_running_when_a_server_lost_everything_counts_too(
    valkey: Valkey, make: Make
) -> None:
    day = periods_of(time.time()).day
    stored = Book(nanos=20 * UNIT)
    one, other = (make(source=lambda: {CLAIM.subject: {day: stored}}) for _ in range(2))
    slow = one.take([CLAIM], time.time(), 1, 30 * UNIT)
    assert isinstance(slow, Ticket)
    valkey.empty()
    quick: list[Any] = []

    def passes() -> bool:
        try:
            quick.append(other.take([CLAIM], time.time(), 1, 30 * UNIT))
        except CountersAwayError:
            return False
        return True

    until(passes)
    other.close(quick[0], time.time(), 1, 30 * UNIT)
    one.close(slow, time.time(), 1, 30 * UNIT)
    stored.nanos = 80 * UNIT  # both requests are on record
    until(lambda: used(other) == 80 * UNIT)


def test_what_comes_back_is_room_for_every_replica(make: Make) -> None:
    one, other = make(), make()
    taken = one.take([CLAIM], time.time(), 5, 100 * UNIT)
    assert isinstance(taken, Ticket)
    one.close(taken, time.time(), 5, 100 * UNIT)
    until(lambda: used(other) == 100 * UNIT)
    assert isinstance(other.take([CLAIM], time.time(), 1, 40 * UNIT), Refused)
    other.give([CLAIM], periods_of(time.time()).day, 2, 60 * UNIT)
    until(lambda: used(one) == 40 * UNIT)
    assert one.book(CLAIM, periods_of(time.time()).day).tokens == 3
    assert isinstance(one.take([CLAIM], time.time(), 1, 60 * UNIT), Ticket)


def test_a_killed_server_loses_no_budget_and_is_used_again(valkey: Valkey, make: Make) -> None:
    counters = make()
    done = counters.take([CLAIM], time.time(), 1, 30 * UNIT)
    late = counters.take([CLAIM], time.time(), 1, 30 * UNIT)
    assert isinstance(done, Ticket) and isinstance(late, Ticket)
    counters.close(done, time.time(), 1, 25 * UNIT)
    assert used(counters) == 25 * UNIT
    threading.Event().wait(1.1)  # its log is written once a second
    valkey.kill()
    counters.close(late, time.time(), 1, 10 * UNIT)
    with pytest.raises(CountersAwayError):
        counters.take([CLAIM], time.time(), 1, UNIT)
    assert counters.line.away_seconds > 0
    valkey.start()
    until(lambda: counters.line.away_seconds == 0)
    until(lambda: used(counters) == 35 * UNIT)
    assert counters.running(CLAIM) == 0


def test_a_hung_server_holds_nobody_up_for_long_and_counts_no_ghosts(
    valkey: Valkey, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "ANSWER_SECONDS", 0.3)
    counters = make()
    assert used(counters) == 0
    valkey.signal(signal.SIGSTOP)
    with pytest.raises(CountersAwayError):
        counters.take([CLAIM], time.time(), 1, 50 * UNIT)
    valkey.signal(signal.SIGCONT)
    until(lambda: counters.line.away_seconds == 0)
    until(lambda: counters.running(CLAIM) == 0)
    assert counters.book(CLAIM, periods_of(time.time()).day) == Book()


@pytest.mark.parametrize("url", ["http://x", "localhost:6379", ""])
def test_what_is_no_url_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="URL"):
        client_of(url)


def test_a_client_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "redis", None)
    with pytest.raises(MissingPartError, match=r"seawall\[valkey\]"):
        client_of("valkey://127.0.0.1:1/0")


@pytest.fixture(scope="module")
def counting(
    provider: Provider, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("counting")
    extra = "limits: {organisation: {cost_per_day: 0.004, requests_per_minute: 500}}\n"
    with gateway_of(
        make_policy(provider, extra=extra), provider, folder, env={COUNTERS_ENV: valkey.empty()}
    ) as gateway:
        yield gateway


async def test_the_gateway_reserves_settles_and_tells_over_the_server(counting: Gateway) -> None:
    """A request holds 0.001 and uses 0.00002: at most four at once, and far more after another."""
    client = counting.client()
    counting.provider.reset()
    for _ in range(30):  # each answer is released only when its room is free again
        client.chat.completions.create(
            model="small", messages=[{"role": "user", "content": "Hi"}], max_tokens=500
        )
    raw = client.chat.completions.with_raw_response.create(
        model="small", messages=[{"role": "user", "content": "Hi"}], max_tokens=5
    )
    assert raw.headers["x-ratelimit-remaining-requests"] == "469"
    counting.provider.script = [*chunks({"content": "ok"}), USAGE, "[DONE]"]
    streamed = client.chat.completions.create(
        model="small", messages=[{"role": "user", "content": "Hi"}], stream=True, max_tokens=500
    )
    assert [chunk.choices for chunk in streamed]
