"""The answer lists the request's tools and their parameters."""

import base64
import codecs
import re
from collections.abc import Iterator
from typing import Any

from seawall.core.exchange import Exchange, Role
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject, View
from seawall.guard.echo.secret import secret
from seawall.guard.echo.streams import Spelled

_IDENTIFIER = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9]{0,63}(?:[_\-.][A-Za-z0-9]{1,64}){1,12}|"
    r"[a-z]{1,64}(?:[A-Z][a-z0-9]{1,64}){1,12})"
)
# An identifier however its words are joined, or one that is encoded.
_TOKEN = re.compile(r"[A-Za-z0-9]{1,400}(?:(?:[_\-./:]{1,3}|::)[A-Za-z0-9]{1,64}){0,12}")
_JOINT = re.compile(r"[^a-z0-9]+")
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


def _written(names: set[str]) -> dict[str, str]:
    """Return identifiers by how each could be written: joined otherwise, turned round, encoded."""
    found: dict[str, str] = {}
    for name in names:
        found[_JOINT.sub("", name)] = name
        for text in (name, name.replace("_", ""), name.replace("_", "-")):
            found[text[::-1]] = name
            found[codecs.encode(text, "rot13")] = name
            found[text.encode().hex()] = name
            found[base64.b64encode(text.encode()).decode().rstrip("=")] = name
    return found


def _mentions(view: View, wanted: dict[str, str]) -> dict[str, tuple[int, int]]:
    seen: dict[str, tuple[int, int]] = {}
    for match in _TOKEN.finditer(view.text):
        token = match.group()
        lowered = token.lower()
        name = wanted.get(token) or wanted.get(lowered) or wanted.get(_JOINT.sub("", lowered))
        if name is not None:
            seen.setdefault(name, match.span())
    return seen


def _descriptions(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield what a tool and its parameters say of themselves."""
    if depth > 12:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "description" and isinstance(item, str):
                yield item
            yield from _descriptions(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _descriptions(item, depth + 1)


def _said(exchange: Exchange) -> str:
    told = (Role.USER, Role.TOOL, Role.DOCUMENT)
    return "\n".join(part.text for part in exchange.parts if part.role in told)


class ToolEcho:
    """Counts identifiers of the tool schemas, and finds descriptions, in any reading."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No patterns: names and descriptions are known only per request."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one answer against the exchange's tool definitions."""
        if context.exchange is None or not context.exchange.tools:
            return verdict(self.id, ())
        exchange = context.exchange
        asked = " ".join(p.text.lower() for p in exchange.parts if p.role == "user")
        wanted = _written({n for n in identifiers(exchange.tools) if n not in asked})
        told = secret("\n".join(_descriptions(list(exchange.tools.values()))), _said(exchange))
        findings: list[Finding] = []
        for view in subject.views:
            seen = _mentions(view, wanted)
            if len(seen) >= _ENOUGH:
                start = min(s for s, _ in seen.values())
                end = max(e for _, e in seen.values())
                findings.append(finding(self.id, "schema", view, start, end))
            for echo in told.plain(Spelled(view.text)):
                findings.append(finding(self.id, "schema", view, echo.start, echo.end, score=0.95))
        return verdict(self.id, findings)


def build(card: Card) -> Detector:
    """Return the detector."""
    return ToolEcho(card)
