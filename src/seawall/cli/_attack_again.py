"""A run's target and attempts again, from the head of its rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from seawall.catalog.load import load_catalog
from seawall.catalog.model import ProbeCard
from seawall.cli._attack_client import guarded_client
from seawall.cli._attack_run import FLAGS, read_known
from seawall.core.errors import InputError
from seawall.core.trials import Mode
from seawall.redteam import cases
from seawall.redteam.aim import aim
from seawall.redteam.datasets import Dataset, card
from seawall.redteam.facts import Facts
from seawall.redteam.findings import SEARCH
from seawall.redteam.listener import heard
from seawall.redteam.planning import Planned, draw
from seawall.redteam.preflight import scorable
from seawall.redteam.rows import Head
from seawall.redteam.strategies import strategy_of
from seawall.redteam.turns import OpenTarget


def options_of(head: Head) -> dict[str, str]:
    """Return the values of the run's options by flag."""
    words = [word for word in head.options if word.removeprefix("--") not in FLAGS]
    return dict(zip(words[::2], words[1::2], strict=False))


def cards_of(head: Head) -> dict[str, ProbeCard]:
    """Return every probe that the run could name, its saved cases among them."""
    options = options_of(head)
    saved = options.get("--cases", "")
    found = {**load_catalog().all_probes, **(cases.load(Path(saved)) if saved else {})}
    if "--dataset" in options:
        made = card(
            Dataset(
                path=Path(options["--dataset"]),
                column=options.get("--column", ""),
                expect=options.get("--expect", ""),
            )
        )
        found[made.id] = made
    return found


def same_target(head: Head, folder: Path, policy: Path | None = None) -> OpenTarget:
    """Return the target of the run.

    With a policy it stands behind a gateway with it, started for the purpose; the lab, and a client
    whose file names a policy, also where they stood behind one before. `folder` is for that
    gateway's files. Raises InputError where no gateway can be put before the target.
    """
    options = options_of(head)
    model, key_env = options.get("--model", "default"), options.get("--key-env", "")
    if head.target == "lab" or head.target.startswith("lab:"):
        from seawall.demo.lab.bench import lab

        behind = head.mode is Mode.ON or policy is not None
        return lab(head.target, behind=behind, folder=folder, model=model, key_env=key_env,
                   policy=policy, images="--images" in head.options)  # fmt: skip
    if policy is None and head.mode is Mode.ON and (found := guarded_client(head.target)):
        return found
    facts: dict[str, Any] = read_known(Path(options["--facts"]) if "--facts" in options else None)
    if policy is None:
        can = {name: f"--{name}" in head.options for name in FLAGS}
        aimed = aim(head.target, model=model, key_env=key_env, facts=facts, **can)
        return heard(aimed, facts)
    if not head.target.startswith(("http://", "https://")) or head.mode is Mode.ON:
        raise InputError(
            f"No gateway can be put before {head.target} here.",
            hint="Use the rows of a run against the bare chat endpoint, or of the lab.",
        )
    from seawall.demo.gateway import ProtectedChat

    guarded = ProtectedChat(folder, policy, head.target, model, key_env=key_env, facts=facts)
    return heard(guarded, facts)


def planned(
    head: Head, facts: Facts, cards: dict[str, ProbeCard], attempts: Sequence[str],
    hows: Mapping[str, str],
) -> list[Planned]:  # fmt: skip
    """Return the attempts as the run planned them, those of a search made anew by its recipe.

    `hows` are their strategies. Raises InputError for one that the run did not plan.
    """
    searched = {name: _searched(head, facts, cards, name, hows[name])
                for name in attempts if SEARCH in name}  # fmt: skip
    planned = _planned(head, facts, cards, [name for name in attempts if name not in searched])
    return [searched.get(name) or planned[name] for name in attempts]


def _searched(
    head: Head, facts: Facts, cards: dict[str, ProbeCard], attempt: str, how: str
) -> Planned:
    """Return what a search sent, drawn anew: the seed under the strategies that succeeded."""
    probe, seed = attempt.split("/")[:2]
    try:
        strategy_of(how)
    except InputError:
        raise InputError(
            f"{attempt}: an attacking model wrote its text, which is not kept.",
            hint="`seawall attack search --save FOLDER` keeps such texts as cases.",
        ) from None
    known = scorable(cards[probe], facts) if probe in cards else None
    seeds = tuple(one for one in known.seeds if one.get("id") == seed) if known else ()
    if known is None or not seeds:
        raise InputError(f"{attempt} is no attempt of a card any more.", hint="Search again.")
    made = msgspec.structs.replace(known, seeds=seeds, strategies=(how,))
    return next(draw(made, facts, n=1, seed=head.seed))


def _planned(
    head: Head, facts: Facts, cards: dict[str, ProbeCard], attempts: Sequence[str]
) -> dict[str, Planned]:
    wanted = set(attempts)
    probes = dict.fromkeys(name.partition("/")[0] for name in attempts)
    found: dict[str, Planned] = {}
    for probe in probes:
        if probe not in cards:
            raise InputError(f"Unknown probe {probe}.", hint="Its card is gone.")
        for one in draw(scorable(cards[probe], facts), facts, n=head.n, seed=head.seed):
            if one.attack.id in wanted:
                found[one.attack.id] = one
    missing = wanted - set(found)
    if missing:
        raise InputError(
            f"{min(missing)} is not an attempt of the probe's card any more.",
            hint="The card has changed since the run; attack again.",
        )
    return found
