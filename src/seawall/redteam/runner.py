"""Carries out attacks: concurrent, resumable, floods alone and last."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import count

from seawall.catalog.model import ProbeCard
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.facts import Facts, read_facts
from seawall.redteam.judge import Reviewer
from seawall.redteam.judging import attempt_row, score
from seawall.redteam.ledger import Ledger
from seawall.redteam.planning import Planned, draw
from seawall.redteam.preflight import obstacle
from seawall.redteam.stopping import Stopper
from seawall.redteam.target import Observation, Target, observe

Keep = Callable[[Attempt], None]
Progress = Callable[[int, int, str], None]
Witness = Callable[[Planned, Observation, Attempt], None]
ATTEMPT_SECONDS = 120.0


def ordered(cards: Sequence[ProbeCard]) -> list[ProbeCard]:
    """Return the cards by their order; those that load the target come last."""
    return sorted(cards, key=lambda card: (card.channel == "load", card.order, card.id))


def in_turn(sources: Sequence[Iterator[Planned]]) -> Iterator[Planned]:
    """Yield one attempt of each probe, then the next of each: slow ones do not come at once."""
    left = list(sources)
    while left:
        for source in tuple(left):
            planned = next(source, None)
            if planned is None:
                left.remove(source)
            else:
                yield planned


class _Run:
    """One pass over a plan: hands each new row on once, and keeps none."""

    def __init__(
        self, target: Target, facts: Facts, mode: Mode, keep: Keep, progress: Callable[[str], None],
        witness: Witness | None, done: Ledger, stopper: Stopper | None, judge: Reviewer | None,
    ) -> None:  # fmt: skip
        self.target, self.facts, self.mode = target, facts, mode
        self._keep, self._progress = keep, progress
        self.witness, self.done, self.stopper = witness, done, stopper
        self.judge = judge

    def keep(self, row: Attempt) -> None:
        """Hand a row on."""
        self._keep(row)
        self._passed(row)

    def _passed(self, row: Attempt) -> None:
        if self.stopper is not None:
            self.stopper.known(row)
        self._progress(row.probe)

    def waiting(self, card: ProbeCard, attempts: Iterator[Planned]) -> Iterator[Planned]:
        """Yield what has to be sent of a card's attempts; rows of the others are kept at once."""
        reason = obstacle(card, self.facts)
        for planned in attempts:
            earlier = self.done.get(planned.attack.id)
            if self.stopper is not None:
                # What an interrupted run had sent beyond its decision stays part of it.
                if earlier is None and self.stopper.stopped(card.id):
                    return
                self.stopper.planned(card.id, planned.attack.id)
            if earlier is not None:
                self._passed(attempt_row(planned, self.mode, earlier, reason=""))
            elif reason:
                outcome = AttemptOutcome.UNSCORED
                self.keep(attempt_row(planned, self.mode, outcome, reason=reason))
            else:
                yield planned

    async def work(self, source: Iterator[Planned]) -> None:
        """Carry out and judge attempts one after the other until none is left."""
        for planned in source:
            begun = time.perf_counter()
            observation = await observe(self.target, planned.attack, ATTEMPT_SECONDS)
            seconds = time.perf_counter() - begun
            row = score(planned, observation, self.facts, self.mode, seconds)
            if self.judge is not None:
                row = await self.judge.review(planned, observation, row)
            if self.witness is not None:
                self.witness(planned, observation, row)
            self.keep(row)


async def attack(
    probes: Sequence[ProbeCard],
    target: Target,
    mode: Mode,
    keep: Keep,
    *,
    n: int | None = None,
    seed: int = 0,
    concurrency: int = 16,
    progress: Progress | None = None,
    done: Ledger | None = None,
    only: Collection[str] = (),
    witness: Witness | None = None,
    stopper: Stopper | None = None,
    judge: Reviewer | None = None,
) -> None:
    """Attack a target with each probe's plan and hand one row per new attempt to `keep`.

    The same probes, facts, n and seed give the same attempts in either mode. `done` knows those
    of an interrupted run in this mode: they are not sent again. A probe that cannot be scored
    here gives unscored rows without sending anything. `only` names the attempts to make (empty:
    all); `progress` is told (attempts passed, all, probe); `witness` is shown what came back;
    `stopper` ends a probe that is decided, with what is under way; `judge` is asked where no
    oracle can decide. Nothing grows with the attempts but `done`. Raises InputError for a card
    that cannot be used.
    """
    facts = read_facts(target.facts())
    cards = ordered(probes)
    total = sum(_count(card, n, only) for card in cards)
    passed = count(1)

    def told(probe: str) -> None:
        if progress is not None:
            progress(next(passed), total, probe)

    passing = _Run(target, facts, mode, keep, told, witness, done or Ledger(), stopper, judge)

    def attempts(card: ProbeCard) -> Iterator[Planned]:
        planned = draw(card, facts, n=n, seed=seed)
        return passing.waiting(card, (p for p in planned if not only or p.attack.id in only))

    # Attempts are made when their turn comes: a long run holds no more of them than it sends.
    source = in_turn([attempts(card) for card in cards if card.channel != "load"])
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, concurrency)):
                group.create_task(passing.work(source))
    except ExceptionGroup as errors:  # the first one ended the others
        raise errors.exceptions[0] from errors
    await passing.work(in_turn([attempts(card) for card in cards if card.channel == "load"]))


async def run(
    probes: Sequence[ProbeCard],
    target: Target,
    mode: Mode,
    *,
    n: int | None = None,
    seed: int = 0,
    concurrency: int = 16,
    progress: Progress | None = None,
    only: Collection[str] = (),
    witness: Witness | None = None,
    stopper: Stopper | None = None,
    judge: Reviewer | None = None,
) -> list[Attempt]:
    """Attack as `attack` does, and return all rows in the order of the plan: for short runs."""
    rows: list[Attempt] = []
    await attack(
        probes, target, mode, rows.append, n=n, seed=seed, concurrency=concurrency,
        progress=progress, only=only, witness=witness, stopper=stopper, judge=judge,
    )  # fmt: skip
    place = {card.id: index for index, card in enumerate(ordered(probes))}
    # An attempt's id ends in its place in the probe's plan.
    return sorted(rows, key=lambda row: (place[row.probe], int(row.id.rpartition("/")[2])))


def _count(card: ProbeCard, n: int | None, only: Collection[str]) -> int:
    if not only:
        return n or card.n
    return sum(name.startswith(f"{card.id}/") for name in only)
