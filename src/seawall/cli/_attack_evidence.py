"""Findings of attack runs, with people's verdicts, as evidence for others."""

from collections.abc import Sequence
from pathlib import Path

from seawall.cli._attack_again import cards_of
from seawall.core.trials import Mode
from seawall.govern.oscal.attacks import AttackFinding, Word
from seawall.redteam.rows import open_rows
from seawall.redteam.triage import Fault, faults
from seawall.redteam.verdicts import read_judged


def attack_findings(runs: Sequence[Path], judged: Path) -> list[AttackFinding]:
    """Return the findings of runs, the oldest run first; `judged` is the file of verdicts.

    Raises InputError for a file that cannot be read.
    """
    read = [open_rows(path) for path in runs]
    cards = {name: card for head, _ in read for name, card in cards_of(head).items()}
    return [_finding(one) for one in faults(read, cards, read_judged(judged))]


def _finding(one: Fault) -> AttackFinding:
    said, word = one.judged, None
    if said is not None:
        word = Word(false=said.verdict == "false", by=said.by, reason=said.reason, date=said.date)
    return AttackFinding(
        id=one.id, title=one.title, probe=one.probe, risk=one.risk, controls=one.controls,
        gateway=one.mode is Mode.ON, evidence=one.evidence, state=one.state, seen=one.last_seen,
        succeeded=len(one.attempts), tried=one.tried, word=word,
    )  # fmt: skip
