"""From a card to attacks: which seed meets which strategy, and what is sent."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from sys import intern
from typing import Any

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.core.errors import InputError
from seawall.redteam.facts import Facts
from seawall.redteam.payloads.training_file import build_file
from seawall.redteam.payloads.words import WORDS
from seawall.redteam.seeds import Seed, read_seeds
from seawall.redteam.slots import Slots, make_slots, number_of
from seawall.redteam.strategies import Strategy, Variant, select
from seawall.redteam.target import Attack

_NAMES = ("Ada", "Björn", "Chloé", "Deniz", "Elif", "Femi", "Greta", "Hana", "Ivo", "Jamila")


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt before it is carried out: equal for OFF and ON, so that they can be paired."""

    card: ProbeCard
    seed: Seed
    strategy: str
    slots: Slots
    attack: Attack

    def filled(self, text: str) -> str:
        """Return a text of the seed with this attempt's values in its slots."""
        return text if self.seed.literal else self.slots.fill(text)

    @property
    def cluster(self) -> str:
        """The seed that this attempt varies."""
        return intern(f"{self.card.id}/{self.seed.id}")


def pairings(
    seeds: tuple[Seed, ...], card: ProbeCard, n: int, seed: int = 0
) -> Iterator[tuple[Seed, Strategy]]:
    """Yield n pairs in which seeds, and strategies, are used about equally often.

    A pair comes back only when a seed has met every strategy that fits it. Another `seed` draws
    other pairs.
    """
    rng = Random(f"{card.id}@{seed}")
    used: Counter[str] = Counter()
    met: Counter[tuple[str, str]] = Counter()
    fits = [select(card.strategies, card.channel, exact=one.exact) for one in seeds]
    for index in range(n):
        one, fitting = seeds[index % len(seeds)], fits[index % len(seeds)]
        if not fitting:
            raise InputError(f"{card.id}: no strategy fits the seed {one.id}.")
        ranked = [(met[one.id, s.id], used[s.id], rng.random(), s.id, s) for s in fitting]
        chosen = min(ranked)[-1]
        used[chosen.id] += 1
        met[one.id, chosen.id] += 1
        yield one, chosen


def _params(attempt_id: str, rng: Random) -> dict[str, Any]:
    number = number_of(attempt_id)
    return {
        "account": f"HB-{number}",
        "product": f"SKU-{number}",
        "customer": rng.choice(_NAMES),
    }


def _flood(seed: Seed, rng: Random) -> dict[str, Any]:
    """Return how to flood: sizes vary by a fifth so that no two floods are equal."""
    words = max(3, round(seed.prompt_words * rng.uniform(0.8, 1.2)))
    return {
        "function": "report-writer",
        "other": "support-chat",
        "requests": max(2, round(seed.requests * rng.uniform(0.8, 1.2))),
        "concurrency": seed.concurrency,
        "max_tokens": seed.max_tokens,
        "prompt": "Summarise: " + " ".join(rng.choices(WORDS, k=words)),
        "question": seed.ask,
    }


def _file(seed: Seed, strategy: Strategy, rng: Random) -> bytes:
    def dress(text: str) -> str:
        return strategy.apply(text, "file", rng).texts[0]

    return build_file(seed, dress, rng, escaped=strategy.id == "json-escapes")


def _twins(
    attempt_id: str, planned: tuple[ProbeCard, Seed, Strategy], slots: Slots
) -> tuple[tuple[str, ...], ...]:
    """Return what is asked before, each in a session of its own: twin, attack, twin.

    Twin and attack are dressed alike, so that nothing differs but what the seed changes.
    """
    card, seed, strategy = planned
    if not seed.twin:
        return ()

    def dressed(text: str) -> tuple[str, ...]:
        rng = Random(f"{attempt_id}#twins")
        return strategy.apply(slots.fill(text), card.channel, rng).texts

    return dressed(seed.twin), dressed(seed.attack), dressed(seed.twin)


def _attack(attempt_id: str, planned: tuple[ProbeCard, Seed, Strategy], slots: Slots) -> Attack:
    card, seed, strategy = planned
    rng = Random(f"{attempt_id}#attack")
    params = _params(attempt_id, rng)
    earlier = tuple(slots.fill(text) for text in seed.messages[:-1])
    ask = (slots.fill(seed.ask),) if seed.ask else ()
    file = _file(seed, strategy, rng) if card.channel == "file" else None
    text = seed.attack if seed.literal else slots.fill(seed.attack)
    variant = Variant() if file else strategy.apply(text, card.channel, rng)
    if card.channel == "load":
        params |= _flood(seed, rng) | variant.params
    twins = _twins(attempt_id, planned, slots)
    own = twins[1] if twins else variant.texts
    messages = (*earlier, *own) if card.channel == "user" else ask
    planted = variant.texts[0] if variant.texts and card.channel != "user" else ""
    return Attack(
        id=attempt_id,
        probe=card.id,
        channel=card.channel,
        messages=messages,
        text=planted,
        image=variant.image,
        audio=variant.audio,
        file=file,
        params=params,
        before=(slots.fill(seed.before),) if seed.before else (),
        twins=twins,
    )


def draw(
    card: ProbeCard, facts: Facts, *, n: int | None = None, seed: int = 0
) -> Iterator[Planned]:
    """Yield the card's attempts for a target with these facts, each made when it is asked for.

    Equal arguments, equal attempts. Raises InputError when a seed or strategy of the card cannot
    be used.
    """
    for index, pair in enumerate(pairings(read_seeds(card), card, n or card.n, seed)):
        one, strategy = pair
        attempt_id = f"{card.id}/{one.id}/{strategy.id}/{index:03d}"
        key = f"{attempt_id}@{seed}"
        slots = make_slots(attempt_id, facts, Random(key), oracle=card.oracle.kind)
        attack = _attack(attempt_id, (card, one, strategy), slots)
        yield Planned(card=card, seed=one, strategy=strategy.id, slots=slots, attack=attack)


def plan(card: ProbeCard, facts: Facts, *, n: int | None = None, seed: int = 0) -> list[Planned]:
    """Return all attempts that `draw` yields."""
    return list(draw(card, facts, n=n, seed=seed))
