"""Inspect a whole answer, choice by choice, before anything of it is released."""

from typing import Any

from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.gateway.call import Call
from seawall.gateway.steps.guard import STOPPING, GuardRunner, edits_of
from seawall.gateway.steps.hosted import HostedTools
from seawall.gateway.steps.tool_policy import ToolPolicy
from seawall.policy.model import Policy
from seawall.wire import openai_answer
from seawall.wire.openai_answer import Choice, ToolCalls


class GuardOutput:
    """Turns the provider's choices into choices that may be released."""

    def __init__(
        self, runner: GuardRunner, tools: ToolPolicy, policy: Policy, hosted: HostedTools
    ) -> None:
        self._hosted = hosted
        self._runner = runner
        self._tools = tools
        self._policy = policy

    async def __call__(
        self, call: Call, exchange: Exchange, choices: list[Choice]
    ) -> list[dict[str, Any]]:
        """Return the choices for the client; a blocked one has no content of the model."""
        return [await self._choice(call, exchange, choice) for choice in choices]

    async def _choice(self, call: Call, exchange: Exchange, choice: Choice) -> dict[str, Any]:
        at = f"/choices/{choice.index}"
        texts = {
            f"{at}/message/{key}": text
            for key, text in (("content", choice.content), ("refusal", choice.refusal))
            if text
        }
        parts = [output_part(where, text) for where, text in texts.items()]
        decision = await self._runner.inspect(parts, exchange)
        call.note(decision, parts)
        edits = edits_of(decision)
        if decision.action in STOPPING or edits is None:
            call.stop(decision)
            return self._blocked(choice.index)
        did = await self._hosted(call, exchange, choice.hosted, at)
        if did is None:
            return self._blocked(choice.index)
        items, notes = did
        await self._hosted.told(call, exchange, choice.content or "", at)
        calls = ToolCalls()
        for delta in choice.tools:
            calls.add(delta)
        complete = calls.complete()
        released = await self._tools(call, exchange, complete, at)
        if released is None:
            return self._blocked(choice.index)
        texts.update({where: text for (where, _), text in edits.items()})
        content = texts.get(f"{at}/message/content", None if complete else choice.content)
        finish = choice.finish_reason or "stop"
        stopped = openai_answer.stopped_by(choice.stop_sequence, exchange.body)
        said, shown = choice.content or "", content or ""
        cited = await self._hosted.cited(call, exchange, choice.citations, at, said, shown)
        if note := note_of(notes, released.note):
            stopped = None
            content = f"{content}\n\n{note}" if content else note
            finish = ended(finish, bool(released.calls))
        value = openai_answer.choice_json(
            choice.index,
            content=content,
            refusal=texts.get(f"{at}/message/refusal"),
            calls=released.calls,
            finish_reason=finish,
            stopped=stopped,
        )
        if items or cited:
            value["message"] |= {"hosted": items, "citations": cited}
        return value

    def _blocked(self, index: int) -> dict[str, Any]:
        policy = self._policy
        text = policy.refusal_text if policy.block_mode == "refusal" else ""
        return openai_answer.choice_json(index, content=text, finish_reason="content_filter")


def note_of(notes: list[str], note: str) -> str:
    """Return one note of what was taken out: of a provider's tools, and of calls of functions."""
    return " ".join([*([f"[{' '.join(notes)}]"] if notes else []), *([note] if note else [])])


def ended(reason: str, calls: bool) -> str:
    """Return why an answer ended of which something was taken out; `calls`: some are left."""
    return reason if calls or reason == "length" else "stop"


def output_part(where: str, text: str) -> Part:
    """Return a part of the model's answer."""
    return Part(
        pointer=where, role=Role.ASSISTANT, trust=Trust.MODEL, stage=Stage.OUTPUT, text=text
    )
