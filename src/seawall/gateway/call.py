"""What is known about one request while it goes its way, and its audit record."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from seawall.core import ids
from seawall.core.exchange import Exchange, Part
from seawall.core.retention import Consent
from seawall.core.verdicts import Action, Outcome, stricter
from seawall.gateway.content import Content
from seawall.gateway.in_force import PolicyVersion
from seawall.gateway.reservations import Reservation
from seawall.guard.decision import Decision, PartDecision
from seawall.policy.model import Function, Price, Upstream
from seawall.policy.provenance.lineage import Known
from seawall.policy.provenance.traced import Trace
from seawall.policy.tools import ToolDecision
from seawall.store.keys import KeyRecord
from seawall.store.spend import Charge
from seawall.store.token_ids import issuer_of
from seawall.store.turns import Owner
from seawall.wire.usage import Usage

Place = tuple[str, tuple[int, int] | None]
"""Where a part stands: its pointer and span."""
_PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_MAX_PARTS = 400
_MAX_FINDINGS = 2000
_MAX_TRACES = 40
_MAX_FILES, _MAX_CHUNKS = 40, 100


@dataclass(slots=True)
class Route:
    """Where a chat request goes: the provider, its model's price, and the function's settings."""

    upstream: Upstream
    price: Price
    function: Function
    max_output_tokens: int
    targets: tuple[Upstream, ...] = ()

    def __post_init__(self) -> None:
        self.targets = self.targets or (self.upstream,)

    def use(self, upstream: Upstream, model: str) -> None:
        """Note which of the providers is asked: its price counts."""
        self.upstream, self.price = upstream, upstream.models[model]

    def narrow(self, targets: tuple[Upstream, ...], model: str) -> None:
        """Leave only some of the providers; the first of them is the one at hand."""
        self.targets = targets
        if targets:
            self.use(targets[0], model)

    def upstream_model(self, model: str) -> str:
        """Return the provider's name of the model."""
        return self.price.upstream_model or model


@dataclass(slots=True)
class SeenFile:
    """An uploaded file whose text stands in a request: its name, verdict, and chunks by number.

    `repeated`: the chunks of which the answer repeats something. 0: a chunk without a number.
    """

    name: str
    verdict: dict[str, Any]
    chunks: set[int]
    repeated: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Call:
    """One request's state. Everything a step learns stands here; nothing is global."""

    surface: str
    request_id: str = field(default_factory=ids.request_id)
    started: float = field(default_factory=time.perf_counter)
    wall: datetime = field(default_factory=lambda: datetime.now(UTC))
    key: KeyRecord | None = None
    user: str = ""
    user_source: str = ""
    session: str = ""
    deployment: str = ""  # the model that the path names
    who: dict[str, str] = field(default_factory=dict)
    exchange: Exchange | None = None
    route: Route | None = None
    reservation: Reservation | None = None
    charge: Charge | None = None
    ahead: Charge | None = None  # what a stream may cost at most, on record since its opening
    # What comes back of what earlier requests had paid.
    credits: list[Charge] = field(default_factory=list)
    estimate_input: int = 0
    estimate_output: int = 0
    fired: dict[str, Action] = field(default_factory=dict)
    parts: list[PartDecision] = field(default_factory=list)
    tools: list[tuple[str, ToolDecision]] = field(default_factory=list)
    approvals: list[dict[str, Any]] = field(default_factory=list)
    # Files that texts of the request stand in: what is known of each text, and of each file.
    retrieved: dict[Place, list[Known]] = field(default_factory=dict)
    files: dict[str, SeenFile] = field(default_factory=dict)
    mark: str = ""  # marks what outsiders wrote, as the provider got it
    # What texts of outsiders and users said before something was taken out of them, by place.
    before_edits: dict[Place, str] = field(default_factory=dict, repr=False)
    # Values that the user typed and that were taken out, by the notice that stands for each.
    held: dict[str, str] = field(default_factory=dict, repr=False)
    unknown: set[str] = field(default_factory=set)
    accepted_by: str = ""
    sent: bool = False
    when_asked: Callable[[], None] | None = None  # hears once that a provider is being asked
    upstream_status: int | None = None
    # When the provider was asked and had answered, on the clock of `started`; 0: not yet.
    upstream_began: float = 0.0
    upstream_ended: float = 0.0
    traceparent: str = ""
    # What a stream has said: characters, UTF-8 bytes, pieces, and when it began to.
    seen_chars: int = 0
    seen_bytes: int = 0
    seen_pieces: int = 0
    seen_first: float = 0.0
    # Whether a stream was not read to its end, and whether because it said more than was allowed.
    midway: bool = False
    overran: bool = False
    unanswered: bool = False  # the provider read the prompt, and refused
    usage: Usage | None = None
    cost: float = 0.0
    # What is paid besides tokens (pictures, minutes of sound), in the policy's currency.
    besides: float = 0.0
    # What a provider's own tools did in the answer, and what these calls cost.
    hosted: list[dict[str, Any]] = field(default_factory=list)
    hosted_cost: float = 0.0
    result: str = "answered"
    status: int = 200
    code: str = ""
    opened: bool = False
    opening: "asyncio.Future[None] | None" = None  # the record before a stream's first byte
    writing: "asyncio.Future[None] | None" = None  # the last record, until it is durable
    closed: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    # What was said, where the policy captures it; the end user and what they chose.
    content: Content | None = None
    consent: tuple[str, Consent] | None = None

    def identify(self, user: str, source: str) -> None:
        """Take an end user that somebody vouches for (`signed`, `token`); "" changes nothing."""
        if user:
            self.user, self.user_source = user, source

    @property
    def owner(self) -> Owner:
        """Return whose kept things are: the key's and, where one is signed, the end user's."""
        key = self.key
        if key is None:
            raise RuntimeError("authenticate comes first")
        return Owner(
            application=key.application, function=key.function, key_id=key.key_id, user=self.user
        )

    def name_user(self, exchange: Exchange) -> None:
        """Give the exchange the vouched user; else the body's own claim counts, unsigned."""
        if self.user:
            exchange.user = self.user
        else:
            self.user_source = "unsigned" if exchange.user else ""

    def saw(self, text: str, pieces: int = 1) -> None:
        """Count what a stream says: a text that comes in so many pieces."""
        if not text:
            return
        self.seen_first = self.seen_first or time.perf_counter()
        self.seen_chars += len(text)
        self.seen_bytes += len(text if text.isascii() else text.encode("utf-8", "surrogatepass"))
        self.seen_pieces += pieces

    def note(self, decision: Decision, parts: Sequence[Part] = ()) -> None:
        """Keep a guard decision for the record and for the answer's `seawall` field.

        `parts`: what was judged, for capture; none where it is gathered elsewhere.
        """
        if self.content is not None and parts:
            self.content.judged(decision, parts)
        self.parts += decision.parts
        self.unknown.update(decision.unknown)
        for part in decision.parts:
            self.unknown.update(part.unknown)
            for control in part.controls:
                self.fire(control, part.action)

    def note_tool(self, name: str, decision: ToolDecision) -> None:
        """Keep a tool decision."""
        self.tools.append((name, decision))
        if decision.action is not Action.ALLOW:
            self.fire(decision.control, decision.action)

    def fire(self, control: str, action: Action) -> None:
        """Note that a control did something; the strictest action of a control counts."""
        if action is not Action.ALLOW:
            self.fired[control] = stricter(self.fired.get(control, Action.ALLOW), action)

    def stop(self, decision: Decision) -> None:
        """Note that what a decision asked for cannot be done, so its controls block."""
        for control in decision.controls:
            self.fire(control, Action.BLOCK)

    @property
    def blocked_by(self) -> list[str]:
        """Return the controls that blocked something."""
        blocking = (Action.BLOCK,) if self.approvals else (Action.BLOCK, Action.ASK)
        return sorted(control for control, action in self.fired.items() if action in blocking)

    def seawall(self, disclosure: str) -> dict[str, Any]:
        """Return the answer's `seawall` field; `actions[i]` is what `controls[i]` did."""
        fired = sorted(self.fired.items())
        waiting = {"approvals": self.approvals} if self.approvals else {}
        files = [
            {"id": name, "name": file.name, "chunks": sorted(file.chunks),
             "repeated": sorted(file.repeated)}
            for name, file in sorted(self.files.items())[:_MAX_FILES]
        ]  # fmt: skip
        return {
            **waiting,
            **({"files": files} if files else {}),
            "request_id": self.request_id,
            "controls": [control for control, _ in fired],
            "actions": [action.value for _, action in fired],
            "disclosure": disclosure,
        }

    @property
    def end_user(self) -> str:
        """Return the end user's id; records hold a keyed hash instead."""
        claimed = self.exchange.user if self.exchange else ""
        return self.accepted_by or self.user or claimed

    def record(self, event: str, version: PolicyVersion, user: str) -> dict[str, Any]:
        """Return the audit record: ids, decisions and numbers, never text of the conversation.

        `user` is the end user's name in the log (`store/audit_users.py`), never the id.
        """
        exchange, key = self.exchange, self.key
        offered = {*exchange.tools, *exchange.hosted} if exchange and self.tools else ()
        return {
            "event": event,
            "request_id": self.request_id,
            "time": self.wall.isoformat(timespec="milliseconds"),
            "surface": self.surface,
            "key_id": self._key_id(key) if key else "",
            "application": key.application if key else "",
            "function": key.function if key else "",
            "user": user,
            "user_source": self.user_source,
            "team": key.team if key else "",
            "model": exchange.model if exchange and self.route else "",
            "result": self.result,
            "status": self.status,
            "code": self.code,
            "controls": {control: action.value for control, action in sorted(self.fired.items())},
            "parts": self._parts(),
            "parts_total": len(self.parts),
            "tools": [
                _tool(name if name in offered else "*", decision) for name, decision in self.tools
            ],
            "unknown": sorted(self.unknown),
            "upstream": self.route.upstream.name if self.route else "",
            "upstream_status": self.upstream_status,
            "usage": self.usage.as_json() if self.usage else None,
            "cost": round(self.cost, 9),
            "latency_ms": round((time.perf_counter() - self.started) * 1000, 3),
            "policy_sha256": version.sha256,
            "policy_version": version.number,
            **self._consent(),
            **({"files": self._files()} if self.files else {}),
            **({"approvals": self.approvals} if self.approvals else {}),
            **({"details": self.details} if self.details else {}),
        }

    def _key_id(self, key: KeyRecord) -> str:
        return issuer_of(key.key_id) if self.user_source == "token" else key.key_id

    def _consent(self) -> dict[str, Any]:
        if self.consent is None or not self.consent[0]:
            return {}
        chosen = self.consent[1]
        return {"consent": {"opt_out": chosen.opt_out, "retention": chosen.retention.value}}

    def _files(self) -> list[dict[str, Any]]:
        """Return the files that the answer was given with. Names are not on record: a log that
        nothing is taken out of outlives the file.
        """
        return [
            {
                "file": name,
                "chunks": sorted(file.chunks)[:_MAX_CHUNKS],
                "repeated": sorted(file.repeated)[:_MAX_CHUNKS],
                "outcome": file.verdict.get("outcome", ""),
                "labels": list(file.verdict.get("labels", ())),
            }
            for name, file in sorted(self.files.items())[:_MAX_FILES]
        ]

    def _parts(self) -> list[dict[str, Any]]:
        """Return at most `_MAX_PARTS` part decisions, those that found something first."""
        parts = self.parts
        if len(parts) > _MAX_PARTS:
            parts = sorted(parts, key=lambda part: part.outcome is Outcome.CLEAN)[:_MAX_PARTS]
        room = _MAX_FINDINGS
        described = []
        for part in parts:
            described.append(_part(part, room))
            room = max(0, room - len(part.findings))
        return described


def plain_pointer(pointer: str) -> str:
    """Return a pointer whose tokens are names; a token that could be text becomes `*`."""
    tokens = pointer.split("/")
    prefix, rest = tokens[0], tokens[1:]
    if rest[:1] == ["metadata"]:
        rest = ["metadata", "*"][: len(rest)]
    plain = [token if _PLAIN_TOKEN.fullmatch(token) else "*" for token in rest]
    return "/".join([prefix if prefix in ("", "key:") else "", *plain])


def _part(part: PartDecision, room: int) -> dict[str, Any]:
    value: dict[str, Any] = {
        "pointer": plain_pointer(part.pointer),
        "stage": part.stage.value,
        "outcome": part.outcome.value,
        "action": part.action.value,
        "detectors": list(part.detectors_run),
    }
    if part.span is not None:
        value["span"] = list(part.span)
    if part.controls:
        value["controls"] = list(part.controls)
    if part.unknown:
        value["unknown"] = list(part.unknown)
    if part.findings:
        value["findings"] = [
            {
                "detector": finding.detector,
                "label": finding.label,
                "start": finding.start,
                "end": finding.end,
                "score": round(finding.score, 4),
                "view": finding.view,
            }
            for finding in part.findings[:room]
        ]
    return value


def _tool(name: str, decision: ToolDecision) -> dict[str, Any]:
    value: dict[str, Any] = {
        "tool": name,
        "action": decision.action.value,
        "outcome": decision.outcome.value,
        "control": decision.control,
        "reason": decision.reason,
    }
    if decision.action is not Action.ALLOW and decision.trace:
        value["trace"] = [
            {
                "argument": plain_pointer(trace.argument),
                "origin": trace.origin,
                "pointer": plain_pointer(trace.pointer),
                "span": list(trace.span or ()),
                "reason": trace.reason,
                **_file(trace),
            }
            for trace in decision.trace[:_MAX_TRACES]
        ]
    elif files := [trace for trace in decision.trace if _file(trace)]:
        value["files"] = [
            {"argument": plain_pointer(trace.argument), **_file(trace)}
            for trace in files[:_MAX_TRACES]
        ]
    return value


def _file(trace: Trace) -> dict[str, Any]:
    """Return the file of a value by its id, where the id is none that could be a text.

    `file_said`: nobody but the text itself names it, and a stranger may have written that.
    """
    file = trace.file
    if file is None or not _PLAIN_TOKEN.fullmatch(file.id):
        return {}
    name = "file" if file.known else "file_said"
    return {name: file.id} | ({"chunk": file.chunk} if file.chunk is not None else {})
