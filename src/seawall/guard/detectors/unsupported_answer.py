"""Sentences of an answer whose figures, dates, codes or names no document supports."""

from collections.abc import Callable
from functools import cache
from itertools import permutations

from seawall.core.exchange import Exchange, Role
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.recognizers.claims import Claim, claims, evidence, measured, sentences

_GROUNDS = (Role.DOCUMENT, Role.TOOL)
_ALL = (*_GROUNDS, Role.USER, Role.SYSTEM, Role.ASSISTANT, Role.TOOL_CALL)
_MOST_USER_NUMBERS = 8


def _text(exchange: Exchange, roles: tuple[Role, ...]) -> str:
    return "\n".join(part.text for part in exchange.parts if part.role in roles)


def derived(values: set[str]) -> set[float]:
    """Return sums, differences, products, quotients and percentages of the user's own numbers."""
    numbers = [float(v) for v in values if not v.startswith("month-")][:_MOST_USER_NUMBERS]
    results: set[float] = set()
    for a, b in permutations(numbers, 2):
        results |= {a + b, a - b, a * b, a * b / 100, a * (1 - b / 100), a * (1 + b / 100)}
        if b:
            results.add(a / b)
    return results


class UnsupportedAnswer:
    """Compares every checkable item of a sentence with documents, tools and the conversation."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No shared patterns: the grounds are known only per request."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one answer; CLEAN where the exchange holds no documents and no tool results."""
        exchange = context.exchange
        if exchange is None or not any(part.role in _GROUNDS for part in exchange.parts):
            return verdict(self.id, ())
        ground = _text(exchange, _ALL)
        known, lowered = evidence(ground), " ".join(ground.lower().split())
        units = cache(lambda: measured(ground))
        own = derived(evidence(_text(exchange, (Role.USER,))))
        view = subject.views[0]
        findings: list[Finding] = []
        for start, end in sentences(view.text):
            missing = [
                claim
                for claim in claims(view.text[start:end])
                if not _supported(claim, known, lowered, own) or _otherwise(claim, units)
            ]
            if missing:
                score = max(claim.weight for claim in missing)
                why = "+".join(sorted({claim.kind for claim in missing}))
                findings.append(
                    finding(self.id, "unsupported-claim", view, start, end, score=score, why=why)
                )
        return verdict(self.id, findings)


def _supported(claim: Claim, known: set[str], lowered: str, own: set[float]) -> bool:
    if claim.kind in ("quantity", "number"):
        if claim.value in known:
            return True
        value = float(claim.value)
        return any(abs(value - result) <= max(0.006, abs(result) * 1e-4) for result in own)
    if claim.kind == "month":
        return claim.value in known
    return claim.value in lowered


def _otherwise(claim: Claim, units: Callable[[], dict[str, set[str]]]) -> bool:
    """Return whether the number is known, but everywhere with a unit, and never with this one."""
    known = units().get(claim.value, set()) if claim.unit else set()
    return bool(known) and "" not in known and claim.unit not in known


def build(card: Card) -> Detector:
    """Return the detector."""
    return UnsupportedAnswer(card)
