"""Limits of organisation, team, user, key and session: one step over all, and true numbers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.gateway.accounts import periods_of
from seawall.gateway.counters import Claim, FullError, LocalCounters, Refused, Subject, Ticket
from seawall.gateway.limits import Limiter, LimitError
from seawall.gateway.windows import Gcra
from seawall.policy.model import Function, Policy, Price, Upstream
from seawall.policy.resources import Limits, ScopeLimits
from seawall.store.db import open_store
from seawall.store.spend import Charge, add_charges, spent_on, used_in

pytestmark = pytest.mark.usefixtures("counted")
NOON = 1_790_856_000.0  # 2026-10-01 12:00:00 UTC
WHO = {"team": "support", "user": "u1", "key": "k1", "session": "s1"}


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def policy_of(function: Limits | None = None, **scopes: Limits) -> Policy:
    models = {"m": Price(input_per_million=2.0, output_per_million=10.0)}
    return Policy(
        version=1,
        application="shop",
        upstreams=(Upstream(name="p", base_url="http://127.0.0.1:1/v1", models=models),),
        functions={"chat": Function(limits=function or Limits()), "other": Function()},
        limits=ScopeLimits(**scopes),
    )


@pytest.mark.parametrize("scope", ["organisation", "team", "user", "key", "session"])
@pytest.mark.parametrize(
    "limits",
    [
        {"requests_per_minute": 1}, {"tokens_per_minute": 10}, {"requests_per_day": 1},
        {"tokens_per_day": 10}, {"cost_per_day": 1.0}, {"requests_per_month": 1},
        {"tokens_per_month": 10}, {"cost_per_month": 1.0}, {"concurrent": 1},
    ],
)  # fmt: skip
def test_every_limit_holds_in_every_scope_and_waiting_as_told_helps(
    scope: str, limits: dict[str, Any]
) -> None:
    clock = Clock()
    limiter = Limiter(policy_of(**{scope: Limits(**limits)}), clock)
    first = limiter.reserve("chat", 10, 1.0, WHO)
    if "concurrent" not in limits:
        first.settle(10, 1.0)
    with pytest.raises(LimitError) as caught:
        limiter.reserve("other", 10, 1.0, WHO)
    assert caught.value.limit == next(iter(limits))
    assert "u1" not in caught.value.message and "k1" not in caught.value.message
    if scope != "organisation":  # somebody else of the scope is not touched
        limiter.reserve("chat", 10, 1.0, {**WHO, scope: "another"}).release()
    first.release()
    clock.now += caught.value.retry_after
    limiter.reserve("other", 10, 1.0, WHO).release()


def test_a_refusal_books_nothing_anywhere() -> None:
    limiter = Limiter(policy_of(organisation=Limits(cost_per_day=1.0), key=Limits(concurrent=1)))
    held = limiter.reserve("chat", 1, 0.4, WHO)
    for _ in range(5):  # the key has no room: the organisation must not pay for the attempts
        with pytest.raises(LimitError, match="The key already"):
            limiter.reserve("chat", 1, 0.4, WHO)
    limiter.reserve("chat", 1, 0.6, {**WHO, "key": "k2"}).release()
    held.release()


def test_64_clients_race_one_budget_of_100_and_nothing_is_refused_after_settling() -> None:
    limiter = Limiter(policy_of(organisation=Limits(cost_per_day=100.0)))
    spent: list[float] = []

    def ask(number: int) -> None:
        who = {"key": f"k{number % 64}"}
        try:
            reservation = limiter.reserve(("chat", "other")[number % 2], 10, 1.0, who)
        except LimitError:
            return
        spent.append(0.5 if number % 4 else 1.0)
        reservation.settle(10, spent[-1])

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(ask, range(320)))
    left = 100.0 - sum(spent)
    assert left >= 0
    while left >= 1.0:  # what was reserved and not used is there again, to the last unit
        limiter.reserve("chat", 10, 1.0).settle(10, 1.0)
        left -= 1.0
    with pytest.raises(LimitError):
        limiter.reserve("chat", 10, 1.0)


def test_a_month_is_longer_than_its_days_and_ends() -> None:
    clock = Clock()
    limiter = Limiter(policy_of(Limits(cost_per_month=2.0)), clock)
    limiter.reserve("chat", 1, 1.5).settle(1, 1.5)
    clock.now += 86_400 * 3
    with pytest.raises(LimitError) as caught:
        limiter.reserve("chat", 1, 1.0)
    assert caught.value.code == "insufficient_quota"
    clock.now += caught.value.retry_after
    assert periods_of(clock.now).day == "2026-11-01"
    limiter.reserve("chat", 1, 2.0).release()


def test_a_refusal_reads_as_a_sentence() -> None:
    limiter = Limiter(policy_of(user=Limits(tokens_per_day=30)), Clock())
    with pytest.raises(LimitError, match="larger than the user's tokens per day: 507 against 30"):
        limiter.reserve("chat", 507, 0.0, WHO)


def test_what_was_used_survives_a_restart_for_every_scope(tmp_path: Path) -> None:
    policy = policy_of(user=Limits(requests_per_day=2), organisation=Limits(cost_per_month=5.0))
    store = open_store(tmp_path / "data")
    clock = Clock()
    limiter = Limiter(policy, clock)
    charges: list[Charge] = [
        limiter.reserve("chat", 1, 2.0, WHO).settle(1, 2.0),
        limiter.reserve("chat", 1, 1.0, WHO).release(),
    ]
    with store.write() as connection:
        add_charges(connection, charges)
    again = Limiter(policy, clock, spent_on(store, "2026-10-01"), used=used_in(store, "2026-10"))
    with pytest.raises(LimitError, match="The user has used its 2 requests per day"):
        again.reserve("chat", 1, 0.0, WHO)
    with pytest.raises(LimitError, match="cost limit of 5 EUR a month"):
        again.reserve("chat", 1, 3.5, {**WHO, "user": "u2"})
    again.reserve("chat", 1, 3.0, {**WHO, "user": "u2"}).release()
    store.close()


@settings(max_examples=80, deadline=None)
@given(
    limit=st.integers(1, 50),
    steps=st.lists(
        st.tuples(st.floats(0, 30).map(lambda x: round(x, 2)), st.integers(1, 20),
                  st.integers(0, 20)),
        min_size=1, max_size=40,
    ),
)  # fmt: skip
def test_gcra_keeps_its_rate_and_its_numbers_are_true(
    limit: int, steps: list[tuple[float, int, int]]
) -> None:
    """In any t seconds at most limit * (1 + t / 60); what is left fits, one more does not."""
    meter, now = Gcra(limit), NOON
    admitted: list[tuple[float, int]] = []
    for pause, amount, used in steps:
        now += pause
        left = limit - meter.used(now)
        assert left == 0 or meter.wait(now, left) == 0.0
        assert meter.wait(now, left + 1) > 0.0
        if (wait := meter.wait(now, amount)) == 0.0:
            entry = meter.add(now, amount)
            used = min(used, amount)
            meter.change(now, entry, used - amount)
            admitted.append((now, used))
        elif amount <= limit:
            assert meter.wait(now + wait, amount) == 0.0
    for index, (start, _) in enumerate(admitted):
        total = 0
        for time, amount in admitted[index:]:
            total += amount
            assert total <= limit * (1 + (time - start) / 60) + 1e-3


def test_gcra_gives_nothing_back_that_has_drained_already() -> None:
    meter = Gcra(60)
    early = meter.add(NOON, 60)
    meter.add(NOON + 60, 60)
    meter.change(NOON + 60, early, -60)
    assert meter.wait(NOON + 60, 1) > 0


def test_headers_name_every_scope_and_the_tightest() -> None:
    policy = policy_of(Limits(requests_per_minute=10), user=Limits(requests_per_minute=3))
    limiter = Limiter(policy, Clock())
    limiter.reserve("chat", 1, 0, WHO).release()
    assert limiter.spent("chat") == 0  # a server has heard of all before this
    headers = limiter.headers("chat", WHO)
    assert headers["x-ratelimit-remaining-requests"] == "2"
    assert headers["x-ratelimit-limit-requests"] == "3"
    assert headers["ratelimit"] == '"requests";r=9;t=60, "requests-user";r=2;t=20'
    assert headers["ratelimit-policy"] == '"requests";q=10;w=60, "requests-user";q=3;w=60'


def test_too_many_active_subjects_are_refused_and_idle_ones_forgotten() -> None:
    counters = LocalCounters(max_accounts=2)
    limits = Limits(requests_per_minute=60)

    def take(name: str, now: float) -> Ticket | Refused:
        return counters.take([Claim(Subject("session", name), limits)], now, 1, 0)

    tickets = [take("a", NOON), take("b", NOON)]
    with pytest.raises(FullError):
        take("c", NOON)
    assert isinstance(tickets[0], Ticket)
    counters.close(tickets[0], NOON, 1, 0)
    assert isinstance(take("c", NOON + 120), Ticket)


def test_wall_time_is_the_least_of_the_scopes() -> None:
    policy = policy_of(Limits(wall_seconds=20), key=Limits(wall_seconds=5))
    assert Limiter(policy).wall_seconds("chat") == 5
    assert Limiter(policy_of()).wall_seconds("chat") is None
