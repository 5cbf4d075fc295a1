"""The way of every request whose answer is no chat: images, audio, searches."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.core.verdicts import Action
from seawall.gateway.answers import JSON, Answer, BlockedError
from seawall.gateway.call import Call, Route
from seawall.gateway.http.form import FormBody
from seawall.gateway.http.response import Response
from seawall.gateway.parts import Parts
from seawall.gateway.routes.chat import ready
from seawall.gateway.steps.ask import Question, Write
from seawall.gateway.steps.guard import STOPPING, apply_edits, edits_of
from seawall.guard.decision import Decision, PartDecision
from seawall.policy.model import Price, Upstream
from seawall.wire import pointer
from seawall.wire.direct import DirectFormat, Outgoing, Reading, Units

ACTIONS = "x-seawall-actions"
"""What controls did, where an answer has no place for the field `seawall`."""
_MOST_BYTES = 96 * 1024 * 1024


class Direct:
    """Parse, reserve, guard, ask, guard again, settle: the steps of one such request."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def go(self, call: Call, body: bytes, form: DirectFormat) -> Answer:
        """Return the answer. Raises SeawallError; what is blocked is an error in every mode."""
        p = self._p
        await p.parse_chat(call, body, form)
        exchange, route = ready(call)
        openai_only(route, exchange.model, form.path.split("/")[1])
        route.max_output_tokens = form.output_tokens(exchange)
        units = form.units(exchange)
        call.besides = max(besides(x.models[exchange.model], units) for x in route.targets)
        p.kill(call)
        await p.usage_policy(call)
        p.wallet.rate(call)
        await p.reserve(call)
        await inspect(p, call, exchange)
        await self.prepare(form)
        return await self._ask(call, form, exchange, route)

    async def prepare(self, form: DirectFormat) -> None:
        """Get a request that was inspected ready to be sent. Raises SeawallError."""

    async def _ask(
        self, call: Call, form: DirectFormat, exchange: Exchange, route: Route
    ) -> Answer:
        p = self._p

        def write(upstream: Upstream, model: str) -> Question:
            sent = form.upstream(exchange, model)
            if isinstance(sent, Outgoing):
                return Question(form.path, FormBody(sent), content_type=None)
            return Question(form.path, sent)

        async with asked(p, call, exchange, route, write) as response:
            raw = await p.provider.whole(response, limit=_MOST_BYTES)
            media_type = response.headers.get("content-type", "").partition(";")[0].lower()
            reading = form.read(raw, media_type, exchange)
            call.usage = reading.usage
            if reading.units is not None:
                call.besides = besides(route.price, reading.units)
        await released(p, call, exchange, reading)
        shown = reading.render(reading.value, call.seawall(p.policy.disclosure.text))
        headers = {} if shown.media_type == JSON else {"content-type": shown.media_type}
        if shown.raw is not None and call.fired:
            headers[ACTIONS] = ",".join(f"{c}={a.value}" for c, a in sorted(call.fired.items()))
        return Answer(status=200, body=shown.body, raw=shown.raw, headers=headers)


def openai_only(route: Route, model: str, what: str) -> None:
    """Leave only OpenAI-compatible providers; others have no such routes. Raises RequestError."""
    route.narrow(tuple(x for x in route.targets if x.kind == "openai"), model)
    if not route.targets:
        raise RequestError(
            f"The provider of this model has no {what}.", code="unsupported_field",
            param="/model", hint="Ask for a model of an OpenAI-compatible provider.",
        )  # fmt: skip


@asynccontextmanager
async def asked(
    p: Parts, call: Call, exchange: Exchange, route: Route, write: Write
) -> AsyncIterator[Response]:
    """Yield the response of the first provider that answers; what was used is settled after it.

    Raises LimitError, KilledError, UpstreamFailedError.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(p.bounds(call))
        call.when_asked = partial(p.audit.pledge, call)
        response, slot = await p.ask.send(call, exchange.model, route, write, stack)
        try:
            yield response
        finally:
            p.settle(call)
            if call.usage is not None:
                slot.used(call.usage.total)


def besides(price: Price, units: Units) -> float:
    """Return what a request costs besides its tokens, in the policy's currency."""
    return price.per_image * units.images + price.per_minute * units.minutes


async def inspect(p: Parts, call: Call, exchange: Exchange, *, size: int | None = None) -> None:
    """Inspect a request `size` parts at a time, each within the guard's time; edits go into it.

    Raises BlockedError, also where something must be taken out of what cannot be edited.
    """
    size = size or p.settings.guard_batch_parts
    for start in range(0, len(exchange.parts), size):
        batch = exchange.parts[start : start + size]
        decision = await p.runner.inspect(batch, exchange)
        call.note(decision, batch)
        edits = edits_of(decision)
        if decision.action in STOPPING or edits is None:
            call.stop(decision)
            raise BlockedError("The request was blocked by this application's safety policy.")
        apply_edits(exchange, edits)


async def released(p: Parts, call: Call, exchange: Exchange | None, reading: Reading) -> None:
    """Inspect an answer, look by look; what must be taken out of it is. Raises BlockedError."""
    for look in reading.looks:
        parts = look(reading.value)
        size = p.settings.guard_batch_parts
        for start in range(0, len(parts), size):
            batch = parts[start : start + size]
            decision = await p.runner.inspect(batch, exchange)
            call.note(decision, batch)
            _apply(call, decision, reading)


def _apply(call: Call, decision: Decision, reading: Reading) -> None:
    edits: dict[tuple[str, tuple[int, int] | None], str] = {}
    acted = [part for part in decision.parts if part.action is Action.REDACT]
    for part in acted:
        if pointer.editable(part.pointer) and part.redacted is not None:
            edits[part.pointer, part.span] = part.redacted
    if decision.action in STOPPING or _stuck(acted, reading.spare):
        call.stop(decision)
        raise BlockedError("The answer was blocked by this application's safety policy.")
    pointer.apply(reading.value, edits)
    if acted:
        for spare in reading.spare:
            key = spare.removeprefix("key:/")
            if key in reading.value:
                reading.value[key] = []


def _stuck(acted: list[PartDecision], spare: frozenset[str]) -> bool:
    """Say whether something must be taken out of what can neither be edited nor left out."""
    return any(
        part.pointer not in spare and (part.redacted is None or not pointer.editable(part.pointer))
        for part in acted
    )
