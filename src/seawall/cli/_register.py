"""Build a register from a profile and what was attacked: for `assess` and `plan`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seawall.core.profile import Profile
    from seawall.core.register import Register


class Simulation(NamedTuple):
    """Files of attacks, the gateway's share of the traffic, and how many years to simulate."""

    attacks: Sequence[Path]
    coverage: float
    draws: int
    seed: int
    levers: bool


def simulated(profile: "Profile", given: Simulation) -> "Register":
    """Return the register as of now, with its levers where they are wanted. Raises InputError."""
    from seawall.assess.levers.build import with_levers
    from seawall.assess.register import build_register
    from seawall.catalog.load import load_catalog
    from seawall.cli._attacks import measured

    catalog, now = load_catalog(), datetime.now(UTC)
    tried = measured(given.attacks, now.date())
    register = build_register(
        profile, catalog, tried.pairs, given.coverage, seed=given.seed, draws=given.draws, now=now,
        ages=tried.ages, model_label=", ".join(profile.value("model.ids") or ()) or "not named",
    )  # fmt: skip
    if not given.levers:
        return register
    return with_levers(register, profile, catalog, tried.pairs, given.coverage, ages=tried.ages)
