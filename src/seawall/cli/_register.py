"""Build a register from a profile and what was attacked: for `assess` and `plan`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from seawall.core.profile import Profile
    from seawall.core.register import AttackRun, Register

Coverage = Annotated[
    float,
    typer.Option(min=0, max=1, help="Share of the traffic that passes the gateway: you say it."),
]
Lab = Annotated[
    bool, typer.Option("--lab", help="Take attacks on the bundled lab too, to try things out.")
]


class Simulation(NamedTuple):
    """Files of attacks, the gateway's share of the traffic, and how many years to simulate.

    `lab`: attacks on the bundled agent are taken too, whatever application the profile is about.
    """

    attacks: Sequence[Path]
    coverage: float
    draws: int
    seed: int
    levers: bool
    lab: bool = False


def simulated(profile: "Profile", given: Simulation) -> "Register":
    """Return the register as of now, with its levers where they are wanted. Raises InputError."""
    import msgspec

    from seawall.assess.drift import attacked
    from seawall.assess.levers.build import with_levers
    from seawall.assess.register import build_register
    from seawall.catalog.load import load_catalog
    from seawall.cli._attacks import measured

    catalog, now = load_catalog(), datetime.now(UTC)
    tried = measured(given.attacks, now.date())
    _check_lab(tried.runs, profile, allowed=given.lab)
    for remark in attacked(profile, tried.runs):
        typer.echo(f"Warning: {remark.sentence}", err=True)
    register = build_register(
        profile, catalog, tried.pairs, given.coverage, seed=given.seed, draws=given.draws, now=now,
        ages=tried.ages, model_label=", ".join(profile.value("model.ids") or ()) or "not named",
    )  # fmt: skip
    register = msgspec.structs.replace(register, harmless=tried.harmless, runs=tried.runs)
    if not given.levers:
        return register
    return with_levers(register, profile, catalog, tried.pairs, given.coverage, ages=tried.ages)


def _check_lab(runs: "Sequence[AttackRun]", profile: "Profile", *, allowed: bool) -> None:
    from seawall.core.errors import InputError

    found = [run.target for run in runs if run.lab]
    if found and not allowed:
        raise InputError(
            f"The attacks went to the bundled agent ({found[0]}), which is not "
            f"{profile.application}: they say nothing about it.",
            hint="Attack the application itself; --lab takes them all the same, to try things out.",
        )
