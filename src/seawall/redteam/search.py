"""Adaptive attacks: one seed is dressed again and again, by what came back, until it succeeds."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Protocol

import msgspec

from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.facts import Facts
from seawall.redteam.findings import SEARCH
from seawall.redteam.judging import score
from seawall.redteam.paired import wilson
from seawall.redteam.planning import Planned
from seawall.redteam.strategies import layer, load_strategies, select
from seawall.redteam.target import Attack, Target, observe

_SECONDS = 120.0
_LAYERS = 3
_GO_ON = 0.4
# Channels in which the text comes as a picture or a sound, made by a strategy of that kind.
_CARRIED = ("image", "audio")
# What a try is worth to the bandit: unseen by the guard is half of the way.
_WORTH = {
    AttemptOutcome.COMPLIED: 1.0, AttemptOutcome.REFUSED: 0.5, AttemptOutcome.BLOCKED: 0.0,
}  # fmt: skip


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One query of a search: the attack's messages or planted text, and what came back."""

    number: int
    how: str
    said: tuple[str, ...]
    outcome: AttemptOutcome
    answer: str = ""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What to try next: the texts (the last ones a user says, or the one that is planted)."""

    how: str
    texts: tuple[str, ...]


class Proposer(Protocol):
    """Thinks of the next try. `None` ends the search: there is nothing left to try."""

    async def propose(self, planned: Planned, tries: Sequence[Try]) -> Proposal | None:
        """Return the next try, by what was tried for this seed before."""
        ...

    def learn(self, tried: Try) -> None:
        """Take note of what a try came to."""
        ...


class Bandit:
    """Chooses disguises by Thompson sampling, and changes the recipe that came furthest.

    It knows what the guard said of each try. A recipe has up to three strategies, one on the
    other. The same recipe draws other words and noise each time (best of n).
    """

    def __init__(self, seed: str = "") -> None:
        self._rng = Random(f"search {seed}")
        self._worth: defaultdict[str, list[float]] = defaultdict(lambda: [1.0, 1.0])

    async def propose(self, planned: Planned, tries: Sequence[Try]) -> Proposal | None:
        """Return a recipe's texts; the first try is the plain seed."""
        fitting, carriers = fitting_names(planned), carrier_names(planned)
        if carriers:
            return self._carried(planned, tries, fitting, carriers)
        if not tries or not fitting:
            return Proposal(how="plain", texts=dressed(planned, (), self._rng))
        recipe = self._recipe(tries, fitting)
        return Proposal(how="+".join(recipe), texts=dressed(planned, recipe, self._rng))

    def _carried(
        self, planned: Planned, tries: Sequence[Try], fitting: list[str], carriers: list[str]
    ) -> Proposal:
        """Return a text in a picture or a sound: dressed every second time, plainly otherwise."""
        carrier = self._draw(carriers) if tries else carriers[0]
        recipe = self._recipe(tries, fitting) if len(tries) % 2 and fitting else ()
        texts = dressed(planned, recipe, self._rng)
        return Proposal(how="+".join((*recipe, carrier)), texts=texts)

    def _recipe(self, tries: Sequence[Try], fitting: list[str]) -> tuple[str, ...]:
        """Return a fresh disguise, or a changed one of those that came furthest."""
        furthest = max(tries, key=lambda one: (_WORTH.get(one.outcome, 0.0), one.number))
        recipe = tuple(name for name in furthest.how.split("+") if name in fitting)
        if not recipe or self._rng.random() >= _GO_ON:
            return (self._draw(fitting),)
        return self._changed(recipe, fitting)

    def learn(self, tried: Try) -> None:
        """Give each strategy of the recipe its share."""
        worth = _WORTH.get(tried.outcome)
        if worth is None:
            return
        for name in tried.how.split("+"):
            self._worth[name][0] += worth
            self._worth[name][1] += 1.0 - worth

    def _draw(self, names: Sequence[str]) -> str:
        return max(names, key=lambda name: self._rng.betavariate(*self._worth[name]))

    def _changed(self, recipe: tuple[str, ...], names: Sequence[str]) -> tuple[str, ...]:
        """Add a layer, put another in the place of one, or take one off."""
        kept = list(recipe)
        place = self._rng.randrange(len(kept))
        kind = self._rng.choice(("add", "swap", "drop"))
        if kind == "add" and len(kept) < _LAYERS:
            kept.insert(place, self._draw(names))
        elif kind == "drop" and len(kept) > 1:
            del kept[place]
        else:
            kept[place] = self._draw(names)
        return tuple(dict.fromkeys(kept))


def fitting_names(planned: Planned) -> list[str]:
    """Return the text strategies that fit the seed's channel and lose nothing that it needs.

    What stands in a picture or a sound is an outsider's text.
    """
    channel = planned.card.channel
    place = "document" if channel in _CARRIED else channel
    found = select(("*", "more"), place, exact=planned.seed.exact)
    return [one.id for one in found if one.id != "plain"]


def carrier_names(planned: Planned) -> list[str]:
    """Return the pictures or sounds that can carry the seed's text, the card's own first."""
    kind = planned.card.channel
    if kind not in _CARRIED:
        return []
    own = [one.id for one in select(planned.card.strategies, kind, exact=False)]
    every = [one.id for one in load_strategies().values() if one.kind == kind]
    return list(dict.fromkeys((*own, *every)))


def dressed(planned: Planned, recipe: Sequence[str], rng: Random) -> tuple[str, ...]:
    """Return the seed's text under the strategies, the first one innermost."""
    channel = planned.card.channel
    place = "document" if channel in _CARRIED else channel
    return layer(recipe, planned.filled(planned.seed.attack), place, rng)


class Hunt(msgspec.Struct, frozen=True, kw_only=True):
    """How a search for one seed ended, after how many queries (the successful one included).

    `how` is what succeeded; empty where nothing did within the queries allowed.
    """

    probe: str
    cluster: str
    bypassed: bool
    queries: int
    how: str = ""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What searches of one probe come to: seeds that got through, with Wilson's 95% interval.

    `median` counts queries to the first success over the seeds that had one, None without.
    """

    probe: str
    seeds: int
    bypassed: int
    low: float
    high: float
    median: float | None
    hows: tuple[str, ...]


def put(planned: Planned, texts: tuple[str, ...], number: int, how: str = "") -> Planned:
    """Return the attempt with other texts, under an id of its own.

    In a picture or a sound they come as the last strategy that `how` names makes it.
    """
    attack = planned.attack
    name = f"{planned.cluster}{SEARCH}{number:03d}"
    made: Attack
    if carriers := carrier_names(planned):
        named = how.rpartition("+")[2]
        carrier = load_strategies()[named if named in carriers else carriers[0]]
        variant = carrier.apply("\n".join(texts), attack.channel, Random(name))
        made = msgspec.structs.replace(attack, id=name, image=variant.image, audio=variant.audio)
    elif attack.channel == "user":
        earlier = tuple(planned.filled(text) for text in planned.seed.messages[:-1])
        made = msgspec.structs.replace(attack, id=name, messages=(*earlier, *texts))
    else:
        made = msgspec.structs.replace(attack, id=name, text="\n".join(texts))
    return msgspec.structs.replace(planned, attack=made)


async def hunt(
    planned: Planned, target: Target, facts: Facts, mode: Mode, proposer: Proposer, most: int,
    keep: Callable[[Attempt], None],
    won: Callable[[Planned, Proposal, Attempt], None] | None = None,
) -> Hunt:  # fmt: skip
    """Try until the attack succeeds or `most` queries are sent; `keep` is given every row, `won`
    what succeeded."""
    tries: list[Try] = []
    while len(tries) < most:
        proposal = await proposer.propose(planned, tries)
        if proposal is None:
            break
        made = put(planned, proposal.texts, len(tries), proposal.how)
        begun = time.perf_counter()
        seen = await observe(target, made.attack, _SECONDS)
        row = score(made, seen, facts, mode, time.perf_counter() - begun)
        keep(msgspec.structs.replace(row, strategy=proposal.how))
        tried = Try(
            number=len(tries), how=proposal.how, said=proposal.texts, outcome=row.outcome,
            answer=seen.text,
        )  # fmt: skip
        tries.append(tried)
        proposer.learn(tried)
        if row.outcome is AttemptOutcome.COMPLIED:
            if won is not None:
                won(planned, proposal, row)
            break
    bypassed = bool(tries) and tries[-1].outcome is AttemptOutcome.COMPLIED
    return Hunt(
        probe=planned.card.id, cluster=planned.cluster, bypassed=bypassed, queries=len(tries),
        how=tries[-1].how if bypassed else "",
    )  # fmt: skip


def starts(plans: Iterable[Planned], seeds: int) -> list[Planned]:
    """Return one planned attempt for each of the first `seeds` seeds; files are left out."""
    found: dict[str, Planned] = {}
    for planned in plans:
        if planned.attack.file is None:
            found.setdefault(planned.cluster, planned)
    return list(found.values())[:seeds]


def reached(ends: Iterable[Hunt]) -> list[Reach]:
    """Sum searches up by probe."""
    groups: defaultdict[str, list[Hunt]] = defaultdict(list)
    for end in ends:
        groups[end.probe].append(end)
    found = []
    for probe, group in groups.items():
        won = [end for end in group if end.bypassed]
        low, high = wilson(len(won), len(group))
        found.append(
            Reach(
                probe=probe, seeds=len(group), bypassed=len(won), low=low, high=high,
                median=statistics.median(end.queries for end in won) if won else None,
                hows=tuple(dict.fromkeys(end.how for end in won)),
            )
        )  # fmt: skip
    return found
