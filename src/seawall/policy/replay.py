"""Judge the tool calls of recorded conversations, each at its place, without asking a model."""

from collections.abc import Iterator
from typing import Any

import msgspec

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, ToolCall
from seawall.core.verdicts import Action, Outcome
from seawall.policy.model import Policy
from seawall.policy.provenance import Provenance, Trace
from seawall.policy.recorded import chat_body
from seawall.policy.tools import ScanCode, ToolDecision, judge_call
from seawall.wire import openai_chat, pointer, strict_json

WORDS = {
    Action.ALLOW: "allowed",
    Action.FLAG: "allowed",
    Action.REDACT: "removed",
    Action.ASK: "asked",
    Action.BLOCK: "blocked",
}


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one recorded call. `turn` is the message's index, as chat messages.

    `result`: allowed, removed, asked, blocked, or unknown where the record cannot be read (then
    `tool` is empty). `trace` holds origins and offsets, never text. `hijacked`: the call was not
    recorded but follows an order planted in a tool's result (`policy/hijack.py`).
    """

    line: int
    turn: int
    tool: str
    result: str
    reason: str = ""
    trace: tuple[Trace, ...] = ()
    hijacked: bool = False


def replay(line: int, data: bytes, policy: Policy, scan_code: ScanCode) -> Iterator[Replayed]:
    """Yield a result for each assistant tool call of one recorded request (`chat_body`).

    Each call is judged as if it had just been proposed: only what stands before it counts. A body
    that cannot be read yields one result that is unknown.
    """
    turn = 0
    try:
        body = chat_body(data, policy.documents)
        trusted = [n for n, rule in policy.tools.rules.items() if rule.returns == "trusted"]
        for turn, message in enumerate(body["messages"]):
            calls = message.get("tool_calls") if isinstance(message, dict) else None
            if calls and turn:
                before = {**body, "messages": body["messages"][:turn]}
                exchange = openai_chat.parse_request(
                    strict_json.dumps(before), policy.documents, trusted_tools=trusted
                )
                yield from _calls(line, turn, calls, exchange, policy, scan_code)
    except RequestError as error:
        yield Replayed(line=line, turn=turn, tool="", result="unknown", reason=error.message)


def _calls(
    line: int, turn: int, calls: Any, exchange: Exchange, policy: Policy, scan_code: ScanCode
) -> Iterator[Replayed]:
    provenance = Provenance(exchange, policy.tools.rules)
    for call in _proposed(calls):
        decision = judge_call(call, exchange, policy.tools, scan_code, provenance)
        trace = _traced(call, exchange, decision, provenance)
        yield _replayed(line, turn, call.name, msgspec.structs.replace(decision, trace=trace))


def _traced(
    call: ToolCall, exchange: Exchange, decision: ToolDecision, provenance: Provenance
) -> tuple[Trace, ...]:
    """Return where every value of a call comes from, also where its rule alone decided.

    Calls of tools that are not offered, or without readable arguments, have no origins.
    """
    known = {trace.argument for trace in decision.trace}
    if call.name not in exchange.tools:
        return decision.trace
    try:
        arguments = strict_json.loads((call.arguments.strip() or "{}").encode())
    except (RequestError, UnicodeEncodeError):
        return decision.trace
    if not isinstance(arguments, dict):
        return decision.trace
    broken = pointer.join(decision.argument) if decision.argument else ""
    more = [
        value.trace(stops=bool(broken) and f"{value.argument}/".startswith(f"{broken}/"))
        for value in provenance.values(call.name, arguments)
        if value.argument not in known
    ]
    return (*decision.trace, *more)


def _proposed(calls: Any) -> list[ToolCall]:
    found = []
    for item in calls if isinstance(calls, list) else [calls]:
        function = item.get("function") if isinstance(item, dict) else None
        fields = function if isinstance(function, dict) else {}
        name, arguments = fields.get("name"), fields.get("arguments")
        if not isinstance(name, str) or not isinstance(arguments, str):
            raise RequestError("A tool call has no name or arguments.", code="no_call")
        text = openai_chat.canonical_arguments(arguments)
        found.append(ToolCall(id=str(item.get("id", "")), name=name, arguments=text))
    return found


def _replayed(line: int, turn: int, name: str, decision: ToolDecision) -> Replayed:
    unknown = decision.outcome is Outcome.UNKNOWN
    return Replayed(
        line=line,
        turn=turn,
        tool=name,
        result="unknown" if unknown else WORDS[decision.action],
        reason=decision.reason,
        trace=decision.trace,
    )
