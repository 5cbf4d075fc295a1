"""Seawall as guardrails of the OpenAI Agents SDK:

@function_tool(tool_output_guardrails=[check_tool_result])
def search(query: str) -> str: ...

agent = Agent(name="Assistant", tools=[search], input_guardrails=[check_input],
              output_guardrails=[check_output])

The SDK checks an output when it is whole: the events of `Runner.run_streamed` hold its tokens before
that. Show users `result.final_output` of `Runner.run`, or send the model's calls through the gateway.

Texts only: give the images of an input to `guard.check("", image=...)` yourself.
"""

from typing import Any

from agents import (
    Agent,
    GuardrailFunctionOutput,
    RunContextWrapper,
    ToolGuardrailFunctionOutput,
    ToolOutputGuardrailData,
    TResponseInputItem,
    input_guardrail,
    output_guardrail,
    tool_output_guardrail,
)

from seawall import Guard

guard = Guard()  # or Guard.from_policy("policy.yaml")
REMOVED = "The tool's result was removed: it tried to give orders or could not be judged."


@input_guardrail(run_in_parallel=False)  # nothing is spent on a prompt that is blocked
async def check_input(
    context: RunContextWrapper[Any], agent: Agent[Any], given: str | list[TResponseInputItem]
) -> GuardrailFunctionOutput:
    """Stop the run when the user's text is blocked, or holds what must not go to the model.

    What was said before the last answer was checked in its own run.
    """
    verdicts = [await _verdict(text, "input") for text in user_texts(given) or [""]]
    return next((one for one in verdicts if one.tripwire_triggered), verdicts[-1])


@output_guardrail
async def check_output(
    context: RunContextWrapper[Any], agent: Agent[Any], output: Any
) -> GuardrailFunctionOutput:
    """Stop the run when the answer is blocked, or holds what must not reach the user."""
    return await _verdict(str(output), "output")


@tool_output_guardrail
async def check_tool_result(data: ToolOutputGuardrailData) -> ToolGuardrailFunctionOutput:
    """Keep a tool's result from the model when it gives orders or cannot be judged."""
    found = await guard.acheck(str(data.output), "tool-result")
    if found.action in ("allow", "flag"):
        return ToolGuardrailFunctionOutput.allow()
    message = found.redacted if found.action == "redact" else None
    return ToolGuardrailFunctionOutput.reject_content(message or REMOVED)


def user_texts(given: str | list[TResponseInputItem]) -> list[str]:
    """Return what the user said since the last answer, without what tools said."""
    if isinstance(given, str):
        return [given]
    said: list[str] = []
    item: Any
    for item in reversed(given):
        if item.get("role") == "assistant":
            break
        if item.get("role") == "user":
            content = item.get("content") or ""
            parts = [{"text": content}] if isinstance(content, str) else content
            said.append("\n".join(part.get("text") or "" for part in parts))
    return said[::-1]


async def _verdict(text: str, stage: str) -> GuardrailFunctionOutput:
    """An SDK guardrail cannot change a text, so one that must be redacted stops the run too."""
    found = await guard.acheck(text, stage)
    return GuardrailFunctionOutput(
        output_info={"action": found.action.value, "unknown": list(found.unknown),
                     "categories": sorted({item.category for item in found.findings})},
        tripwire_triggered=found.action not in ("allow", "flag"),
    )  # fmt: skip
