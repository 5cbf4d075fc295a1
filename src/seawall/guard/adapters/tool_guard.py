"""Judge a local tool call by the policy's rules and by where its values come from."""

from collections.abc import Mapping, Sequence
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
    ) -> ToolVerdict:
        """Judge the call that a model proposes after `messages`.

        `messages` and `tools` as in a chat request. What cannot be read is refused. A call whose
        action is ask is refused too: only the gateway can ask a person.
        """
        given = (
            arguments if isinstance(arguments, str) else strict_json.dumps(dict(arguments)).decode()
        )
        body = {"model": "local", "messages": list(messages), "tools": list(tools)}
        try:
            exchange = openai_chat.parse_request(
                strict_json.dumps(body), self._policy.documents, trusted_tools=self._trusted
            )
            call = ToolCall(
                id="", name=name, arguments=openai_chat.canonical_arguments(given or "{}")
            )
            made = judge_call(call, exchange, self._policy.tools, self._engine.scan_code)
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


def refusal(name: str, verdict: ToolVerdict) -> str:
    """Return what the model reads instead of the tool's result."""
    return f"[The call of {name} was refused. {verdict.reason}]"
