"""What is wrong with a training file, line by line: for the client's error and the audit record."""

from collections.abc import Mapping
from typing import Any, NoReturn

from seawall.core.verdicts import Action
from seawall.gateway.answers import BlockedError
from seawall.gateway.call import Call
from seawall.gateway.steps.guard import STOPPING
from seawall.guard.decision import Decision, PartDecision

_NAMED_LINES = 20
_REPORTED_LINES = 1_000


class Report:
    """Gathers why lines are refused: labels of findings, or that a line could not be judged.

    `look_at`: (line, label, score) of others that may belong to what was found, likeliest first.
    """

    def __init__(self) -> None:
        self.lines: dict[int, list[str]] = {}
        self.look_at: list[tuple[int, str, float]] = []

    def suspects(self) -> list[dict[str, Any]]:
        """Return the lines that a person should look at, the likeliest first."""
        return [
            {"line": line, "reason": label, "score": score} for line, label, score in self.look_at
        ]

    def add(self, decision: Decision, *, unfit: bool) -> None:
        """Take in a decision; `unfit`: what it wants taken out cannot be."""
        for part in decision.parts:
            if part.action in STOPPING or (part.action is Action.REDACT and unfit):
                reasons = self.lines.setdefault(line_of(part.pointer), [])
                reasons += [reason for reason in _reasons(part) if reason not in reasons]

    def rows(self) -> list[dict[str, Any]]:
        """Return the lines with their reasons, in order; the first thousand of them."""
        return [
            {"line": line, "reasons": reasons}
            for line, reasons in sorted(self.lines.items())[:_REPORTED_LINES]
        ]


def refuse(call: Call, report: Report) -> NoReturn:
    """Put the report on record and into the error. Raises BlockedError that names the lines."""
    lines, controls = sorted(report.lines), ", ".join(call.blocked_by)
    call.details = {
        "lines": lines[:_REPORTED_LINES], "lines_total": len(lines), "report": report.rows(),
    }  # fmt: skip
    if report.look_at:
        call.details["look_at"] = report.suspects()
    raise BlockedError(
        f"The file was blocked by this application's safety policy: {_named(report.lines)}.",
        hint=f"Controls: {controls}. Remove these lines and upload again.{_look_at(report)}",
    )


def _look_at(report: Report) -> str:
    """Return what else the client should look at, likeliest first, "" for nothing."""
    numbers = ", ".join(str(line) for line, _, _ in report.look_at[:_NAMED_LINES])
    return f" Look at lines {numbers} too: they may belong to what was found." if numbers else ""


def line_of(where: str) -> int:
    """Return the line number that a file part's pointer starts with."""
    return int(where.removeprefix("key:").split("/")[1])


def _reasons(part: PartDecision) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(one.label for one in part.findings))
    return found + (("not judged",) if part.unknown else ())


def _named(lines: Mapping[int, list[str]]) -> str:
    """Return the first lines and, in brackets, what was found in the file."""
    numbers = sorted(lines)
    shown = ", ".join(map(str, numbers[:_NAMED_LINES]))
    left = len(numbers) - _NAMED_LINES
    more = f" and {left} more" if left > 0 else ""
    reasons = ", ".join(dict.fromkeys(reason for number in numbers for reason in lines[number]))
    found = f" ({reasons})" if reasons else ""
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}{found}"
