"""Seawall as middleware of a LangChain agent:

from langchain.agents import create_agent

agent = create_agent("openai:gpt-4.1-mini", tools=[...], middleware=[SeawallMiddleware()])

Put it last in the list, next to the model. What `invoke` and `stream` (modes `messages`, `updates`
and `values`) hand out of the model was checked: an answer comes whole, not token by token.
Callbacks, tracers and `astream_events` see what the model says before that: show users none of it,
or send the model's calls through the gateway, which checks a stream while it runs.

Texts only: give the images of a message to `guard.check("", image=...)` yourself.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelResponse, hook_config
from langchain.messages import AIMessage, HumanMessage
from langchain_core.messages import BaseMessage
from langgraph.constants import TAG_NOSTREAM
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from seawall import Guard

REFUSAL = "I can't help with that request."
BLOCKED = "[a message was removed: it was blocked or could not be judged]"
REMOVED = "[a tool's result was removed: it tried to give orders or could not be judged]"


class SeawallMiddleware(AgentMiddleware):
    """Checks what the user says, what tools return, and what the model says. Fails closed."""

    def __init__(self, policy: str = "") -> None:
        super().__init__()
        self.guard = Guard.from_policy(policy) if policy else Guard()

    @hook_config(can_jump_to=["end"])
    def before_agent(self, state: AgentState, runtime: Runtime) -> dict[str, Any] | None:
        """Check what the user said since the last answer before anything runs.

        What was said before that was checked in its own run; a conversation that clients send
        whole, with answers they could have written, belongs to the gateway.
        """
        changed: list[BaseMessage] = []
        refused = False
        for message in newest(state["messages"]):
            text = self.allowed(message.text, "input")
            refused = refused or text is None
            if text != message.text:  # a blocked one must not come back with the next turn either
                content = BLOCKED if text is None else text
                changed.append(message.model_copy(update={"content": content}))
        if refused:
            return {"messages": [*changed, AIMessage(REFUSAL)], "jump_to": "end"}
        return {"messages": changed} if changed else None

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Check what the model says before it leaves the model's node: no stream is ahead of it."""
        return self._answer(request, handler(untold(request)))

    async def awrap_model_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Do the same for `ainvoke`."""
        return self._answer(request, await handler(untold(request)))

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Check what a tool returned before the model reads it."""
        return self._tool_result(handler(request))

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Do the same for `ainvoke`."""
        return self._tool_result(await handler(request))

    def allowed(
        self, text: str, stage: str, *, context: dict[str, Any] | None = None
    ) -> str | None:
        """Return the text to use, redacted where needed; None when it is blocked."""
        found = self.guard.check(text, stage, context=context)
        if found.action == "redact":
            return found.redacted
        return text if found.action in ("allow", "flag") else None

    def _answer(self, request: Any, response: ModelResponse) -> ModelResponse:
        asked = [m.text for m in request.messages if isinstance(m, HumanMessage)]
        context = {"user": asked[-1] if asked else ""}
        result = [self._said(message, context) for message in response.result]
        if result == response.result:
            return response
        return ModelResponse(result=result)  # without the structured copy of what was changed

    def _said(self, message: BaseMessage, context: dict[str, Any]) -> BaseMessage:
        """Return a model's message, or what may be shown of it: its text alone, or a refusal."""
        if not isinstance(message, AIMessage):  # what create_agent notes beside a structured answer
            return message
        text = self.allowed(message.text, "output", context=context) if message.text else ""
        for call in [*message.tool_calls, *message.invalid_tool_calls]:
            said = call["args"] if isinstance(call["args"], str) else dumped(call["args"])
            if self.allowed(said, "tool-call", context=context) != said:
                text = None
        if text is None:
            return AIMessage(REFUSAL, id=message.id)
        thoughts = [b.get("reasoning") for b in message.content_blocks if b["type"] == "reasoning"]
        fine = all(self.allowed(one, "output", context=context) == one for one in thoughts if one)
        if fine and text == message.text:
            return message
        return AIMessage(text, id=message.id, tool_calls=message.tool_calls)

    def _tool_result(self, result: Any) -> Any:
        """Return it with every text checked: messages, and what a Command writes anywhere."""
        if result is None or isinstance(result, (bool, int, float)):
            return result
        if isinstance(result, BaseMessage):
            text = self._tool_result(result.text) if result.text else ""
            same = text == result.text
            return result if same else result.model_copy(update={"content": text})
        if isinstance(result, Command):
            update, goto = self._tool_result(result.update), result.goto
            aims = goto if isinstance(goto, (list, tuple)) else [goto]
            aims = [Send(a.node, self._tool_result(a.arg)) if isinstance(a, Send) else a
                    for a in aims]  # fmt: skip
            return replace(result, update=update, goto=aims)
        if isinstance(result, dict):
            return {key: self._tool_result(value) for key, value in result.items()}
        if isinstance(result, (list, tuple)):
            values = [self._tool_result(value) for value in result]
            return values if isinstance(result, list) else tuple(values)
        text = self.allowed(str(result), "tool-result")
        if text == str(result):
            return result
        return text if isinstance(result, str) and text is not None else REMOVED


def newest(messages: list[BaseMessage]) -> list[HumanMessage]:
    """Return what the user said since the last answer."""
    said: list[HumanMessage] = []
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            break
        if isinstance(message, HumanMessage):
            said.append(message)
    return said[::-1]


def untold(request: Any) -> Any:
    """Return a request to a model whose tokens no stream hands out."""
    tags = [*(request.model.tags or ()), TAG_NOSTREAM]
    return request.override(model=request.model.model_copy(update={"tags": tags}))


def dumped(value: Any) -> str:
    """Return the arguments of a call as a text."""
    return json.dumps(value, ensure_ascii=False, default=str)
