"""Relay a streamed answer: hold back, inspect, release; the last chunks wait for the audit."""

import time
from functools import partial
from typing import Any

from seawall.core.errors import UpstreamError
from seawall.core.exchange import Exchange
from seawall.core.verdicts import Action
from seawall.gateway.call import Call
from seawall.gateway.steps.guard import GuardRunner
from seawall.gateway.steps.guard_output import ended, note_of
from seawall.gateway.steps.hosted import HostedTools
from seawall.gateway.steps.tool_policy import ToolPolicy
from seawall.guard.stream import StreamBlocked, StreamGuard
from seawall.policy.model import Policy
from seawall.wire import openai_answer
from seawall.wire.hosted.parts import call_of
from seawall.wire.openai_answer import Answer, Choice, ToolCalls

Piece = dict[str, Any]


class _Text:
    """One text of one choice (content or refusal) behind its own stream guard."""

    def __init__(self, runner: GuardRunner, call: Call, exchange: Exchange, where: str) -> None:
        self._content, self._where = call.content, where
        self.guard = StreamGuard(runner.engine, exchange, where)
        self.fed = False

    def take(self, text: str) -> bool:
        """Take a piece that is not empty; say whether something may go out."""
        self.fed = True
        if self._content is not None:
            self._said(text, "")
        return self.guard.take(text)

    def release(self) -> str:
        """Return what may go out. Raises StreamBlocked."""
        return self._said("", self.guard.release())

    def finish(self) -> str:
        return self._said("", self.guard.finish()) if self.fed else ""

    def _said(self, said: str, released: str) -> str:
        """Gather a piece for capture, the provider's or ours, and return ours."""
        if self._content is not None:
            self._content.streamed(self._where, said, released)
        return released

    def note(self, call: Call) -> None:
        """Keep what the guard decided: every action, and the last look at the whole text."""
        decisions = self.guard.decisions
        acted = [decision for decision in decisions[:-1] if decision.action is not Action.ALLOW]
        for decision in [*acted[:20], *decisions[-1:]]:
            call.note(decision)


class _Choice:
    """What is known of one choice while it streams."""

    def __init__(self, runner: GuardRunner, call: Call, exchange: Exchange, index: int) -> None:
        self.index = index
        self._cites = bool(exchange.hosted)
        self._new = partial(_Text, runner, call, exchange)
        self._content = self._new(f"/choices/{index}/message/content")
        # Its texts by name; a refusal is rare.
        self.texts = {"content": self._content}
        self.calls = ToolCalls()
        self.finish_reason: str | None = None
        self.stop_sequence: str | None = None
        self.blocked = self.ready = False
        self.said = False
        # What tools of the provider did: waiting to be judged, and said of what was taken out.
        self.waiting: list[Piece] = []
        self.notes: list[str] = []
        self.citations: list[Piece] = []
        self.came: list[str] = []

    def take(self, choice: Choice) -> bool:
        """Take a chunk's piece; say whether something may be released."""
        if self.finish_reason is None:
            self.finish_reason = choice.finish_reason
            self.stop_sequence = choice.stop_sequence
        for tool in choice.tools:
            self.calls.add(tool)
        self.waiting += choice.hosted
        self.citations += choice.citations
        if choice.content:
            self.take_text(choice.content)
        if choice.refusal and self._refusal().take(choice.refusal):
            self.ready = True
        return self.ready

    def _refusal(self) -> _Text:
        if "refusal" not in self.texts:
            self.texts["refusal"] = self._new(f"/choices/{self.index}/message/refusal")
        return self.texts["refusal"]

    def take_text(self, text: str) -> bool:
        """Take a piece of the content alone; say whether something may be released."""
        if self._cites:
            self.came.append(text)
        if self._content.take(text):
            self.ready = True
        return self.ready

    def release(self) -> Piece:
        """Return the delta that may be released. Raises StreamBlocked."""
        self.ready = False
        delta = {key: said for key, text in self.texts.items() if (said := text.release())}
        self.said = self.said or bool(delta)
        return delta

    def tail(self) -> Piece:
        """Return the delta that was held back to the end. Raises StreamBlocked."""
        texts = {key: text.finish() for key, text in self.texts.items()}
        delta = {key: text for key, text in texts.items() if text}
        self.said = self.said or bool(delta)
        return delta


class Relay:
    """One streamed answer on its way from the provider's chunks to the client's."""

    def __init__(
        self, runner: GuardRunner, tools: ToolPolicy, call: Call, hosted: HostedTools
    ) -> None:
        if call.exchange is None:
            raise RuntimeError("a relay needs a parsed request")
        self._runner = runner
        self._policy: Policy = runner.policy
        self._tools, self._hosted = tools, hosted
        self._call = call
        self._exchange = call.exchange
        self._choices: dict[int, _Choice] = {}
        self._blocked = self._noted = False
        self.ready = False  # whether `release` has something to do
        self.pending = False  # whether `hosted` has something to do
        self._created = int(time.time())

    def chunk(self, choices: list[Piece], **fields: Any) -> Piece:
        """Return one chunk for the client."""
        return openai_answer.chunk(
            request_id=self._call.request_id,
            created=self._created,
            model=self._exchange.model,
            choices=choices,
            **fields,
        )

    @property
    def all_blocked(self) -> bool:
        """True when nothing the provider still sends could be released."""
        if not self._blocked:
            return False
        states = self._choices.values()
        return len(states) == self._exchange.choices and all(state.blocked for state in states)

    def take(self, answer: Answer) -> None:
        """Take what one event of the provider says.

        Nothing is inspected here: that is done once for all that has come. Raises UpstreamError
        for choices that nobody asked for.
        """
        if answer.usage is not None:
            self._call.usage = answer.usage
        for choice in answer.choices:
            if choice.hosted:
                self._hosted.count(self._call, choice.hosted)
                self.ready = self.pending = True
            plain = not (choice.tools or choice.refusal or choice.hosted)
            self._call.saw(choice.content or "" if plain else said_by(choice))
            state = self._choices.get(choice.index) or self._state(choice.index)
            if not state.blocked and state.take(choice):
                self.ready = True

    def take_text(self, index: int, text: str, pieces: int = 1) -> None:
        """Take text for one choice: what `take` does with answers that bring nothing else."""
        self._call.saw(text, pieces)
        state = self._choices.get(index) or self._state(index)
        if text and not state.blocked and state.take_text(text):
            self.ready = True

    def release(self) -> list[Piece]:
        """Inspect what was taken; return the chunks to release now."""
        if not self.ready:
            return []
        self.ready = False
        chunks = []
        for state in self._choices.values():
            if state.blocked or not state.ready:
                continue
            first = not state.said
            try:
                delta = state.release()
            except StreamBlocked as stop:
                self._block(state, stop)
                continue
            if delta:
                chunks.append(self.chunk([self._delta(state, delta, first)]))
        return chunks

    async def hosted(self) -> list[Piece]:
        """Judge what tools of the provider did; return the chunks to release now.

        Raises UpstreamError.
        """
        self.pending = False
        chunks: list[Piece] = []
        for state in self._choices.values():
            items, state.waiting = state.waiting, []
            if state.blocked or not items:
                continue
            at = f"/choices/{state.index}"
            did = await self._hosted(self._call, self._exchange, items, at)
            if did is None:
                state.blocked = self._blocked = True
                continue
            state.notes += did[1]
            if did[0]:
                chunks.append(self.chunk([self._delta(state, {"hosted": did[0]}, False)]))
        return chunks

    def _state(self, index: int) -> _Choice:
        if index >= self._exchange.choices:
            raise UpstreamError("The provider streams more choices than were asked for.")
        if index not in self._choices:
            self._choices[index] = _Choice(self._runner, self._call, self._exchange, index)
        return self._choices[index]

    @staticmethod
    def _delta(state: _Choice, delta: Piece, first: bool, finish: str | None = None) -> Piece:
        role = {"role": "assistant"} if first else {}
        return openai_answer.delta_json(state.index, {**role, **delta}, finish)

    def _block(self, state: _Choice, stop: StreamBlocked) -> None:
        state.blocked = self._blocked = True
        self._call.stop(stop.decision)

    def cut(self) -> None:
        """End every choice that is still open as too long.

        Raises UpstreamError in the middle of a tool call: half of one is never released.
        """
        self._call.overran = True
        for state in self._choices.values():
            if state.finish_reason is None and not state.blocked:
                if state.calls.complete():
                    raise UpstreamError("The provider's stream is longer than was asked for.")
                state.finish_reason = "length"

    def texts(self) -> list[str]:
        """Return what was released of each choice's content."""
        return [state.texts["content"].guard.released for state in self._choices.values()]

    def note(self) -> None:
        """Keep for the record what the guards of every choice decided, once."""
        if self._noted:
            return
        self._noted = True
        for state in self._choices.values():
            for text in state.texts.values():
                text.note(self._call)

    async def finish(self) -> list[Piece]:
        """Return the chunks that end the choices: held-back text, tool calls, finish reasons.

        Raises UpstreamError when the provider stopped in the middle of an answer.
        """
        states = sorted(self._choices.values(), key=lambda state: state.index)
        if not states:
            raise UpstreamError(
                "The provider's stream holds no answer.",
                hint="If it does not stream this model, ask without `stream`.",
            )
        if any(s.finish_reason is None and not s.blocked for s in states):
            raise UpstreamError("The provider's stream ended in the middle of an answer.")
        chunks = await self.hosted()
        for state in states:
            chunks += await self._end(state)
        self.note()
        return chunks

    async def _end(self, state: _Choice) -> list[Piece]:
        first = not state.said
        tail: Piece = {}
        if not state.blocked:
            try:
                tail = state.tail()
            except StreamBlocked as stop:
                self._block(state, stop)
        at = f"/choices/{state.index}"
        calls = [] if state.blocked else state.calls.complete()
        await self._hosted.told(self._call, self._exchange, "".join(state.came), at)
        released = None
        if not state.blocked:
            released = await self._tools(self._call, self._exchange, calls, at)
        if released is None:
            state.blocked = True
            return self._refusal(state, first)
        if cited := await self._cited(state):
            tail["citations"] = cited
        note = note_of(state.notes, released.note)
        if note:
            before = tail.get("content", "")
            tail["content"] = before + (note if first and not before else f"\n\n{note}")
            state.finish_reason = ended(state.finish_reason or "tool_calls", bool(released.calls))
        if released.calls:
            tail["tool_calls"] = [
                openai_answer.tool_call_json(item, with_index=True) for item in released.calls
            ]
        chunks = []
        if tail or first:
            tail = tail or {"content": ""}
            chunks.append(self.chunk([self._delta(state, tail, first)]))
        reason = state.finish_reason or "tool_calls"
        named = None if note else state.stop_sequence
        stopped = openai_answer.stopped_by(named, self._exchange.body)
        end = openai_answer.delta_json(state.index, {}, reason, stopped)
        return [*chunks, self.chunk([end])]

    async def _cited(self, state: _Choice) -> list[Piece]:
        """Return the citations that may go out."""
        if not state.citations:
            return []
        said, shown = "".join(state.came), state.texts["content"].guard.released
        at = f"/choices/{state.index}"
        return await self._hosted.cited(
            self._call, self._exchange, state.citations, at, said, shown
        )

    def _refusal(self, state: _Choice, first: bool) -> list[Piece]:
        """Return the end of a blocked choice, after what was released before."""
        chunks = []
        if self._policy.block_mode == "refusal":
            text = self._policy.refusal_text if first else f"\n\n{self._policy.refusal_text}"
            chunks.append(self.chunk([self._delta(state, {"content": text}, first)]))
        elif first:
            chunks.append(self.chunk([self._delta(state, {"content": ""}, first)]))
        return [*chunks, self.chunk([self._delta(state, {}, False, "content_filter")])]


def said_by(choice: Choice) -> str:
    """Return all that a choice or a chunk's piece says, tool calls included."""
    called = [tool.name + tool.arguments for tool in choice.tools]
    called += [made.arguments for item in choice.hosted if (made := call_of(item)) is not None]
    return "".join((choice.content or "", choice.refusal or "", *called))
