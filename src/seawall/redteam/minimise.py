"""The shortest text of an attack that still has its effect: delta debugging against the target."""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random

import msgspec

from seawall.core.verdicts import Outcome
from seawall.redteam.facts import Facts
from seawall.redteam.oracles import oracle_of
from seawall.redteam.planning import Planned
from seawall.redteam.strategies import strategy_of
from seawall.redteam.target import Attack, Target, observe

_SENTENCES = re.compile(r"(?<=[.!?:;。！？])\s+|\n+")
_SECONDS = 120.0
# The provider's ledger mixes the tries of one customer: what an earlier one left proves nothing.
_UNFIT = frozenset({"received", "twins"})
# These oracles see a phrase in the answer; a user's shortest wish for it is no attack any more.
_WISHES = frozenset({"canary", "deliverable"})
_WHOLE = "Not shortened: its oracle sees the phrase, not whether the wish is still an attack."


class Smallest(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of an attack: the seed's `text` with its slots, before the disguise.

    `words` of `before` are left after `requests` tries. `disguise` is the strategy without which
    it does not succeed, or plain. The result succeeded `held` of `repeats` times again.
    `note` says why nothing could be taken away, where that is so.
    """

    attempt: str
    text: str
    words: int
    before: int
    disguise: str
    requests: int
    held: int
    repeats: int
    note: str = ""

    @property
    def steady(self) -> bool:
        """Whether it succeeded each time that it was sent again."""
        return 0 < self.repeats == self.held


class _SpentError(Exception):
    """The requests are used up."""


class _Trial:
    """Sends forms of one attempt and judges them; counts what it sends."""

    def __init__(self, planned: Planned, target: Target, facts: Facts, most: int) -> None:
        self.planned, self._target, self._facts = planned, target, facts
        self.left, self.sent = most, 0
        self.disguise = planned.strategy

    async def succeeds(self, text: str) -> bool:
        """Tell whether the attack with this text, dressed, has its effect. Raises _SpentError."""
        return bool(text.strip()) and await self.works(dressed(self.planned, text, self.disguise))

    async def works(self, attack: Attack) -> bool:
        """Tell whether an attack has its effect. Raises _SpentError."""
        if self.left <= 0:
            raise _SpentError
        self.left -= 1
        self.sent += 1
        seen = await observe(self._target, attack, _SECONDS)
        oracle = oracle_of(self.planned.card.oracle.kind)
        return oracle.judge(self.planned, seen, self._facts).outcome is Outcome.FOUND


def dressed(planned: Planned, text: str, disguise: str) -> Attack:
    """Return the attempt's attack with another seed text, in a disguise."""
    attack, card = planned.attack, planned.card
    strategy = strategy_of(disguise)
    rng = Random(f"{attack.id}#attack")
    texts = strategy.apply(planned.filled(text), card.channel, rng).texts
    if card.channel == "user":
        earlier = tuple(planned.filled(one) for one in planned.seed.messages[:-1])
        return msgspec.structs.replace(attack, messages=(*earlier, *texts))
    return msgspec.structs.replace(attack, text=texts[0])


async def reduce(
    pieces: Sequence[str], holds: Callable[[Sequence[str]], Awaitable[bool]]
) -> list[str]:
    """Return a part of the pieces, in order, of which no single one can be left out (ddmin).

    `holds` is true for all of them together. It is asked about n log n times, n^2 at worst.
    """
    kept, parts = list(pieces), 2
    while len(kept) > 1:
        size = max(1, len(kept) // parts)
        for begin in range(0, len(kept), size):
            rest = kept[:begin] + kept[begin + size :]
            if rest and await holds(rest):
                kept, parts = rest, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(len(kept), parts * 2)
    return kept


async def minimise(
    planned: Planned, target: Target, facts: Facts, *, most: int = 120, repeats: int = 3
) -> Smallest:
    """Take the disguise, then sentences, then words away while the attack still succeeds.

    Sends at most `most` requests, and `repeats` more to see whether the result holds. An attempt
    that does not succeed again is returned as it was, with a note.
    """
    trial = _Trial(planned, target, facts, most)
    whole, attack = planned.seed.attack, planned.attack
    made = attack.image or attack.audio or attack.file
    if made or planned.card.oracle.kind in _UNFIT or not whole.strip():
        note = "This kind of attack is not made of one text that can be shortened."
        return await _result(trial, whole, 0, note)
    if not await trial.works(attack):
        return await _result(trial, whole, 0, "It did not succeed when it was sent again.")
    best = whole
    try:
        if trial.disguise != "plain":
            await _undisguised(trial, whole)
        if planned.card.channel == "user" and planned.card.oracle.kind in _WISHES:
            return await _result(trial, whole, repeats, _WHOLE)
        for split in (_SENTENCES.split, str.split):
            best = await _shortened(split(best), trial, best)
    except _SpentError:
        pass
    return await _result(trial, best, repeats, "")


async def _undisguised(trial: _Trial, whole: str) -> None:
    """Take the disguise off where the text succeeds without it."""
    needed, trial.disguise = trial.disguise, "plain"
    if not await trial.succeeds(whole):
        trial.disguise = needed


async def _shortened(parts: Sequence[str], trial: _Trial, best: str) -> str:
    """Return the shortest joined form found, also when the requests are used up on the way."""
    shortest = best

    async def holds(pieces: Sequence[str]) -> bool:
        nonlocal shortest
        text = " ".join(pieces)
        done = await trial.succeeds(text)
        if done:
            shortest = text
        return done

    with suppress(_SpentError):
        await reduce([part for part in parts if part.strip()], holds)
    return shortest


async def _result(trial: _Trial, text: str, repeats: int, note: str) -> Smallest:
    trial.left = repeats
    held = sum([await trial.succeeds(text) for _ in range(repeats)])
    return Smallest(
        attempt=trial.planned.attack.id,
        text=text,
        words=len(text.split()),
        before=len(trial.planned.seed.attack.split()),
        disguise=trial.disguise,
        requests=trial.sent,
        held=held,
        repeats=repeats,
        note=note,
    )
