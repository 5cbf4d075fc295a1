"""Judge a local tool call by the policy's rules and by where its values come from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from seawall.core.errors import RequestError
from seawall.core.exchange import ToolCall
from seawall.core.verdicts import Action
from seawall.guard.engine import GuardEngine
from seawall.policy.load import load_policy
from seawall.policy.model import Policy
from seawall.policy.provenance import Trace
from seawall.policy.rates import LocalUses
from seawall.policy.tools import judge_call
from seawall.wire import openai_chat, strict_json


class ToolVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a call may run. `reason` is for the model: it names arguments, never values."""

    allowed: bool
    action: Action
    reason: str = ""
    trace: tuple[Trace, ...] = ()


class ToolGuard:
    """A policy's verdicts, without the gateway. Load once, share between threads.

    Rates of tools are counted in this object, for all who use it together.

    `policy`: a policy, or the path of its file. Raises PolicyError, MissingPartError.
    """

    def __init__(self, policy: Policy | str | Path) -> None:
        loaded = policy if isinstance(policy, Policy) else load_policy(Path(policy))
        self._policy = loaded
        self._engine = GuardEngine((), default_unknown=loaded.on_unknown)
        self._uses = LocalUses()
        self._trusted = [n for n, rule in loaded.tools.rules.items() if rule.returns == "trusted"]

    def judge(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]],
        name: str,
        arguments: str | Mapping[str, Any],
        beside: Sequence[tuple[str, str | Mapping[str, Any]]] = (),
    ) -> ToolVerdict:
        """Judge the call that a model proposes after `messages`.

        `beside`: name and arguments of the calls before it in the same answer, so that the same
        call twice passes once.
        `messages` and `tools` as in a chat request. What cannot be read is refused. A call whose
        action is ask is refused too: only the gateway can ask a person.
        """
        from seawall.policy.provenance import Provenance

        body = {"model": "local", "messages": list(messages), "tools": list(tools)}
        try:
            exchange = openai_chat.parse_request(
                _dumped(body).encode("utf-8", "surrogatepass"),
                self._policy.documents,
                trusted_tools=self._trusted,
            )
            call = _call(name, arguments)
            rules, scan = self._policy.tools, self._engine.scan_code
            provenance = Provenance(exchange, rules.rules)
            for one in beside:  # what passes of them is remembered there
                judge_call(_call(*one), exchange, rules, scan, provenance)
            made = judge_call(call, exchange, rules, scan, provenance)
        except RequestError as error:
            return ToolVerdict(allowed=False, action=Action.BLOCK, reason=error.message)
        allowed = made.action in (Action.ALLOW, Action.FLAG)
        rule = self._policy.tools.rules.get(name)
        if (
            allowed
            and rule
            and rule.rate
            and (over := self._uses.take(name, rule.rate, call.arguments))
        ):
            return ToolVerdict(allowed=False, action=rule.action, reason=over, trace=made.trace)
        return ToolVerdict(
            allowed=allowed, action=made.action, reason=made.reason, trace=made.trace
        )


def _call(name: str, arguments: str | Mapping[str, Any]) -> ToolCall:
    given = arguments if isinstance(arguments, str) else _dumped(dict(arguments))
    return ToolCall(id="", name=name, arguments=openai_chat.canonical_arguments(given or "{}"))


def _dumped(value: Any) -> str:
    try:
        return strict_json.dumps(value).decode()
    except (TypeError, ValueError, RecursionError):
        text = "Messages, tools and arguments must be JSON values."
        raise RequestError(text, code="no_json") from None


def from_outside(name: str, text: str, number: int) -> Iterator[dict[str, Any]]:
    """Yield a text that no message of a chat request can hold, as what a tool has returned.

    So it is nobody's request, whoever wrote it. `number`: its place, for an id of its own.
    """
    call_id = f"outside_{number}"
    function = {"name": re.sub(r"\W", "_", name)[:60] or "outside", "arguments": "{}"}
    call = {"id": call_id, "type": "function", "function": function}
    yield {"role": "assistant", "content": None, "tool_calls": [call]}
    yield {"role": "tool", "tool_call_id": call_id, "content": text}


def refusal(name: str, verdict: ToolVerdict) -> str:
    """Return what the model reads instead of the tool's result."""
    return f"[The call of {name} was refused. {verdict.reason}]"
