"""Lanes and adaptive concurrency of the fair queue, under a virtual clock."""

import asyncio
from statistics import quantiles

import pytest
from test_gateway_fair_queue import now, request, simulate

from seawall.gateway.adaptive import Adaptive
from seawall.gateway.fair_queue import FairQueue

pytestmark = pytest.mark.once


def test_overload_takes_slots_away_and_full_rounds_give_them_back() -> None:
    adaptive = Adaptive(8)
    adaptive.note(None, 0.0, busy=True)
    assert adaptive.limit == 5
    adaptive.note(None, 0.5, busy=True)  # the same news from a request that ran already
    assert adaptive.limit == 5
    for second in range(1, 20):
        adaptive.note(None, float(second), busy=True)
    assert adaptive.limit == 1
    for _ in range(200):
        adaptive.note(0.1, 30.0, busy=True)
    assert adaptive.limit == 8


def test_slowness_counts_only_when_all_slots_are_used_and_takes_three_quarters_at_most() -> None:
    adaptive = Adaptive(8)
    for _ in range(50):
        adaptive.note(0.1, 0.0, busy=True)
    for step in range(50):
        adaptive.note(2.0, 10.0 + 5 * step, busy=False)
    assert adaptive.limit == 8
    adaptive = Adaptive(8)
    for _ in range(50):
        adaptive.note(0.1, 0.0, busy=True)
    lowest = 8
    for step in range(50):
        adaptive.note(2.0, 10.0 + 5 * step, busy=True)
        lowest = min(lowest, adaptive.limit)
    assert lowest == 2


def test_fewer_run_at_once_while_the_provider_is_overloaded() -> None:
    async def main() -> int:
        queue = FairQueue(8, {"a": 1.0}, adaptive=Adaptive(8))
        most = 0

        async def one() -> None:
            nonlocal most
            async with queue.slot("a", 1, 1000):
                most = max(most, queue.running("a"))
                await asyncio.sleep(1)

        async with queue.slot("a", 1, 1000) as slot:
            slot.overloaded()
        await asyncio.gather(*(one() for _ in range(30)))
        return most

    assert simulate(main) == 5


def queueing(flood: int, every: float, *, lane: bool) -> float:
    """The p95 of waiting for a slot while another function floods, in the batch lane or not."""

    async def main() -> float:
        batch = ["flooder"] if lane else []
        queue = FairQueue(4, {"victim": 1.0, "flooder": 1.0}, batch=batch)
        times: list[float] = []
        await asyncio.gather(
            *(request(queue, "flooder", []) for _ in range(flood)),
            *(request(queue, "victim", times, at=0.5 + every * n) for n in range(60)),
        )
        return quantiles((time - 1.0 for time in times), n=20)[-1]

    return simulate(main)


def test_a_flood_leaves_p95_below_twice_alone_plus_one_service_time() -> None:
    for every, lane in ((0.55, False), (0.3, True)):  # less than its share; nearly everything
        alone = queueing(0, every, lane=lane)
        assert queueing(400, every, lane=lane) <= 2 * alone + 1.0 + 1e-6


def test_batch_never_holds_every_slot_and_never_starves() -> None:
    async def main() -> tuple[float, float]:
        queue = FairQueue(4, {"people": 1.0, "night": 1.0}, batch=["night"])
        night: list[float] = []
        people: list[float] = []
        await asyncio.gather(
            *(request(queue, "night", night, service=50.0) for _ in range(8)),
            request(queue, "people", people, at=10.0),
        )
        first = people[0]
        assert now() < 200
        busy: list[float] = []
        late: list[float] = []
        start = now()
        await asyncio.gather(
            *(request(queue, "people", busy, at=start) for _ in range(200)),
            request(queue, "night", late, at=start + 0.5),
        )
        return first, late[0]

    first, late = simulate(main)
    assert first == 1.0  # a slot was free at once
    assert late <= 5.0  # every tenth slot, though two hundred people wait
