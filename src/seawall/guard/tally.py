"""What several detectors, or several readings of one conversation, come to."""

from collections.abc import Sequence

import msgspec

from seawall.core.exchange import Part
from seawall.core.verdicts import SEVERITY, Action, Finding, Outcome, stricter
from seawall.guard import redact
from seawall.guard.decision import PartDecision
from seawall.policy.model import GuardRule


class Tally:
    """Gathers what the detectors say of one part."""

    def __init__(self) -> None:
        self.action = Action.ALLOW
        self.findings: list[Finding] = []
        self.acting: list[Finding] = []
        self.controls: dict[str, None] = {}
        self.ran: list[str] = []
        self.unknown: dict[str, None] = {}

    def done(self, rules: Sequence[GuardRule]) -> bool:
        """Return whether nothing that these rules do could change what is done already.

        What redaction leaves is judged once more, then by these rules too.
        """
        if SEVERITY[self.action] < SEVERITY[Action.REDACT]:
            return False
        return all(SEVERITY[rule.action] <= SEVERITY[self.action] for rule in rules)

    def act(self, action: Action, *controls: str) -> None:
        self.action = stricter(self.action, action)
        self.controls.update(dict.fromkeys(controls))

    def found(self, finding: Finding, rule: GuardRule) -> None:
        self.findings.append(finding)
        self.act(rule.action, rule.control)
        if SEVERITY[rule.action] >= SEVERITY[Action.REDACT]:
            self.acting.append(finding)

    def decision(self, part: Part) -> PartDecision:
        clean = Outcome.UNKNOWN if self.unknown else Outcome.CLEAN
        return PartDecision(
            pointer=part.pointer,
            span=part.span,
            stage=part.stage,
            outcome=Outcome.FOUND if self.findings else clean,
            action=self.action,
            findings=tuple(self.findings),
            controls=tuple(self.controls),
            detectors_run=tuple(self.ran),
            unknown=tuple(self.unknown),
            acting=tuple(self.acting),
        )


class Worst:
    """Keeps the strictest decision in which something was found, or nothing could be said."""

    def __init__(self) -> None:
        self.decision: PartDecision | None = None

    @property
    def blocks(self) -> bool:
        return self.decision is not None and self.decision.action is Action.BLOCK

    def add(self, decision: PartDecision) -> None:
        if decision.action is Action.REDACT:
            whole = redact.NOTICE.format(label=decision.findings[0].label)
            decision = msgspec.structs.replace(decision, redacted=whole)
        held = self.decision
        if decision.outcome is not Outcome.CLEAN and (
            held is None or SEVERITY[decision.action] > SEVERITY[held.action]
        ):
            self.decision = decision
