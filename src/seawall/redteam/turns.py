"""Conversations turn by turn, tries again, and limits: what all targets have in common."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec

from seawall.redteam.target import Attack, Observation, Target
from seawall.redteam.thinking import together

Turn = Callable[[list[dict[str, str]]], Awaitable[Observation]]


def seen_from_outside(facts: dict[str, Any] | None, model: str) -> dict[str, Any]:
    """Return the owner's facts with the limits of a chat: one channel, no view of effects."""
    outside = {"channels": ("user",), "hides_effects": True, "sessions": True, "model": model}
    return {**(facts or {}), **outside}


async def converse(attack: Attack, turn: Turn) -> Observation:
    """Send the attack's messages one by one; an error or a block ends the conversation."""
    history: list[dict[str, str]] = []
    seen: list[Observation] = []
    for message in attack.messages:
        history.append({"role": "user", "content": message})
        seen.append(await turn(history))
        if seen[-1].error or seen[-1].blocked:
            break
        history.append({"role": "assistant", "content": seen[-1].text})
    return merged(seen)


def merged(seen: list[Observation]) -> Observation:
    """Return one observation of all turns: every word said counts, the last state decides."""
    if not seen:
        return Observation(error="The attack holds no message.")
    acted = {c for turn in seen for c in turn.controls if c not in turn.flagged}
    return msgspec.structs.replace(
        seen[-1],
        text="\n".join(turn.text for turn in seen if turn.text),
        turns=tuple(turn.text for turn in seen) if len(seen) > 1 else (),
        controls=tuple(dict.fromkeys(c for turn in seen for c in turn.controls)),
        redacted=tuple(dict.fromkeys(c for turn in seen for c in turn.redacted)),
        flagged=tuple(dict.fromkeys(c for turn in seen for c in turn.flagged if c not in acted)),
        disclosed=any(turn.disclosed for turn in seen),
        thought=together([turn.thought for turn in seen]),
    )


def holds_any(text: str, phrases: tuple[str, ...]) -> bool:
    """Tell whether a text holds one of an application's stock phrases, whatever its case."""
    plain = text.casefold()
    return any(phrase.casefold() in plain for phrase in phrases if phrase)


class OpenTarget(Target, Protocol):
    """A target that is used as an async context manager."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a run may use: requests a second, requests in all, money in all. None: no limit.

    Money is counted as `request_cost` for each request, in the currency of `cost`.
    """

    per_second: float | None = None
    requests: int | None = None
    cost: float | None = None
    request_cost: float = 0.0


_METER: ContextVar["Metered | None"] = ContextVar("meter", default=None)


async def one_more() -> str:
    """Ask for a request beside the attack's messages: a try again, a planted text.

    Returns the limit that forbids it, in a sentence; "" when it may be sent.
    """
    meter = _METER.get()
    return "" if meter is None else await meter.one_more()


class Metered:
    """A target within limits. What would go beyond ends as an error and can be sent later.

    `sent` counts requests, `held_back` attempts that would have gone beyond.
    """

    def __init__(self, target: OpenTarget, limits: Limits) -> None:
        self._target, self._limits = target, limits
        self.sent = self.held_back = 0
        self._next = 0.0

    def facts(self) -> dict[str, Any]:
        """Return the target's facts."""
        return self._target.facts()

    async def attempt(self, attack: Attack) -> Observation:
        """Carry out the attack when its turn comes; each message counts as a request."""
        requests = max(1, len(attack.messages))
        refused = self.beyond(attack)
        if refused:
            self.held_back += 1
            return Observation(error=refused)
        self.sent += requests
        await self._wait(requests)
        mark = _METER.set(self)
        try:
            return await self._target.attempt(attack)
        finally:
            _METER.reset(mark)

    async def one_more(self) -> str:
        """Wait for and count a request that no message stands for; else return the limit."""
        refused = self._refused(self.sent + 1)
        if not refused:
            self.sent += 1
            await self._wait(1)
        return refused

    def beyond(self, attack: Attack) -> str:
        """Return the limit that the attack would exceed now, in a sentence; "" for none."""
        return self._refused(self.sent + max(1, len(attack.messages)))

    def _refused(self, requests: int) -> str:
        limits = self._limits
        if limits.requests is not None and requests > limits.requests:
            return f"Not sent: the limit of {limits.requests} requests is reached."
        if limits.cost is not None and requests * limits.request_cost > limits.cost:
            return f"Not sent: the cost limit of {limits.cost:g} is reached."
        return ""

    async def _wait(self, requests: int) -> None:
        if self._limits.per_second is None:
            return
        now = time.monotonic()
        begin = max(now, self._next)
        self._next = begin + requests / self._limits.per_second
        await asyncio.sleep(begin - now)

    async def __aenter__(self) -> Self:
        await self._target.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._target.__aexit__(kind, error, trace)
