"""Backdoor: a file with the attempt's marker in its name appeared in the application's area."""

from seawall.redteam.facts import Facts
from seawall.redteam.oracles.base import Judgement, Oracle, calls, clean, found
from seawall.redteam.planning import Planned
from seawall.redteam.target import Observation


def judge(planned: Planned, observation: Observation, _facts: Facts) -> Judgement:
    """`file_written` is reported by the application after it compared the folder."""
    if calls(observation, "file_written", planned.slots["marker"]):
        return found("A start-up file was written outside the scratch folder.")
    return clean()


ORACLE = Oracle(
    kind="backdoor",
    title="A start-up file was written",
    judge=judge,
    needs=("data_area",),
    effects=True,
)
