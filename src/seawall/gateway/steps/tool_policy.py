"""Tool calls of the model: complete, in canonical form, inspected and judged before release."""

from collections.abc import Sequence

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Part, Role, Stage, ToolCall, Trust
from seawall.gateway.call import Call
from seawall.gateway.steps.guard import STOPPING, GuardRunner, edits_of
from seawall.policy.tools import ToolDecision, judge_call
from seawall.wire import openai_chat, strict_json


class ToolPolicy:
    """Judges the tool calls of one choice."""

    def __init__(self, runner: GuardRunner) -> None:
        self._runner = runner

    async def __call__(
        self, call: Call, exchange: Exchange, calls: Sequence[ToolCall], at: str
    ) -> bool:
        """Return whether the calls may be released; redactions are put into them.

        `at` is the pointer of the choice. One refused call keeps the whole choice back, so that
        the application never acts on half of what the model planned.
        """
        if not calls:
            return True
        for item in calls:
            item.arguments = openai_chat.canonical_arguments(item.arguments)
        if not await self._inspect(call, exchange, calls, at):
            return False
        released = True
        for item in calls:
            decision = await self._judge(item, exchange)
            call.note_tool(item.name, decision)
            released = released and decision.action not in STOPPING
        return released

    async def _inspect(
        self, call: Call, exchange: Exchange, calls: Sequence[ToolCall], at: str
    ) -> bool:
        parts = [_part(item, at) for item in calls]
        decision = await self._runner.inspect(parts, exchange)
        call.note(decision)
        if decision.action in STOPPING:
            return False
        edits = edits_of(decision)
        if edits is None or not all(_is_json(text) for text in edits.values()):
            call.stop(decision)
            return False
        for item, part in zip(calls, parts, strict=True):
            item.arguments = edits.get((part.pointer, None), item.arguments)
        return True

    async def _judge(self, item: ToolCall, exchange: Exchange) -> ToolDecision:
        engine, tools = self._runner.engine, self._runner.policy.tools
        return judge_call(item, exchange, tools, engine.scan_code)


def _part(item: ToolCall, at: str) -> Part:
    return Part(
        pointer=f"{at}/message/tool_calls/{item.index}/function/arguments",
        role=Role.TOOL_CALL,
        trust=Trust.MODEL,
        stage=Stage.TOOL_CALL,
        text=item.arguments,
        name=item.name,
    )


def _is_json(text: str) -> bool:
    try:
        strict_json.loads(text.encode("utf-8", "surrogatepass"))
    except RequestError:
        return False
    return True
