"""Adaptive attacks: one seed is dressed again and again, by what came back, until it succeeds."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import NamedTuple, Protocol

import msgspec

from seawall.core.errors import InputError
from seawall.core.stats import wilson
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.facts import Facts
from seawall.redteam.findings import SEARCH
from seawall.redteam.journal import Journal
from seawall.redteam.judging import score
from seawall.redteam.measure import SCORED
from seawall.redteam.planning import Planned
from seawall.redteam.strategies import layer, load_strategies, select
from seawall.redteam.target import Attack, Target, observe

_SECONDS = 120.0
_LAYERS = 3
_GO_ON = 0.4
# So many failed queries in a row end a seed's search: the same command goes on from there.
_DOWN = 3
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
    """How a search for one seed ended, after how many answers (the successful one included).

    `how` is what succeeded; empty where nothing did within the queries allowed. `errors` counts
    queries without an answer, `unscored` answers without a verdict. `unfinished` says why the
    search stopped before its end: the same command goes on from there.
    """

    probe: str
    cluster: str
    bypassed: bool
    queries: int
    how: str = ""
    errors: int = 0
    unscored: int = 0
    unfinished: str = ""

    @property
    def decided(self) -> bool:
        """Whether the seed got through, or every answer up to the end says that it did not."""
        held = self.queries and not self.unscored and not self.unfinished
        return self.bypassed or bool(held)


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What searches of one probe come to: seeds that got through, with Wilson's 95% interval.

    `seeds` are those that are decided (see `Hunt`), `undecided` the others: they count for nothing.
    `median` counts queries to the first success over the seeds that had one, None without.
    """

    probe: str
    seeds: int
    bypassed: int
    low: float
    high: float
    median: float | None
    hows: tuple[str, ...]
    undecided: int = 0


class Past(NamedTuple):
    """What an interrupted search left: its rows by id, and the journal of its attacking model."""

    rows: Mapping[str, Attempt]
    journal: Journal | None = None


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


class Hunter:
    """Searches the seeds of a run one after the other; `keep` is given every new row.

    `won` is told what succeeded. `barred` returns the limit that a query would exceed, "" for none.
    What `past` holds is not sent again: the search is led through it and goes on behind it.
    """

    def __init__(
        self, target: Target, facts: Facts, mode: Mode, keep: Callable[[Attempt], None], *,
        won: Callable[[Planned, Proposal, Attempt], None] | None = None,
        barred: Callable[[Attack], str] | None = None, past: Past | None = None,
    ) -> None:  # fmt: skip
        self._target, self._facts, self._mode = target, facts, mode
        self._keep, self._won, self._barred = keep, won, barred
        self._past = past or Past({})

    async def hunt(self, planned: Planned, proposer: Proposer, most: int) -> Hunt:
        """Try until the attack succeeds, `most` queries are answered or nothing is left to try.

        A limit, or three failed queries in a row, leave the search unfinished. Raises InputError
        where what was tried before cannot have been tried by this search.
        """
        journal = self._past.journal
        if journal is not None:
            if journal.done(planned.cluster):
                return self._ended(planned)
            journal.begin(planned.cluster)
        tries: list[Try] = []
        down, why = 0, ""
        while not why and _answers(tries) < most:
            proposal = await proposer.propose(planned, tries)
            if proposal is None:
                break
            made = put(planned, proposal.texts, len(tries), proposal.how)
            row = self._past.rows.get(made.attack.id)
            if row is None and self._barred is not None and (why := self._barred(made.attack)):
                break
            tried = self._known(row, proposal, len(tries)) if row else None
            if tried is None:
                row, tried = await self._try(made, proposal, len(tries))
                down = down + 1 if row.outcome is AttemptOutcome.ERROR else 0
                why = row.reason if down == _DOWN else ""
            tries.append(tried)
            proposer.learn(tried)
            if row is not None and row.outcome is AttemptOutcome.COMPLIED:
                if self._won is not None:
                    self._won(planned, proposal, row)
                break
        if journal is not None and not why:
            journal.end()
        return _hunt(planned, [(one.outcome, one.how) for one in tries], why)

    async def _try(self, made: Planned, proposal: Proposal, number: int) -> tuple[Attempt, Try]:
        """Send one query, and keep its row."""
        begun = time.perf_counter()
        seen = await observe(self._target, made.attack, _SECONDS)
        scored = score(made, seen, self._facts, self._mode, time.perf_counter() - begun)
        row = msgspec.structs.replace(scored, strategy=proposal.how)
        if self._past.journal is not None:
            self._past.journal.note(number, seen.text)
        self._keep(row)
        tried = Try(
            number=number, how=proposal.how, said=proposal.texts, outcome=row.outcome,
            answer=seen.text,
        )  # fmt: skip
        return row, tried

    def _known(self, row: Attempt, proposal: Proposal, number: int) -> Try:
        """Return what an earlier row says of the try. Raises InputError where it is another try."""
        journal = self._past.journal
        answer = "" if journal is None else journal.answered(number)
        if answer is None or row.strategy != proposal.how:
            raise InputError(
                f"{row.id}: the search cannot go on from its rows; it would try {proposal.how} "
                f"where {row.strategy} was tried.",
                hint="Another version of Seawall, or a journal that is gone? Name another file.",
            )
        return Try(
            number=number, how=proposal.how, said=proposal.texts, outcome=row.outcome,
            answer=answer,
        )  # fmt: skip

    def _ended(self, planned: Planned) -> Hunt:
        """Return how a seed's search ended, from its rows."""
        first = f"{planned.cluster}{SEARCH}"
        rows = [row for name, row in self._past.rows.items() if name.startswith(first)]
        return _hunt(planned, [(row.outcome, row.strategy) for row in rows], "")


def not_begun(planned: Planned, why: str) -> Hunt:
    """Return the end of a search that did not begin: an earlier one of the run is unfinished."""
    return _hunt(planned, (), why)


def _answers(tries: Sequence[Try]) -> int:
    return sum(one.outcome is not AttemptOutcome.ERROR for one in tries)


def _hunt(planned: Planned, ends: Sequence[tuple[AttemptOutcome, str]], why: str) -> Hunt:
    """Sum the tries of one seed up: their outcomes, and what was tried."""
    outcomes = [outcome for outcome, _ in ends]
    errors = outcomes.count(AttemptOutcome.ERROR)
    bypassed = AttemptOutcome.COMPLIED in outcomes
    return Hunt(
        probe=planned.card.id, cluster=planned.cluster, bypassed=bypassed,
        queries=len(ends) - errors, how=ends[-1][1] if bypassed else "", errors=errors,
        unscored=sum(one not in SCORED for one in outcomes) - errors, unfinished=why,
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
    for probe, every in groups.items():
        group = [end for end in every if end.decided]
        won = [end for end in group if end.bypassed]
        low, high = wilson(len(won), len(group))
        found.append(
            Reach(
                probe=probe, seeds=len(group), bypassed=len(won), low=low, high=high,
                median=statistics.median(end.queries for end in won) if won else None,
                hows=tuple(dict.fromkeys(end.how for end in won)),
                undecided=len(every) - len(group),
            )
        )  # fmt: skip
    return found
