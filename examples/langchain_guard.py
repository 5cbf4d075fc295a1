"""Seawall as middleware of a LangChain agent:

from langchain.agents import create_agent

agent = create_agent("openai:gpt-4.1-mini", tools=[...], middleware=[SeawallMiddleware()])

Texts only: give the images of a message to `guard.check("", image=...)` yourself.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, hook_config
from langchain.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.runtime import Runtime

from seawall import Guard

REFUSAL = "I can't help with that request."
REMOVED = "[a tool's result was removed: it tried to give orders or could not be judged]"


class SeawallMiddleware(AgentMiddleware):
    """Checks what the user says, what tools return, and the answer. Fails closed."""

    def __init__(self, policy: str = "") -> None:
        super().__init__()
        self.guard = Guard.from_policy(policy) if policy else Guard()

    @hook_config(can_jump_to=["end"])
    def before_agent(self, state: AgentState, runtime: Runtime) -> dict[str, Any] | None:
        """Check the user's newest message before anything runs."""
        last = state["messages"][-1]
        if not isinstance(last, HumanMessage):
            return None
        text = self.allowed(last.text, "input")
        if text is None:
            return {"messages": [AIMessage(REFUSAL)], "jump_to": "end"}
        return None if text == last.text else {"messages": [HumanMessage(text, id=last.id)]}

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Check what a tool returned before the model reads it."""
        return self._tool_result(handler(request))

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Do the same for `ainvoke`."""
        return self._tool_result(await handler(request))

    def after_agent(self, state: AgentState, runtime: Runtime) -> dict[str, Any] | None:
        """Check the answer before the user sees it."""
        last = state["messages"][-1]
        if not isinstance(last, AIMessage):
            return None
        asked = [m.text for m in state["messages"] if isinstance(m, HumanMessage)]
        text = self.allowed(last.text, "output", context={"user": asked[-1] if asked else ""})
        if text == last.text:
            return None
        return {"messages": [AIMessage(REFUSAL if text is None else text, id=last.id)]}

    def allowed(
        self, text: str, stage: str, *, context: dict[str, Any] | None = None
    ) -> str | None:
        """Return the text to use, redacted where needed; None when it is blocked."""
        found = self.guard.check(text, stage, context=context)
        if found.action == "redact":
            return found.redacted
        return text if found.action in ("allow", "flag") else None

    def _tool_result(self, result: Any) -> Any:
        if not isinstance(result, ToolMessage):  # a Command changes state, not what is said
            return result
        text = self.allowed(result.text, "tool-result")
        if text == result.text:
            return result
        return result.model_copy(update={"content": REMOVED if text is None else text})
