"""Ask a provider: slot, request, and the next provider when one certainly did nothing."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random
from types import TracebackType

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.gateway.answers import JSON, UpstreamFailedError
from seawall.gateway.breaker import LONGEST_WAIT, Breaker, RetryBudget, backoff
from seawall.gateway.call import Call, Route
from seawall.gateway.fair_queue import FairQueue, Slot
from seawall.gateway.http.form import FormBody
from seawall.gateway.http.response import Response
from seawall.gateway.retain import told_to_keep_nothing
from seawall.gateway.steps.upstream import Posted, Provider
from seawall.gateway.targets import Targets
from seawall.policy.model import Policy, Upstream
from seawall.wire import upstreams

# The provider did no work that costs: the request may go to it again, or to another one.
_AGAIN = {"upstream_unreachable", "upstream_rate_limited", "upstream_overloaded", "upstream_error"}
# Asking the same provider again does not help, another one may.
_ELSEWHERE = {*_AGAIN, "upstream_refused_key"}
BROKEN = {"upstream_unreachable", "upstream_overloaded", "upstream_error", "upstream_timeout",
          "upstream_broken"}  # fmt: skip
_BUSY = {"upstream_rate_limited", "upstream_overloaded"}
_OVERLOADED = {"upstream_rate_limited", "upstream_overloaded", "upstream_timeout"}


@dataclass(frozen=True, slots=True)
class Question:
    """What one provider gets; `path` follows its `base_url`, a form names its own type."""

    path: str
    data: bytes | FormBody
    content_type: str | None = JSON
    stream: bool = False


Write = Callable[[Upstream, str], Question]
"""Writes a question anew for a provider, with that provider's name of the model.

Raises RequestError for what that provider has no word for: then another one is asked.
"""


class Ask:
    """Finds a provider that answers. Nothing has reached the client before it returns."""

    def __init__(
        self,
        policy: Policy,
        provider: Provider,
        queues: Mapping[str, FairQueue],
        targets: Targets,
        rng: Random | None = None,
        budget: RetryBudget | None = None,
    ) -> None:
        self._policy = policy
        self._provider = provider
        self._queues = queues
        self._targets = targets
        self._budget = budget or RetryBudget()
        self._rng = rng or Random()

    async def __call__(
        self, call: Call, exchange: Exchange, route: Route, stack: AsyncExitStack
    ) -> tuple[Response, Slot]:
        """Ask a chat: `send` with the question in each provider's own format."""
        nothing_kept = told_to_keep_nothing(self._policy, call)

        def write(upstream: Upstream, model: str) -> Question:
            kind = upstreams.of(upstream.kind, exchange)
            data = kind.request(
                exchange,
                model=model,
                max_output_tokens=route.max_output_tokens,
                training_opt_out=nothing_kept,
                signed=upstream.signed,
                omitted=upstream.omitted,
            )
            return Question(kind.path, data, stream=exchange.stream)

        acts = upstreams.uses_hosted(exchange)
        return await self.send(call, exchange.model, route, write, stack, acts=acts)

    async def send(
        self, call: Call, model: str, route: Route, write: Write, stack: AsyncExitStack, *,
        acts: bool = False,
    ) -> tuple[Response, Slot]:  # fmt: skip
        """Return a provider's 2xx response and its slot, both open until `stack` closes.

        `acts`: the provider runs tools of its own, and may have before it failed.
        Raises LimitError (no slot in time), UpstreamFailedError, and RequestError where no provider
        of the model can take the request; `route` names who was asked.
        """
        last: UpstreamFailedError | None = None
        unfit: dict[str, RequestError] = {}
        for upstream, attempt in self._targets.plan(route.targets):
            if upstream.name in unfit:
                continue
            if attempt and last is not None:
                if not self._may_repeat(last):
                    continue
                await asyncio.sleep(backoff(attempt, self._rng.random(), last.retry_after))
            named = upstream.models[model].upstream_model or model
            try:
                question = write(upstream, named)
            except RequestError as error:
                unfit[upstream.name] = error
                continue
            route.use(upstream, model)
            try:
                return await self._try(call, question, route, named, stack)
            except UpstreamFailedError as error:
                done = acts and error.code == "upstream_error"
                if error.code not in _ELSEWHERE or done:
                    raise
                last = error
        if last is not None:
            raise last
        fit = tuple(one for one in route.targets if one.name not in unfit)
        if not fit:
            raise next(iter(unfit.values()))
        raise left_alone(self._targets.wait(fit))

    def _may_repeat(self, last: UpstreamFailedError) -> bool:
        """Say whether the provider that failed last may be asked once more."""
        soon = last.retry_after <= LONGEST_WAIT
        return last.code in _AGAIN and soon and self._budget.spend()

    async def _try(
        self, call: Call, question: Question, route: Route, model: str, stack: AsyncExitStack
    ) -> tuple[Response, Slot]:
        upstream = route.upstream
        slot, breaker = self._slot(call, route, upstream), self._targets.breakers[upstream.name]
        await slot.__aenter__()
        asked = _Asked(slot)
        try:
            if not breaker.enter():
                raise UpstreamFailedError(
                    "The provider is being probed.", code="upstream_unreachable", status=503,
                    retry_after=1,
                )  # fmt: skip
            asked.breaker = breaker
            began = time.monotonic()
            post = self._provider.post(
                call, upstream, question.path, question.data, stream=question.stream,
                content_type=question.content_type, model=model,
            )  # fmt: skip
            response = await post.__aenter__()
            asked.post = post
            slot.answered(time.monotonic() - began)
            breaker.succeeded()
            self._budget.earn()
        except BaseException as error:
            asked.ended(error)
            raise
        stack.push_async_exit(asked)
        return response, slot

    def _slot(self, call: Call, route: Route, upstream: Upstream) -> Slot:
        function = call.key.function if call.key else ""
        tokens = call.estimate_input + call.estimate_output
        seconds = route.function.limits.queue_seconds
        return self._queues[upstream.name].slot(function, tokens, seconds)


def left_alone(wait: float) -> UpstreamFailedError:
    """Return the error of a provider whose breaker is open for so many seconds."""
    return UpstreamFailedError(
        "The provider failed too often and is left alone for a moment.",
        code="upstream_unavailable", status=503, retry_after=max(1, round(wait + 0.5)),
        hint="Try again later.",
    )  # fmt: skip


class _Asked:
    """A provider that was asked: leaving ends its answer, tells breaker and queue how it went.

    One object on the caller's stack, because every request has one.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self.breaker: Breaker | None = None
        self.post: Posted | None = None

    async def __aenter__(self) -> None:
        """Nothing to do: it is made when everything has been entered."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self.post is not None:
                await self.post.__aexit__(kind, error, trace)
        except BaseException as other:
            error = other
            raise
        finally:
            self.ended(error)

    def ended(self, error: BaseException | None) -> None:
        """Tell how the request ended, whatever ended it, and give the slot back."""
        try:
            if self.breaker is None:
                return
            if isinstance(error, UpstreamFailedError):
                self._failed(self.breaker, error)
            else:
                self.breaker.undecided()
        finally:
            self._slot.leave()

    def _failed(self, breaker: Breaker, error: UpstreamFailedError) -> None:
        if error.code in _OVERLOADED:
            self._slot.overloaded()
        if error.code in _BUSY:
            breaker.rest(error.retry_after)
        if error.code in BROKEN:
            breaker.failed()
        else:
            breaker.succeeded()  # it refused the request: it is there
