"""Tool calls of the model: complete, in canonical form, inspected and judged before release."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Part, Role, Stage, ToolCall, Trust
from seawall.core.verdicts import Action, Finding, Outcome
from seawall.gateway.call import Call, Place
from seawall.gateway.later import load
from seawall.gateway.steps import own_values
from seawall.gateway.steps.approval import Approval
from seawall.gateway.steps.doubts import heard_in
from seawall.gateway.steps.guard import STOPPING, GuardRunner, edits_of
from seawall.gateway.steps.lineage import ORDERS
from seawall.gateway.steps.rates import Rates
from seawall.gateway.steps.taint import Taint
from seawall.guard.decision import Decision, PartDecision
from seawall.policy.hosted import blind, items_in, retold
from seawall.policy.provenance import JUDGE
from seawall.policy.spotlight import unmark
from seawall.policy.tools import ToolDecision, judge_call
from seawall.wire import call_ids, openai_chat, pointer, signatures, strict_json
from seawall.wire.upstreams import uses_hosted

if TYPE_CHECKING:
    from seawall.policy.provenance import Provenance

Ranges = tuple[tuple[int, int], ...]
_MARKS = frozenset({"injection"})
_NO_VALUE = "A value in its arguments was taken out by the policy; it is not called without it."
_MARKED_MAX = 600  # a longer finding says that the text is bad, not which part of it


@dataclass(frozen=True, slots=True)
class Released:
    """The calls of a choice that may go out, and what the model is told of the others."""

    calls: list[ToolCall]
    note: str = ""


class ToolPolicy:
    """Judges the tool calls of one choice."""

    def __init__(self, runner: GuardRunner, approval: Approval, taint: Taint, rates: Rates) -> None:
        self._runner = runner
        self.rates = rates
        self.taint = taint
        self._approval = approval

    async def __call__(
        self, call: Call, exchange: Exchange, calls: Sequence[ToolCall], at: str
    ) -> Released | None:
        """Return the calls that may be released, None when the whole choice is kept back.

        `at` is the pointer of the choice. Redactions are put into the calls. A blocked call keeps
        the whole choice back; one that is only removed leaves the others, and a note says why.
        """
        if not calls:
            return Released([])
        await load(JUDGE)
        choice = int(at.rpartition("/")[2])
        for item in calls:
            item.id = call_ids.for_client(call.request_id, choice, item.index)
            plain = openai_chat.canonical_arguments(item.arguments)
            item.arguments = unmark(plain, call.mark)
        provenance = self.indexed(call, exchange)
        await self.taint.lower(call, exchange, provenance)
        for item in calls:
            given = own_values.given_back(item, call.held)
            if given != item.arguments and own_values.asked_for(item, given, provenance):
                item.arguments = given
        if not await self._inspect(call, exchange, calls, at, provenance):
            return None
        judged = [(item, self._judge(call, item, exchange, provenance)) for item in calls]
        if not _blocked(judged):
            judged = [(item, await self.rates(call, item, made)) for item, made in judged]
        if _blocked(judged):
            for item, decision in judged:
                call.note_tool(item.name, decision)
            return None
        kept: list[ToolCall] = []
        notes: list[str] = []
        for item, decision in judged:
            final, note = await self._approval(call, item, decision)
            call.note_tool(item.name, final)
            if note:
                notes.append(note)
            else:
                kept.append(item)
        await self.taint.keep(call, kept, provenance)
        for position, item in enumerate(kept):
            item.index = position
        return Released(kept, f"[{' '.join(notes)}]" if notes else "")

    def indexed(self, call: Call, exchange: Exchange) -> "Provenance":
        """Return where the values of a conversation come from. The judge must be loaded."""
        from seawall.policy.provenance import Provenance

        rules = self._runner.policy.tools.rules
        texts = _whole(call, exchange.parts)
        marked, tried = orders_in(call.parts, lambda part: _kept(call, part))
        unseen = False
        if uses_hosted(exchange):
            unseen = blind([*items_in(exchange), *call.hosted])
            texts += retold(exchange)
        heard = heard_in(call.parts, texts, self._runner.policy.guards)
        whole = msgspec.structs.replace(exchange, parts=texts)
        return Provenance(
            whole, rules, marked, tried=tried, blind=unseen, files=call.retrieved, heard=heard
        )

    async def _inspect(
        self,
        call: Call,
        exchange: Exchange,
        calls: Sequence[ToolCall],
        at: str,
        provenance: "Provenance",
    ) -> bool:
        parts = [_part(item, at) for item in calls]
        signed = [_signed(item, at) for item in calls if item.signature]
        decision = await self._runner.inspect([*parts, *signed], exchange)
        call.note(decision, [*parts, *signed])
        if decision.action in STOPPING:
            return False
        edits = edits_of(decision)
        if edits:
            said = [part.text for part in _whole(call, exchange.parts) if own_values.of_user(part)]
            edits |= _users_own(calls, parts, decision, said, provenance)
        if edits is None or not all(is_json(text) for text in edits.values()):
            call.stop(decision)
            return False
        for item, part in zip(calls, parts, strict=True):
            item.arguments = edits.get((part.pointer, None), item.arguments)
        return True

    def _judge(
        self, call: Call, item: ToolCall, exchange: Exchange, provenance: "Provenance"
    ) -> ToolDecision:
        engine, tools = self._runner.engine, self._runner.policy.tools
        if own_values.notice_in(item.arguments):
            rule = tools.rules.get(item.name)
            control = rule.control if rule else tools.control
            return ToolDecision(
                action=Action.REDACT, control=control, reason=_NO_VALUE, outcome=Outcome.FOUND
            )
        # What is meant is judged, and what goes out says no more.
        meant = own_values.as_meant(item, call.held)
        return judge_call(meant, exchange, tools, engine.scan_code, provenance)


def _users_own(
    calls: Sequence[ToolCall],
    parts: Sequence[Part],
    decision: Decision,
    said: Sequence[str],
    provenance: "Provenance",
) -> dict[Place, str]:
    """Return the edits of calls that the user asked for, without those of values in `said`."""
    decided = {one.pointer: one for one in decision.parts if one.action is Action.REDACT}
    return {
        (part.pointer, None): own_values.without_own(item, decided[part.pointer], said)
        for item, part in zip(calls, parts, strict=True)
        if part.pointer in decided and own_values.asked_for(item, part.text, provenance)
    }


def _blocked(judged: Sequence[tuple[ToolCall, ToolDecision]]) -> bool:
    return any(decision.action is Action.BLOCK for _, decision in judged)


def orders_in(
    parts: Iterable[PartDecision], kept: Callable[[PartDecision], str]
) -> tuple[dict[Place, Ranges], bool]:
    """Return the ranges in which the guard saw orders, by the part's place, and whether it took
    one out of a text that is not among them: nobody knows which part it was, or it is too long.

    `kept`: a text as it was before something was taken out, "" where nobody has it.
    """
    found: dict[Place, Ranges] = {}
    tried = False
    for part in parts:
        if part.stage not in (Stage.DOCUMENT, Stage.TOOL_RESULT):
            continue
        if part.action is not Action.REDACT:
            ranges = _ranges(part.findings, _MARKS, _MARKED_MAX)
        else:
            half = len(kept(part)) // 2
            ranges = _ranges(part.acting, ORDERS, min(_MARKED_MAX, half))
            taken = any(finding.detector in ORDERS for finding in part.acting)
            known = _ranges(part.acting, ORDERS, half)
            tried = tried or (taken and len(ranges) < max(1, len(known)))
        if ranges:
            found[part.pointer, part.span] = ranges
    return found, tried


def _ranges(findings: Sequence[Finding], detectors: Collection[str], most: int) -> Ranges:
    """Return the ranges of orders of at most so many characters."""
    return tuple(
        (finding.start, finding.end)
        for finding in findings
        if finding.detector in detectors and 0 < finding.end - finding.start <= most
    )


def _whole(call: Call, parts: Sequence[Part]) -> list[Part]:
    """Return the parts as outsiders wrote them: an order that is gone proves nothing."""
    return [
        msgspec.structs.replace(part, text=text) if (text := _kept(call, part)) else part
        for part in parts
    ]


def _kept(call: Call, part: Part | PartDecision) -> str:
    """Return a text before edits, "" where nobody has it or the places of its files are known."""
    where = part.pointer, part.span
    return "" if where in call.retrieved else call.before_edits.get(where, "")


def _part(item: ToolCall, at: str) -> Part:
    return Part(
        pointer=f"{at}/message/tool_calls/{item.index}/function/arguments",
        role=Role.TOOL_CALL,
        trust=Trust.MODEL,
        stage=Stage.TOOL_CALL,
        text=item.arguments,
        name=item.name,
    )


def _signed(item: ToolCall, at: str) -> Part:
    """Return a call's signature, of which nothing can be taken out."""
    where = f"{at}/message/tool_calls/{item.index}{signatures.PLACE}"
    return Part(
        pointer=pointer.KEY_PREFIX + where,
        role=Role.ASSISTANT,
        trust=Trust.MODEL,
        stage=Stage.TOOL_CALL,
        text=item.signature,
        name=item.name,
        opaque=True,
    )


def is_json(text: str) -> bool:
    """Say whether a text is one JSON value."""
    try:
        strict_json.loads(text.encode("utf-8", "surrogatepass"))
    except RequestError:
        return False
    return True
