"""For the OpenAI Agents SDK: `agent.tools = guarded(guard, tools)`, and the run's `hooks`."""

import copy
import json
from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from seawall.guard.adapters.tool_guard import ToolGuard, from_outside, refusal

_SILENT = frozenset({"reasoning", "item_reference"})


class History:
    """What the model was last asked, by run. Pass it on from the run's hooks:

    `async def on_llm_start(self, context, agent, system_prompt, input_items):
        history.note(context.context, system_prompt, input_items)`.
    """  # fmt: skip

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[Any, list[dict[str, Any]]] = WeakKeyDictionary()
        self._called: WeakKeyDictionary[Any, list[tuple[str, str]]] = WeakKeyDictionary()

    def note(self, run: Any, system_prompt: str | None, items: Iterable[Any]) -> None:
        """Keep a request's items under the run's own context object."""
        first = [{"role": "system", "content": system_prompt}] if system_prompt else []
        self._held[run] = [*first, *chat_messages(items)]
        self._called[run] = []

    def called(self, run: Any, name: str, arguments: str) -> list[tuple[str, str]]:
        """Note a call of the model's last answer; return those that came before it."""
        calls = self._called.setdefault(run, [])
        calls.append((name, arguments))
        return calls[:-1]

    def of(self, run: Any) -> list[dict[str, Any]] | None:
        """Return the chat messages of a run, None when none were noted."""
        try:
            return self._held.get(run)
        except TypeError:  # a context that cannot be a key was never noted
            return None


def guarded(guard: ToolGuard, tools: Sequence[Any], history: History) -> list[Any]:
    """Return copies of function tools that run only when the guard allows the call.

    A tool is what the SDK calls FunctionTool: `name`, `description`, `params_json_schema` and
    `on_invoke_tool(context, arguments)`. A run whose history nobody noted is refused.
    """
    offered = [definition(tool) for tool in tools]
    return [_guarded(guard, tool, offered, history) for tool in tools]


def _guarded(guard: ToolGuard, tool: Any, offered: list[Any], history: History) -> Any:
    invoke = tool.on_invoke_tool

    async def judged(context: Any, arguments: str) -> Any:
        messages = history.of(context.context)
        if messages is None:
            return f"[The call of {tool.name} was refused. The conversation is not known.]"
        beside = history.called(context.context, tool.name, arguments)
        verdict = guard.judge(messages, offered, tool.name, arguments, beside)
        if not verdict.allowed:
            return refusal(tool.name, verdict)
        return await invoke(context, arguments)

    other = copy.copy(tool)
    other.on_invoke_tool = judged
    return other


def definition(tool: Any) -> dict[str, Any]:
    """Return a function tool as a chat request offers it."""
    function = {"name": tool.name, "description": tool.description or "",
                "parameters": tool.params_json_schema}  # fmt: skip
    return {"type": "function", "function": function}


def chat_messages(items: Iterable[Any]) -> Iterable[dict[str, Any]]:
    """Yield items of the Responses API as messages of a chat request.

    What other tools did (searches, hosted MCP servers, computers) counts as their result.
    """
    for number, item in enumerate(items):
        kind = item.get("type", "message")
        if kind == "function_call":
            function = {"name": item["name"], "arguments": item["arguments"]}
            call = {"id": item["call_id"], "type": "function", "function": function}
            yield {"role": "assistant", "content": None, "tool_calls": [call]}
        elif kind == "function_call_output":
            text = _text(item["output"])
            yield {"role": "tool", "tool_call_id": item["call_id"], "content": text}
        elif kind == "message":
            yield {"role": item["role"], "content": _text(item["content"])}
        elif kind not in _SILENT:
            yield from from_outside(kind, json.dumps(item, default=str), number)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(one.get("text", "")) for one in content or ())
