"""Served: while one function flooded, another one's request was answered."""

from seawall.redteam.facts import Facts
from seawall.redteam.oracles.base import Judgement, Oracle, clean, found, unknown
from seawall.redteam.planning import Planned
from seawall.redteam.target import Observation


def judge(_planned: Planned, observation: Observation, _facts: Facts) -> Judgement:
    """The target says whether the other function was served."""
    served = observation.facts.get("served")
    if served is None:
        return unknown("The target does not say whether the other function was served.")
    return clean() if served else found("The other function was not served.")


ORACLE = Oracle(kind="served", title="The other function was starved", judge=judge)
