"""Limits: never more than allowed, whatever the order, the threads or the clock."""

import asyncio
import gc
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from seawall.core.errors import InputError, RequestError
from seawall.gateway.limits import Limiter, LimitError, cost_of, price, utc_day
from seawall.gateway.steady import SteadyClock
from seawall.gateway.windows import Window
from seawall.policy.model import Function, Limits, Policy, Price, Upstream

pytestmark = [
    pytest.mark.usefixtures("counted"),
    pytest.mark.one_place("counters alone, of both kinds by `counted`"),
]
NOON = 1_790_856_000.0  # 2026-10-01 12:00:00 UTC


class Clock:
    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def make_policy(**limits: Any) -> Policy:
    models = {"m": Price(input_per_million=2.0, output_per_million=10.0)}
    return Policy(
        version=1,
        application="shop",
        upstreams=(Upstream(name="provider", base_url="http://127.0.0.1:1/v1", models=models),),
        functions={"chat": Function(limits=Limits(**limits)), "other": Function()},
    )


def limiter_of(clock: Clock, **limits: Any) -> Limiter:
    return Limiter(make_policy(**limits), clock)


def refusal(limiter: Limiter, tokens: int = 1, cost: float = 0.0) -> LimitError:
    with pytest.raises(LimitError) as caught:
        limiter.reserve("chat", tokens, cost)
    return caught.value


STEPS = st.lists(
    st.tuples(st.floats(0, 40).map(lambda x: round(x, 3)), st.integers(1, 30)),
    min_size=1,
    max_size=80,
)


@settings(max_examples=80, deadline=None)
@given(limit=st.integers(1, 60), steps=STEPS)
def test_no_window_of_a_minute_ever_holds_more_than_the_limit(
    limit: int, steps: list[tuple[float, int]]
) -> None:
    clock = Clock()
    limiter = limiter_of(clock, tokens_per_minute=limit)
    admitted: list[tuple[float, int]] = []
    for pause, tokens in steps:
        clock.now += pause
        try:
            limiter.reserve("chat", tokens, 0).settle(tokens, 0)
        except LimitError:
            continue
        admitted.append((clock.now, tokens))
    for start, _ in admitted:
        assert sum(n for t, n in admitted if start <= t < start + 60) <= limit


@settings(max_examples=150, deadline=None)
@given(limit=st.integers(1, 20), steps=STEPS)
def test_retry_after_is_true_and_not_much_too_long(
    limit: int, steps: list[tuple[float, int]]
) -> None:
    window = Window(limit)
    now = NOON
    for pause, amount in steps:
        now += pause
        wait = window.wait(now, min(amount, limit))
        if wait == 0.0:
            window.add(now, min(amount, limit))
            continue
        assert 0 < wait <= 60.1
        if wait > 0.2:  # a little earlier it does not fit: the wait is not padded
            assert window.wait(now + wait - 0.2, min(amount, limit)) > 0.0
        assert window.wait(now + wait, min(amount, limit)) == 0.0
        return


def test_window_memory_does_not_grow_with_requests() -> None:
    window = Window(10**9)
    for step in range(100_000):
        window.add(NOON + step * 0.002, 1)
    assert len(window._entries) <= 1300


@pytest.mark.parametrize(
    ("limits", "tokens", "cost", "limit", "code", "seconds"),
    [
        ({"requests_per_minute": 2}, 1, 0.0, "requests_per_minute", "rate_limit_exceeded", 60),
        ({"tokens_per_minute": 20}, 10, 0.0, "tokens_per_minute", "rate_limit_exceeded", 60),
        ({"cost_per_day": 2.0}, 1, 1.0, "cost_per_day", "insufficient_quota", 43_200),
    ],
)
def test_third_request_is_refused_until_it_fits(
    limits: dict[str, Any], tokens: int, cost: float, limit: str, code: str, seconds: int
) -> None:
    clock = Clock()
    limiter = limiter_of(clock, **limits)
    for _ in range(2):
        limiter.reserve("chat", tokens, cost).settle(tokens, cost)
    error = refusal(limiter, tokens, cost)
    assert (error.limit, error.code, error.status) == (limit, code, 429)
    assert (error.control, error.function) == ("CTL-BUDGET", "chat")
    assert math.floor(error.retry_after) == seconds
    assert error.headers() == {"retry-after": str(math.ceil(error.retry_after))}
    clock.now += error.retry_after - 0.5
    refusal(limiter, tokens, cost)
    clock.now += 0.5
    limiter.reserve("chat", tokens, cost).release()


def test_concurrency_is_held_until_settled_or_released() -> None:
    limiter = limiter_of(Clock(), concurrent=2)
    first, second = limiter.reserve("chat", 1, 0), limiter.reserve("chat", 1, 0)
    assert refusal(limiter).limit == "concurrent"
    first.settle(1, 0)
    third = limiter.reserve("chat", 1, 0)
    assert refusal(limiter).retry_after > 0
    second.release()
    third.release()
    assert limiter.running("chat") == 0


@pytest.mark.parametrize(
    ("limits", "tokens", "cost"),
    [({"tokens_per_minute": 10}, 11, 0.0), ({"cost_per_day": 1.0}, 1, 1.1)],
)
def test_what_can_never_fit_is_not_told_to_wait(
    limits: dict[str, Any], tokens: int, cost: float
) -> None:
    error = refusal(limiter_of(Clock(), **limits), tokens, cost)
    assert (error.status, error.code, error.headers()) == (413, "exceeds_limit", {})


def test_a_refused_request_uses_nothing_of_any_limit() -> None:
    clock = Clock()
    limiter = limiter_of(clock, requests_per_minute=2, tokens_per_minute=10, concurrent=5)
    limiter.reserve("chat", 8, 0).settle(8, 0)
    for _ in range(5):
        assert refusal(limiter, 5).limit == "tokens_per_minute"
    limiter.reserve("chat", 2, 0).release()
    assert limiter.running("chat") == 0


def test_one_function_full_leaves_the_other_alone() -> None:
    limiter = limiter_of(Clock(), requests_per_minute=1)
    limiter.reserve("chat", 1, 0).release()
    refusal(limiter)
    limiter.reserve("other", 10**9, 10.0**6).release()


def test_settle_lower_frees_and_higher_charges() -> None:
    limiter = limiter_of(Clock(), tokens_per_minute=100, cost_per_day=10.0)
    limiter.reserve("chat", 90, 9.0).settle(10, 1.0)
    big = limiter.reserve("chat", 90, 9.0)
    assert refusal(limiter, 1, 0.0).limit == "tokens_per_minute"
    big.settle(120, 12.0)
    assert limiter.spent("chat") == 13.0
    assert refusal(limiter, 1, 0.0).limit == "tokens_per_minute"


def test_settle_and_release_count_once() -> None:
    limiter = limiter_of(Clock(), cost_per_day=10.0, concurrent=1)
    reservation = limiter.reserve("chat", 5, 4.0)
    charge = reservation.settle(5, 3.0)
    assert reservation.settle(5, 9.0) == charge
    reservation.release()
    assert (limiter.spent("chat"), limiter.running("chat")) == (3.0, 0)
    assert (charge.day, charge.function, charge.nanos) == ("2026-10-01", "chat", 3_000_000_000)
    released = limiter.reserve("chat", 5, 4.0)
    released.release()
    released.settle(5, 4.0)
    assert limiter.spent("chat") == 3.0


def test_the_block_releases_on_errors_and_books_the_estimate_otherwise() -> None:
    limiter = limiter_of(Clock(), tokens_per_minute=10, cost_per_day=1.0)
    with pytest.raises(ZeroDivisionError), limiter.reserve("chat", 10, 1.0):
        _ = 1 / 0
    assert limiter.spent("chat") == 0.0
    with limiter.reserve("chat", 10, 1.0):
        pass
    assert limiter.spent("chat") == 1.0


async def test_cancelling_gives_the_reservation_back() -> None:
    limiter = limiter_of(Clock(), concurrent=1, cost_per_day=1.0)

    async def work() -> None:
        async with limiter.reserve("chat", 1, 1.0):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    assert refusal(limiter).limit in ("concurrent", "cost_per_day")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    limiter.reserve("chat", 1, 1.0).release()
    assert limiter.spent("chat") == 0.0


def test_a_lost_reservation_frees_its_slot_and_is_booked() -> None:
    limiter = limiter_of(Clock(), concurrent=1, cost_per_day=5.0)
    limiter.reserve("chat", 1, 2.0)
    gc.collect()
    assert (limiter.running("chat"), limiter.spent("chat")) == (0, 2.0)


def test_released_requests_still_count_as_requests() -> None:
    limiter = limiter_of(Clock(), requests_per_minute=3)
    for _ in range(3):
        limiter.reserve("chat", 1, 0).release()
    assert refusal(limiter).limit == "requests_per_minute"


@pytest.mark.parametrize("workers", [1, 16])
def test_hundred_concurrent_reserves_never_pass_the_cap(workers: int) -> None:
    limiter = limiter_of(Clock(), cost_per_day=1.0, requests_per_minute=1000)
    start = threading.Barrier(workers)
    held, settled = [], []

    def spend(number: int) -> None:
        if number < workers:
            start.wait()
        try:
            reservation = limiter.reserve("chat", 10, 0.03)
        except LimitError:
            return
        held.append(reservation)
        if number % 3 == 0:
            settled.append(reservation.settle(10, 0.03).nanos)
        elif number % 3 == 1:
            settled.append(reservation.settle(10, 0.01).nanos)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(spend, range(100)))
    open_nanos = 30_000_000 * sum(reservation.open for reservation in held)
    assert sum(settled) + open_nanos <= 1_000_000_000
    assert limiter.spent("chat") == sum(settled) / 1e9
    assert len(held) > 33


class Ledger(RuleBasedStateMachine):
    """Any order of reserve, settle, release and waiting: spent + open <= cap; books agree."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.limiter = limiter_of(self.clock, cost_per_day=5.0, concurrent=4)
        self.open: list[tuple[Any, str, float]] = []
        self.booked: dict[str, int] = {}

    @rule(cost=st.integers(0, 3_000).map(lambda x: x / 1000))
    def reserve(self, cost: float) -> None:
        day = utc_day(self.clock.now)
        held = sum(c for _, d, c in self.open if d == day)
        fits = round((self.booked.get(day, 0) / 1e9 + held + cost) * 1000) <= 5000
        try:
            self.open.append((self.limiter.reserve("chat", 1, cost), day, cost))
        except LimitError as error:
            assert not fits or len(self.open) >= 4, error
        else:
            assert fits and len(self.open) <= 4

    @rule(share=st.sampled_from([0.0, 0.5, 1.0]))
    def settle(self, share: float) -> None:
        if self.open:
            reservation, day, cost = self.open.pop()
            charge = reservation.settle(1, round(cost * share, 3))
            assert charge.day == day
            self.booked[day] = self.booked.get(day, 0) + charge.nanos

    @rule()
    def release(self) -> None:
        if self.open:
            self.open.pop(0)[0].release()

    @rule(seconds=st.sampled_from([1.0, 3_600.0, 50_000.0, -10.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now = max(self.clock.now, self.clock.now + seconds)

    @invariant()
    def books_agree(self) -> None:
        today = utc_day(self.clock.now)
        assert self.limiter.spent("chat") == self.booked.get(today, 0) / 1e9
        assert self.booked.get(today, 0) <= 5_000_000_000


def test_books_agree_in_any_order() -> None:
    few = settings(max_examples=60, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(Ledger, settings=few)


def test_midnight_starts_a_new_day_and_old_reservations_pay_for_theirs() -> None:
    clock = Clock()
    limiter = limiter_of(clock, cost_per_day=1.0)
    old = limiter.reserve("chat", 1, 1.0)
    clock.now += 43_200
    new = limiter.reserve("chat", 1, 1.0)
    assert old.settle(1, 1.0).day == "2026-10-01"
    assert limiter.spent("chat") == 0.0
    assert new.settle(1, 0.25).day == "2026-10-02"
    assert limiter.spent("chat") == 0.25
    assert refusal(limiter, 1, 0.8).limit == "cost_per_day"


def test_a_clock_that_jumps_back_opens_nothing_and_blocks_nothing_for_longer() -> None:
    clock = Clock()
    limiter = limiter_of(clock, requests_per_minute=1)
    limiter.reserve("chat", 1, 0).release()
    clock.now -= 3_600
    assert refusal(limiter).retry_after <= 60.1
    clock.now += 3_600 + 61
    limiter.reserve("chat", 1, 0).release()


def test_a_clock_that_was_set_back_does_not_keep_windows_shut() -> None:
    clock, ticks = Clock(), Clock()
    steady = SteadyClock(clock, ticks)
    limiter = Limiter(make_policy(requests_per_minute=1), steady)
    limiter.reserve("chat", 1, 0).release()
    clock.now -= 3_600
    assert refusal(limiter).retry_after <= 60.1
    for _ in range(3):
        clock.now += 61
        ticks.now += 61
        limiter.reserve("chat", 1, 0).release()
    clock.now += 7_200  # set right again
    assert steady() == clock.now


def test_what_was_spent_before_a_restart_counts() -> None:
    limiter = Limiter(make_policy(cost_per_day=1.0), Clock(), {"chat": 900_000_000, "gone": 5})
    assert refusal(limiter, 1, 0.2).limit == "cost_per_day"
    assert limiter.spent("chat") == 0.9


def test_headers_say_what_is_left() -> None:
    clock = Clock()
    limiter = limiter_of(clock, requests_per_minute=10, tokens_per_minute=500)
    limiter.reserve("chat", 120, 0).settle(100, 0)
    assert limiter.spent("chat") == 0  # a server has heard of all before this
    clock.now += 15
    headers = limiter.headers("chat")
    assert headers["x-ratelimit-remaining-requests"] == "9"
    assert headers["x-ratelimit-limit-tokens"] == "500"
    assert headers["x-ratelimit-remaining-tokens"] == "400"
    assert headers["x-ratelimit-reset-tokens"] == "45s"
    assert headers["ratelimit"] == '"requests";r=9;t=45, "tokens";r=400;t=45'
    assert headers["ratelimit-policy"] == '"requests";q=10;w=60, "tokens";q=500;w=60'
    assert limiter.headers("other") == {}


def test_a_function_that_the_policy_does_not_name_is_refused() -> None:
    with pytest.raises(RequestError) as caught:
        limiter_of(Clock()).reserve("admin", 1, 0)
    assert (caught.value.status, caught.value.code) == (403, "unknown_function")


@pytest.mark.parametrize(("tokens", "cost"), [(-1, 0.0), (1, -0.1), (1, math.nan), (1, math.inf)])
def test_amounts_that_are_none_are_refused(tokens: int, cost: float) -> None:
    with pytest.raises(InputError):
        limiter_of(Clock()).reserve("chat", tokens, cost)


def test_a_model_without_a_price_is_refused() -> None:
    policy = make_policy()
    assert cost_of(price(policy, "m"), 1000, 500) == pytest.approx(0.007)
    with pytest.raises(RequestError) as caught:
        price(policy, "m-mini")
    assert (caught.value.code, caught.value.param) == ("model_unpriced", "model")
