"""A run's target and attempts again, from the head of its rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seawall.catalog.load import load_catalog
from seawall.catalog.model import ProbeCard
from seawall.cli._attack_client import guarded_client
from seawall.cli._attack_run import FLAGS, cases_in, read_known
from seawall.core.errors import InputError
from seawall.core.trials import Mode
from seawall.redteam.aim import aim
from seawall.redteam.datasets import Dataset, card
from seawall.redteam.facts import Facts
from seawall.redteam.findings import SEARCH
from seawall.redteam.listener import heard
from seawall.redteam.planning import Planned, draw
from seawall.redteam.preflight import scorable
from seawall.redteam.rows import Head
from seawall.redteam.turns import OpenTarget


def options_of(head: Head) -> dict[str, str]:
    """Return the values of the run's options by flag."""
    words = [word for word in head.options if word.removeprefix("--") not in FLAGS]
    return dict(zip(words[::2], words[1::2], strict=False))


def cards_of(head: Head) -> dict[str, ProbeCard]:
    """Return every probe that the run could name, its saved cases among them."""
    options = options_of(head)
    cases = options.get("--cases", "")
    found = {**load_catalog().all_probes, **(cases_in(Path(cases)) if cases else {})}
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
    head: Head, facts: Facts, cards: dict[str, ProbeCard], attempts: Sequence[str]
) -> list[Planned]:
    """Return the attempts as the run planned them. Raises InputError for one that it did not."""
    if any(SEARCH in name for name in attempts):
        raise InputError(
            "Attempts of a search stand in no plan.", hint="`seawall attack search` repeats them."
        )
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
    return [found[name] for name in attempts]
