"""Taking personal values out of a text so that a vault can put them back into the answer."""

from collections.abc import Callable, Sequence

import msgspec

from seawall.core.verdicts import SEVERITY, Action, Finding
from seawall.guard import redact
from seawall.guard.decision import Decision, doubted
from seawall.guard.pseudonyms import PERSONAL, kind_of
from seawall.guard.scores import Scores
from seawall.guard.vault import Piece, Range, Replaced, Vault

_ROUNDS = 3
_LEFT = "pseudonyms: personal data is left"
Judge = Callable[[str], tuple[Decision, Scores]]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a text; `text` is None when it must not be used."""

    text: str | None
    decision: Decision
    scores: Scores


def pseudonymised(text: str, vault: Vault, judge: Judge) -> Attempt:
    """Return the text with pseudonyms for personal values, and notices for other redactions.

    What comes out is judged again: values found only then go too. What would be blocked, or is
    still found after _ROUNDS, gives no text. Raises VaultFullError.
    """
    decision, scores = judge(text)
    wanted = _ranges(text, decision)
    for _ in range(_ROUNDS):
        if _stopped(decision):
            return Attempt(text=None, decision=decision, scores=scores)
        made = vault.replace(text, wanted)
        again, _ = judge(made.text)
        if _stopped(again):
            return Attempt(text=None, decision=again, scores=scores)
        left = _left(made, again)
        if not left:
            return Attempt(text=made.text, decision=decision, scores=scores)
        wanted = [*wanted, *left]
    return Attempt(text=None, decision=doubted(decision, _LEFT, Action.BLOCK), scores=scores)


def _stopped(decision: Decision) -> bool:
    return SEVERITY[decision.action] > SEVERITY[Action.REDACT]


def _going(decision: Decision) -> list[Finding]:
    """Return what may not go out: what a rule takes out, and personal values it only flags."""
    return [
        finding
        for part in decision.parts
        for finding in part.findings
        if finding.detector in PERSONAL or finding in part.acting
    ]


def _ranges(text: str, decision: Decision) -> list[Range]:
    """Return what goes: for a pseudonym if a person's value was found, else for good."""
    found = []
    for finding in _going(decision):
        start, end = max(0, finding.start), min(len(text), finding.end)
        found.append(_range(finding, start, max(end, min(start + 1, len(text)))))
    return found


def _range(finding: Finding, start: int, end: int) -> Range:
    personal = finding.detector in PERSONAL
    notice = "" if personal else redact.NOTICE.format(label=finding.label)
    return Range(start=start, end=end, kind=kind_of(finding.label), notice=notice)


def _left(made: Replaced, again: Decision) -> list[Range]:
    """Return what was found in the new text, as ranges of the old one.

    A finding that lies within pseudonyms and notices shows nothing of the old text.
    """
    left = []
    for finding in _going(again):
        touched = _touched(made.pieces, finding.start, max(finding.end, finding.start + 1))
        if not any(piece.kept for piece in touched):
            continue
        first, last = touched[0], touched[-1]
        start = first.old_start + (max(0, finding.start - first.start) if first.kept else 0)
        end = last.old_end - (max(0, last.end - finding.end) if last.kept else 0)
        left.append(_range(finding, start, max(end, start + 1)))
    return left


def _touched(pieces: Sequence[Piece], start: int, end: int) -> list[Piece]:
    return [piece for piece in pieces if piece.start < end and piece.end > start]
