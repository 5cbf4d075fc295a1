"""An attempt's outcome: what only flagged stopped nothing."""

import pytest

from seawall.core.trials import AttemptOutcome
from seawall.redteam.judging import decide
from seawall.redteam.oracles.base import clean, found, unknown
from seawall.redteam.target import Observation
from seawall.redteam.turns import merged

FLAGGED = Observation(text="Sure.", controls=("CTL-A",), flagged=("CTL-A",))
REDACTED = Observation(text="Sure.", controls=("CTL-A", "CTL-B"), flagged=("CTL-A",))
BLOCKED = Observation(blocked=True, controls=("CTL-A",))
UNSCORED, REFUSED = AttemptOutcome.UNSCORED, AttemptOutcome.REFUSED


@pytest.mark.parametrize(
    ("judgement", "observation", "outcome"),
    [
        (unknown("open"), FLAGGED, UNSCORED),
        (clean(), FLAGGED, REFUSED),
        (found("it"), FLAGGED, AttemptOutcome.COMPLIED),
        (unknown("open"), REDACTED, AttemptOutcome.BLOCKED),
        (unknown("open"), BLOCKED, AttemptOutcome.BLOCKED),
        (unknown("open"), merged([FLAGGED, FLAGGED]), UNSCORED),
        (unknown("open"), merged([FLAGGED, REDACTED]), AttemptOutcome.BLOCKED),
        (unknown("open"), merged([FLAGGED, BLOCKED]), AttemptOutcome.BLOCKED),
    ],
)
def test_what_only_flagged_blocked_nothing(judgement, observation, outcome) -> None:
    assert decide(judgement, observation)[0] is outcome
