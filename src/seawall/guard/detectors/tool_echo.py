"""The answer lists the request's tools and their parameters."""

import re
from typing import Any

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject, View

_IDENTIFIER = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9]{0,63}(?:[_\-.][A-Za-z0-9]{1,64}){1,12}|"
    r"[a-z]{1,64}(?:[A-Z][a-z0-9]{1,64}){1,12})"
)
# Two identifiers that only the schema holds are a listing; one may be a slip of the tongue.
_ENOUGH = 2


def identifiers(tools: dict[str, dict[str, Any]]) -> set[str]:
    """Return tool and parameter names that look like identifiers (transfer_money, accountId)."""
    names: set[str] = set()
    for name, schema in tools.items():
        names.add(name)
        names |= _property_names(schema)
    return {name.lower() for name in names if _IDENTIFIER.fullmatch(name)}


def _property_names(schema: Any, depth: int = 0) -> set[str]:
    if not isinstance(schema, dict) or depth > 8:
        return set()
    names: set[str] = set()
    for key, value in schema.items():
        if key == "properties" and isinstance(value, dict):
            names |= set(value)
        for item in value if isinstance(value, list) else (value,):
            names |= _property_names(item, depth + 1)
    return names


def _mentions(view: View, wanted: set[str]) -> dict[str, tuple[int, int]]:
    seen: dict[str, tuple[int, int]] = {}
    for match in _IDENTIFIER.finditer(view.text):
        name = match.group().lower()
        if name in wanted:
            seen.setdefault(name, (match.start(), match.end()))
    return seen


class ToolEcho:
    """Counts identifiers of the tool schemas in any reading of the answer."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No patterns: the identifiers are known only per request."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one answer against the exchange's tool definitions."""
        if context.exchange is None or not context.exchange.tools:
            return verdict(self.id, ())
        asked = " ".join(p.text.lower() for p in context.exchange.parts if p.role == "user")
        wanted = {n for n in identifiers(context.exchange.tools) if n not in asked}
        findings: list[Finding] = []
        for view in subject.views:
            seen = _mentions(view, wanted)
            if len(seen) >= _ENOUGH:
                start = min(s for s, _ in seen.values())
                end = max(e for _, e in seen.values())
                findings.append(finding(self.id, "schema", view, start, end))
        return verdict(self.id, findings)


def build(card: Card) -> Detector:
    """Return the detector."""
    return ToolEcho(card)
