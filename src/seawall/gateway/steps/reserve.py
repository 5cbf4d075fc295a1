"""Limits: reserve before anything costs, settle what was really used."""

import asyncio
import time
from collections.abc import Collection

import msgspec

from seawall.gateway import hosted_bound
from seawall.gateway.call import Call
from seawall.gateway.limits import Limiter, cost_of
from seawall.gateway.prices import cost_of_usage
from seawall.gateway.steps.wallet import WalletGuard
from seawall.gateway.tokens import DearKeys, most_answered, most_tokens
from seawall.policy.hosted import Hosted
from seawall.store.spend import digest_name
from seawall.wire.upstreams import uses_hosted
from seawall.wire.usage import Usage

# So many tokens a second do the quickest of the common models that think.
_THOUGHTS_A_SECOND = 300
# A server that is away hears of it later; no answer waits for that.
_HEARD_SECONDS = 1.0


class Reserve:
    """Holds room for the whole request: the most its prompt may cost, and its answer."""

    def __init__(self, limiter: Limiter, dear: DearKeys, hosted: Hosted | None = None) -> None:
        self._limiter = limiter
        self._hosted = hosted or Hosted()
        self._dear = dear

    async def __call__(self, call: Call) -> None:
        """Set `call.reservation`. Raises LimitError (429, or 413 for what can never fit)."""
        exchange, route, key = call.exchange, call.route, call.key
        if exchange is None or route is None or key is None:
            raise RuntimeError("reserve runs after parse and authenticate")
        call.estimate_input = most_tokens(exchange, dear=key.key_id in self._dear)
        call.estimate_output = most_answered(exchange, route.max_output_tokens)
        if uses_hosted(exchange):
            most = hosted_bound.most_cost(exchange, self._hosted)
            call.besides, asked = call.besides + most, call.estimate_input
            call.estimate_input = hosted_bound.most_input(
                exchange, self._hosted, asked, call.estimate_output
            )
        # Any of the providers may be asked: the dearest has to fit.
        cost = call.besides + max(
            cost_of(x.models[exchange.model], call.estimate_input, call.estimate_output)
            for x in route.targets
        )
        call.who = who_of(call, self._limiter.scopes)
        call.reservation = await self._limiter.hold(
            key.function, call.estimate_input + call.estimate_output, cost, call.who
        )

    async def request(self, call: Call) -> None:
        """Hold room for one request that costs no tokens. Raises LimitError."""
        if call.key is None:
            raise RuntimeError("authenticate comes first")
        call.who = who_of(call, self._limiter.scopes)
        call.reservation = await self._limiter.hold(call.key.function, 0, 0.0, call.who)


def who_of(call: Call, scopes: Collection[str]) -> dict[str, str]:
    """Return the names of `scopes` (team, user, key, session) that a request counts for.

    Users and sessions are named by digests. A session belongs to its key and user; without the
    header, it is all that the user asks with the key.
    """
    key_id = call.key.key_id if call.key else ""
    user = call.exchange.user if call.exchange else call.user
    names: dict[str, str] = {}
    for scope in scopes:
        if scope == "key":
            names[scope] = key_id
        elif scope == "user":
            names[scope] = digest_name(scope, user)
        elif scope == "session":
            names[scope] = digest_name(scope, f"{key_id}\n{user}\n{call.session}")
        elif scope == "team":
            names[scope] = call.key.team if call.key else ""
    return names


class Settle:
    """Books what a request used: the provider's count, or a cautious estimate."""

    def __init__(self, wallet: WalletGuard, dear: DearKeys) -> None:
        self._wallet = wallet
        self._dear = dear

    def __call__(self, call: Call) -> None:
        """Settle or release the reservation; a second call changes nothing."""
        reservation, route = call.reservation, call.route
        if reservation is None or not reservation.open:
            return
        if not call.sent or route is None:
            call.charge = reservation.release()
            return
        used = _used(call)
        if call.key is not None and call.exchange is not None:
            asked = used.prompt_tokens
            self._dear.note(call.key.key_id, call.exchange, call.estimate_input, asked)
        call.cost = call.besides + cost_of_usage(route.price, used)
        call.charge = self._wallet.settled(call, reservation.settle(used.total, call.cost))


def _used(call: Call) -> Usage:
    """Return what a request used, never less than the provider's bill.

    A count that is 0 where there was something to count is none, and what was counted in the
    middle of a stream is not all.
    """
    told = call.usage
    if told is None:
        return Usage(prompt_tokens=call.estimate_input, completion_tokens=_said(call))
    asked, said = told.prompt_tokens or call.estimate_input, told.completion_tokens
    if call.midway or (call.seen_chars and not said):
        said = max(said, _said(call))
    if (asked, said) == (told.prompt_tokens, told.completion_tokens):
        return told
    return msgspec.structs.replace(told, prompt_tokens=asked, completion_tokens=said)


def _said(call: Call) -> int:
    """Return what an answer probably took: of a stream what was seen, of the rest the most.

    A token is at most a piece of a stream, and three bytes on average. Nobody sees a model's
    thoughts: they are counted by the time until it spoke.
    """
    if call.unanswered:
        return 0
    seen = max(call.seen_bytes // 3, call.seen_pieces) + 1
    if call.exchange is None or not call.exchange.stream:
        return max(seen if call.seen_bytes else 0, call.estimate_output)
    if call.overran:  # who does not keep to the limit may bill what was said
        return max(seen, call.estimate_output)
    silent = 0.0
    if call.upstream_began:
        until = call.seen_first or call.upstream_ended or time.perf_counter()
        silent = max(0.0, until - call.upstream_began)
    most = max(call.estimate_output, call.seen_pieces)
    return min(seen + round(silent * _THOUGHTS_A_SECOND), most)


async def heard(call: Call) -> None:
    """Wait until a server that counts knows what was used: then its room is free for all."""
    closing = call.reservation.closing if call.reservation is not None else None
    if closing is not None and not closing.done():
        await asyncio.wait([asyncio.wrap_future(closing)], timeout=_HEARD_SECONDS)
