"""Limits: reserve before anything costs, settle what was really used."""

import asyncio
from collections.abc import Collection

from seawall.gateway.call import Call
from seawall.gateway.limits import Limiter, cost_of
from seawall.gateway.steps.parse import estimate_tokens
from seawall.gateway.steps.wallet import WalletGuard
from seawall.store.spend import digest_name
from seawall.wire.openai_answer import Usage

# A server that is away hears of it later; no answer waits for that.
_HEARD_SECONDS = 1.0


class Reserve:
    """Holds room for the whole request: estimated prompt and the most it may answer."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    async def __call__(self, call: Call) -> None:
        """Set `call.reservation`. Raises LimitError (429, or 413 for what can never fit)."""
        exchange, route, key = call.exchange, call.route, call.key
        if exchange is None or route is None or key is None:
            raise RuntimeError("reserve runs after parse and authenticate")
        call.estimate_input = estimate_tokens(exchange)
        call.estimate_output = route.max_output_tokens * exchange.choices
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

    def __init__(self, wallet: WalletGuard) -> None:
        self._wallet = wallet

    def __call__(self, call: Call) -> None:
        """Settle or release the reservation; a second call changes nothing."""
        reservation, route = call.reservation, call.route
        if reservation is None or not reservation.open:
            return
        if not call.sent or route is None:
            charge = reservation.release()
            call.charge = charge if charge.shares else call.charge
            return
        used = call.usage or self._estimate(call)
        call.cost = call.besides + cost_of(route.price, used.prompt_tokens, used.completion_tokens)
        call.charge = self._wallet.settled(call, reservation.settle(used.total, call.cost))

    @staticmethod
    def _estimate(call: Call) -> Usage:
        """Return what was probably used: of a stream what was seen, of the rest the most."""
        streamed = call.exchange is not None and call.exchange.stream
        output = call.seen_chars // 3 + 1 if streamed else call.estimate_output
        return Usage(
            prompt_tokens=call.estimate_input,
            completion_tokens=min(output, call.estimate_output),
        )


async def heard(call: Call) -> None:
    """Wait until a server that counts knows what was used: then its room is free for all."""
    closing = call.reservation.closing if call.reservation is not None else None
    if closing is not None and not closing.done():
        await asyncio.wait([asyncio.wrap_future(closing)], timeout=_HEARD_SECONDS)
