"""What detectors share: building verdicts from matches in views."""

from collections.abc import Iterable

from seawall.core.verdicts import Finding, Outcome, Verdict
from seawall.guard.contract import View


def verdict(detector: str, findings: Iterable[Finding]) -> Verdict:
    """Return FOUND with the findings (one a label and range, highest score), or CLEAN."""
    best: dict[tuple[str, int, int], Finding] = {}
    for finding in findings:
        key = (finding.label, finding.start, finding.end)
        if key not in best or best[key].score < finding.score:
            best[key] = finding
    ordered = tuple(sorted(best.values(), key=lambda f: (f.start, f.end)))
    outcome = Outcome.FOUND if ordered else Outcome.CLEAN
    return Verdict(detector=detector, outcome=outcome, findings=ordered)


def finding(
    detector: str,
    label: str,
    view: View,
    start: int,
    end: int,
    *,
    score: float = 1.0,
    why: str = "",
) -> Finding:
    """Return a finding for a range of a view, mapped back to the raw text."""
    raw_start, raw_end = view.raw_span(start, end)
    return Finding(
        detector=detector,
        label=label,
        start=raw_start,
        end=raw_end,
        score=score,
        view=view.kind,
        message=why,
    )
