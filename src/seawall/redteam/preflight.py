"""What cannot be scored on a target, said before anything is sent."""

from collections.abc import Iterable

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.redteam.facts import Facts
from seawall.redteam.oracles import oracle_of
from seawall.redteam.seeds import Seed, read_seeds
from seawall.redteam.slots import FROM_FACTS, used


class Unscorable(msgspec.Struct, frozen=True, kw_only=True):
    """A probe that would prove nothing here, and why."""

    probe: str
    reason: str


def scorable(card: ProbeCard, facts: Facts) -> ProbeCard:
    """Return the card with the seeds that can be scored on this target.

    Left out are seeds with a slot that the target tells nothing for and, where tools cannot be
    seen, those that are judged by what a tool did, if the probe has others. A card with no such
    seed, or only such seeds, stays as it is. Raises InputError as `obstacle`.
    """
    oracle = oracle_of(card.oracle.kind)
    unseen = facts.hides_effects and oracle.effects and oracle.words
    pairs = zip(card.seeds, read_seeds(card), strict=True)
    left = tuple(
        raw for raw, seed in pairs if not (unseen and seed.tool) and not _missing(seed, facts)
    )
    if not left or len(left) == len(card.seeds):
        return card
    return msgspec.structs.replace(card, seeds=left)


def _missing(seed: Seed, facts: Facts) -> set[str]:
    """Return the facts that the seed's slots need and the target does not tell."""
    slots = set() if seed.literal else used(" ".join(seed.texts))
    return _untold({fact for slot, fact in FROM_FACTS.items() if slot in slots}, facts)


def _untold(needed: Iterable[str], facts: Facts) -> set[str]:
    """Return those that the target does not tell; of "a|b" one is enough."""
    return {name for name in needed if not any(getattr(facts, one) for one in name.split("|"))}


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
    missing = _untold(oracle.needs, facts).union(*(_missing(seed, facts) for seed in seeds))
    if missing:
        return f"The target does not tell {', '.join(sorted(missing)).replace('|', ' or ')}."
    return ""


def preflight(cards: Iterable[ProbeCard], facts: Facts) -> list[Unscorable]:
    """Return the probes that cannot be scored on a target with these facts."""
    found = ((card.id, obstacle(card, facts)) for card in cards)
    return [Unscorable(probe=probe, reason=reason) for probe, reason in found if reason]
