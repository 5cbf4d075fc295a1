"""May a client call this tool with these arguments? The same rules and guards as for models."""

from typing import Any

import msgspec

from seawall.core.exchange import Exchange, Part, Role, Stage, Surface, ToolCall, Trust
from seawall.core.verdicts import Action
from seawall.gateway.mcp.messages import Message
from seawall.gateway.steps import own_values
from seawall.gateway.steps.guard import STOPPING, GuardRunner, edits_of
from seawall.policy.model import Tools
from seawall.policy.provenance import Provenance
from seawall.policy.rates import LocalUses
from seawall.policy.tools import judge_call
from seawall.wire import openai_chat, strict_json

_PAST = 20
_PAST_CHARS = 60_000


class Calls:
    """Judges calls. Keeps the last results, so that an order in one cannot become the next call."""

    def __init__(self, runner: GuardRunner) -> None:
        self._runner = runner
        self._past: list[Part] = []
        self._uses = LocalUses()

    def remember(self, parts: list[Part]) -> None:
        """Keep the texts of a result."""
        self._past += [part for part in parts if part.text and part.image is None]
        self._past = self._past[-_PAST:]
        while len(self._past) > 1 and sum(len(one.text) for one in self._past) > _PAST_CHARS:
            self._past.pop(0)

    async def judge(self, definition: dict[str, Any], message: Message) -> tuple[str, Any]:
        """Return why a call is refused ("" where it may pass), and the arguments to send."""
        params = message["params"]
        name, given = str(params.get("name", "")), params.get("arguments")
        text = openai_chat.canonical_arguments(
            strict_json.dumps(given if isinstance(given, dict) else {}).decode()
        )
        schema = definition.get("inputSchema")
        exchange = Exchange(
            request_id="", surface=Surface.CHAT, model="", body={"messages": []}, parts=self._past,
            tools={name: {"name": name, "parameters": schema}},
        )  # fmt: skip
        part = Part(pointer="/arguments", role=Role.TOOL_CALL, trust=Trust.MODEL,
                    stage=Stage.TOOL_CALL, text=text, name=name)  # fmt: skip
        decision = await self._runner.inspect([part], exchange)
        edits = edits_of(decision)
        if decision.action in STOPPING or edits is None:
            return f"The policy refuses these arguments ({', '.join(decision.controls)}).", None
        text = edits.get((part.pointer, None), text)
        if edits and own_values.notice_in(text):
            return "The policy takes a value out of these arguments, which then say less.", None
        call = ToolCall(id="", name=name, arguments=text)
        rules = _without_request(self._runner.policy.tools)
        provenance = Provenance(exchange, rules.rules)
        judged = judge_call(call, exchange, rules, self._runner.engine.scan_code, provenance)
        if judged.action not in (Action.ALLOW, Action.FLAG):
            return judged.reason, None
        arguments = strict_json.loads(text.encode("utf-8", "surrogatepass"))
        for value in provenance.values(name, arguments):
            if value.origin == "instruction" and len(value.text) > 3:
                where = value.argument.split("/")[1]
                return f"The argument {where!r} stands in an order of an earlier result.", None
        rule = rules.rules.get(name)
        return (self._uses.take(name, rule.rate, text) if rule and rule.rate else ""), arguments


def _without_request(tools: Tools) -> Tools:
    """Return the rules for calls whose conversation is not seen: nobody can say who asked."""
    rules = {
        name: msgspec.structs.replace(rule, instructed_by="anyone")
        for name, rule in tools.rules.items()
    }
    unlisted = "flag" if tools.unlisted == "infer" else tools.unlisted
    return msgspec.structs.replace(tools, rules=rules, unlisted=unlisted)
