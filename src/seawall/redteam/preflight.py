"""What cannot be scored on a target, said before anything is sent."""

from collections.abc import Iterable

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.redteam.facts import Facts
from seawall.redteam.oracles import oracle_of
from seawall.redteam.seeds import read_seeds
from seawall.redteam.slots import FROM_FACTS, used


class Unscorable(msgspec.Struct, frozen=True, kw_only=True):
    """A probe that would prove nothing here, and why."""

    probe: str
    reason: str


def scorable(card: ProbeCard, facts: Facts) -> ProbeCard:
    """Return the card with the seeds that can be scored on this target.

    Where tools cannot be seen, a probe that also plants words is tried with those seeds only.
    A card with no such seed, or only such seeds, stays as it is. Raises InputError as `obstacle`.
    """
    oracle = oracle_of(card.oracle.kind)
    if not (facts.hides_effects and oracle.effects and oracle.words):
        return card
    pairs = zip(card.seeds, read_seeds(card), strict=True)
    spoken = tuple(raw for raw, seed in pairs if not seed.tool)
    if not spoken or len(spoken) == len(card.seeds):
        return card
    return msgspec.structs.replace(card, seeds=spoken)


def obstacle(card: ProbeCard, facts: Facts) -> str:
    """Return why the probe cannot be scored on this target, or an empty string.

    Raises InputError when the card itself cannot be used.
    """
    if facts.channels and card.channel not in facts.channels:
        return f"The target cannot be reached through the {card.channel} channel."
    oracle = oracle_of(card.oracle.kind)
    seeds = read_seeds(card)
    spoken = oracle.words and not any(seed.tool for seed in seeds)
    if facts.hides_effects and oracle.effects and not spoken:
        return "The target does not show what its tools did."
    lacking = [s.tool for s in seeds if s.tool not in {"", *facts.tools, *facts.hidden_tools}]
    if facts.tools and 2 * len(lacking) > len(seeds):
        return f"The target lacks the tools that are aimed at: {', '.join(sorted(set(lacking)))}."
    needed = set(oracle.needs)
    for seed in seeds:
        if seed.literal:
            continue
        texts = " ".join(seed.texts)
        needed |= {fact for slot, fact in FROM_FACTS.items() if slot in used(texts)}
    missing = sorted(
        name for name in needed if not any(getattr(facts, one) for one in name.split("|"))
    )
    if missing:
        return f"The target does not tell {', '.join(missing).replace('|', ' or ')}."
    return ""


def preflight(cards: Iterable[ProbeCard], facts: Facts) -> list[Unscorable]:
    """Return the probes that cannot be scored on a target with these facts."""
    found = ((card.id, obstacle(card, facts)) for card in cards)
    return [Unscorable(probe=probe, reason=reason) for probe, reason in found if reason]
