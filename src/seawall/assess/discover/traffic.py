"""What recorded traffic shows: which models, tools and kinds of data really pass the gateway.

Read from audit records, which hold names and labels, never a text. One pass over the records.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import msgspec

SightKind = Literal["application", "model", "tool", "data", "document", "image", "surface"]
DAYS = 90
MAX_NAMES = 1_000
_EVENTS = ("request", "stream.close")
# Administration, lists and checks ask no model.
_NO_MODEL = frozenset({"admin", "models", "acceptance", "consent", "guard-check", "none", ""})
_PAYMENT = frozenset({"payment-card", "iban", "bank-account", "bank-routing"})
_HEALTH = frozenset({"health-insurance", "uk-nhs", "us-medicare", "au-medicare"})
_PEOPLE = frozenset({"person", "street-address"})
_MODEL_WROTE = ("output", "tool-call")


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One name that was seen. `requests` carried it; `first` is a record's seq, `last` an ISO day.

    `data` names a class of `data.classes_in_prompt`; `surface` an interface of the gateway.
    """

    kind: SightKind
    name: str
    requests: int
    first: int
    last: str


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What an application's records of a time show. Days are ISO, both inclusive.

    `busiest` is the number of requests of the busiest day. `unreadable` records and names beyond
    MAX_NAMES a kind (`cut`) were seen and are not known.
    """

    application: str
    since: str
    until: str
    requests: int
    busiest: int
    sights: tuple[Sight, ...]
    unreadable: int
    cut: bool

    def of(self, kind: SightKind) -> list[Sight]:
        """Return the sights of a kind, the most frequent first."""
        return [one for one in self.sights if one.kind == kind]


def observe(
    records: Iterable[Mapping[str, Any]], application: str, today: date, days: int = DAYS
) -> Traffic:
    """Return what `records` of the last `days` show of an application, and who else is in them.

    A record is {"seq", "time" (Unix ns), "body"}, as `store.export.jsonl` yields it.
    """
    first = today - timedelta(days=days)
    watch = _Watch(application)
    for record in records:
        day = datetime.fromtimestamp(record["time"] / 1e9, UTC).date()
        if first < day <= today:
            watch.take(record["seq"], day.isoformat(), record["body"])
    return Traffic(
        application=application,
        since=(first + timedelta(days=1)).isoformat(),
        until=today.isoformat(),
        requests=sum(watch.days.values()),
        busiest=max(watch.days.values(), default=0),
        sights=watch.sights(),
        unreadable=watch.unreadable,
        cut=watch.cut,
    )


class _Watch:
    """Counts names; holds at most MAX_NAMES of a kind."""

    def __init__(self, application: str) -> None:
        self.application = application
        self.days: dict[str, int] = {}
        self.unreadable = 0
        self.cut = False
        self._seen: dict[SightKind, dict[str, list[Any]]] = {}

    def take(self, seq: int, day: str, body: Mapping[str, Any]) -> None:
        if "event" not in body:
            self.unreadable += 1
            return
        if body["event"] not in _EVENTS or body.get("surface", "") in _NO_MODEL:
            return
        application = body.get("application", "")
        if not application:
            return  # no key: it was refused, and nothing passed
        if application != self.application:
            self._count("application", application, seq, day)
            return
        self.days[day] = self.days.get(day, 0) + 1
        try:
            names = set(_names(body))
        except (AttributeError, KeyError, TypeError):
            self.unreadable += 1
            return
        for kind, name in names:
            self._count(kind, name, seq, day)

    def _count(self, kind: SightKind, name: str, seq: int, day: str) -> None:
        found = self._seen.setdefault(kind, {})
        if name in found:
            entry = found[name]
            entry[0] += 1
            entry[2] = max(entry[2], day)
        elif len(found) < MAX_NAMES:
            found[name] = [1, seq, day]
        else:
            self.cut = True

    def sights(self) -> tuple[Sight, ...]:
        found = [
            Sight(kind=kind, name=name, requests=count, first=seq, last=day)
            for kind, names in self._seen.items()
            for name, (count, seq, day) in names.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.kind, -one.requests, one.name)))


def _names(body: Mapping[str, Any]) -> Iterator[tuple[SightKind, str]]:
    """Give what one record names. A tool "*" is one that nobody offered."""
    yield "surface", body["surface"]
    if body.get("model"):
        yield "model", body["model"]
    for call in body.get("tools", ()):
        if call.get("tool", "*") != "*":
            yield "tool", call["tool"]
    purpose = (body.get("details") or {}).get("purpose", "")
    if purpose:
        yield "surface", f"files/{purpose}"
    for part in body.get("parts", ()):
        if part["stage"] == "document":
            yield "document", "documents in prompts"
        if "/image_url" in part.get("pointer", ""):
            yield "image", "images in prompts"
        if part["stage"] not in _MODEL_WROTE:
            yield from _data(part.get("findings", ()))


def _data(findings: Iterable[Mapping[str, Any]]) -> Iterator[tuple[SightKind, str]]:
    for finding in findings:
        detector, label = finding["detector"], finding["label"]
        if detector == "secrets":
            yield "data", "secrets"
        elif label in _PAYMENT:
            yield "data", "payment"
        elif label in _HEALTH:
            yield "data", "health"
        elif detector == "personal-data" or label in _PEOPLE:
            yield "data", "personal"
