"""What a run says at its end about verdicts that are missing, and about its findings."""

from pathlib import Path

import pytest

from seawall.cli._attack_next import tell_next
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.measure import summarise

OPEN, HIT = AttemptOutcome.UNSCORED, AttemptOutcome.COMPLIED


@pytest.mark.parametrize(
    ("outcomes", "out", "judged", "told"),
    [
        ((OPEN, OPEN), None, False, "2 attempts of 1 probes have no verdict"),
        ((OPEN, OPEN), None, True, ""),
        ((HIT,), Path("off.jsonl"), False, "triage off.jsonl"),
        ((HIT,), None, False, ""),
        ((AttemptOutcome.REFUSED,), Path("off.jsonl"), False, ""),
    ],
)
def test_the_next_step_is_named(outcomes, out, judged, told, capsys) -> None:
    rows = [
        Attempt(id=f"P/{n}", probe="P", mode=Mode.OFF, outcome=one, strategy="plain", cluster="c")
        for n, one in enumerate(outcomes)
    ]
    tell_next(summarise(rows).values(), out, judged=judged)
    said = capsys.readouterr().out
    assert told in said if told else not said
