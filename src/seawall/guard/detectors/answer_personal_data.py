"""Personal data in an answer that the question did not hold."""

from collections.abc import Collection

from seawall.core.exchange import Exchange, Role, Trust
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.detectors.personal_data import found_values
from seawall.guard.recognizers import matched, phones
from seawall.policy.depth import Depth

_FROM_CONTEXT = 0.4
_ASKED = (Role.USER, Role.SYSTEM, Role.TOOL_DEFINITION)
_SHOWN = (Role.TOOL, Role.DOCUMENT)


def values_in(text: str) -> set[str]:
    """Return the normal forms of all personal values in a text."""
    return {match.value for _, match in matched.in_text(text)}


def _known(exchange: Exchange | None, roles: tuple[Role, ...]) -> set[str]:
    """Return the values in texts of these roles; a stranger's definition of a tool is none."""
    parts = exchange.parts if exchange is not None else ()
    own = [p for p in parts if p.role is not Role.TOOL_DEFINITION or p.trust is Trust.OPERATOR]
    return {value for part in own if part.role in roles for value in values_in(part.text)}


class AnswerPersonalData:
    """Compares the answer's personal values with those of the question and its context."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the recognizers' expressions."""
        return matched.patterns()

    def prepare(self, depths: Collection[Depth]) -> None:
        """Read what numbers look like in each country; compile what reads the question."""
        phones.prepare()
        matched.prepare()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one answer; values from tools or documents score 0.4, unknown ones 0.95."""
        values = found_values(subject)
        if not values:
            return verdict(self.id, ())
        asked = _known(context.exchange, _ASKED)
        shown = _known(context.exchange, _SHOWN)
        findings: list[Finding] = []
        for view, match in values:
            if match.value in asked:
                continue
            from_context = match.value in shown
            score = _FROM_CONTEXT if from_context else match.score
            label = "from-context" if from_context else "not-in-question"
            findings.append(
                finding(self.id, label, view, match.start, match.end, score=score, why=match.label)
            )
        return verdict(self.id, findings)


def build(card: Card) -> Detector:
    """Return the detector."""
    return AnswerPersonalData(card)
