"""Carries out attacks: concurrent, resumable, floods alone and last."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import zip_longest

from seawall.catalog.model import ProbeCard
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.facts import Facts, read_facts
from seawall.redteam.judging import attempt_row, score
from seawall.redteam.planning import Planned, plan
from seawall.redteam.preflight import obstacle
from seawall.redteam.target import Observation, Target, observe

Progress = Callable[[int, int, Attempt], None]
Witness = Callable[[Planned, Observation, Attempt], None]
ATTEMPT_SECONDS = 120.0


def ordered(cards: Sequence[ProbeCard]) -> list[ProbeCard]:
    """Return the cards by their order; those that load the target come last."""
    return sorted(cards, key=lambda card: (card.channel == "load", card.order, card.id))


def in_turn(planned: Sequence[Planned]) -> list[Planned]:
    """Return one attempt of each probe, then the next of each: what is slow does not come at once."""
    by_probe: dict[str, list[Planned]] = {}
    for one in planned:
        by_probe.setdefault(one.card.id, []).append(one)
    rows = zip_longest(*by_probe.values())
    return [one for row in rows for one in row if one is not None]


class _Run:
    """One pass over a plan; keeps rows and reports each one once."""

    def __init__(
        self, target: Target, facts: Facts, mode: Mode, total: int, progress: Progress | None,
        witness: Witness | None = None,
    ) -> None:  # fmt: skip
        self.target, self.facts, self.mode = target, facts, mode
        self.total, self.progress = total, progress
        self.witness = witness
        self.rows: dict[str, Attempt] = {}

    def keep(self, row: Attempt) -> None:
        """Add a row and tell the progress callback (done, total, row)."""
        self.rows[row.id] = row
        if self.progress is not None:
            self.progress(len(self.rows), self.total, row)

    async def attempt(self, planned: Planned, gate: asyncio.Semaphore) -> None:
        """Carry out and judge one attempt."""
        async with gate:
            begun = time.perf_counter()
            observation = await observe(self.target, planned.attack, ATTEMPT_SECONDS)
            seconds = time.perf_counter() - begun
        row = score(planned, observation, self.facts, self.mode, seconds)
        if self.witness is not None:
            self.witness(planned, observation, row)
        self.keep(row)


async def run(
    probes: Sequence[ProbeCard],
    target: Target,
    mode: Mode,
    *,
    n: int | None = None,
    seed: int = 0,
    concurrency: int = 16,
    progress: Progress | None = None,
    done: Mapping[str, Attempt] | None = None,
    only: Collection[str] = (),
    witness: Witness | None = None,
) -> list[Attempt]:
    """Attack a target with each probe's plan and return one row per attempt, in plan order.

    The same probes, facts, n and seed give the same attempts in either mode. `done` holds rows
    of an interrupted run by attempt id: they are kept and not sent again. A probe that cannot be
    scored here gives unscored rows without sending anything. `only` names the attempts to make
    (empty: all); `witness` is shown what came back. Raises InputError for a card that cannot be
    used.
    """
    facts = read_facts(target.facts())
    cards = ordered(probes)
    plans = {
        card.id: [p for p in plan(card, facts, n=n, seed=seed) if not only or p.attack.id in only]
        for card in cards
    }
    total = sum(len(attempts) for attempts in plans.values())
    passing = _Run(target, facts, mode, total, progress, witness)
    waiting: dict[bool, list[Planned]] = {False: [], True: []}
    for card in cards:
        reason = obstacle(card, facts)
        for planned in plans[card.id]:
            earlier = (done or {}).get(planned.attack.id)
            if earlier is not None and earlier.mode is mode:
                passing.keep(earlier)
            elif reason:
                row = attempt_row(planned, mode, AttemptOutcome.UNSCORED, reason=reason)
                passing.keep(row)
            else:
                waiting[card.channel == "load"].append(planned)
    gate = asyncio.Semaphore(max(1, concurrency))
    async with asyncio.TaskGroup() as group:
        for planned in in_turn(waiting[False]):
            group.create_task(passing.attempt(planned, gate))
    for planned in waiting[True]:
        await passing.attempt(planned, gate)
    return [passing.rows[p.attack.id] for card in cards for p in plans[card.id]]
