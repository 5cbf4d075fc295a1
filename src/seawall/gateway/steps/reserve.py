"""Limits: reserve before anything costs, settle what was really used."""

from seawall.gateway.call import Call
from seawall.gateway.limits import Limiter, cost_of
from seawall.gateway.steps.parse import estimate_tokens
from seawall.wire.openai_answer import Usage


class Reserve:
    """Holds room for the whole request: estimated prompt and the most it may answer."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def __call__(self, call: Call) -> None:
        """Set `call.reservation`. Raises LimitError (429, or 413 for what can never fit)."""
        exchange, route, key = call.exchange, call.route, call.key
        if exchange is None or route is None or key is None:
            raise RuntimeError("reserve runs after parse and authenticate")
        call.estimate_input = estimate_tokens(exchange)
        call.estimate_output = route.max_output_tokens * exchange.choices
        cost = cost_of(route.price, call.estimate_input, call.estimate_output)
        call.reservation = self._limiter.reserve(
            key.function, call.estimate_input + call.estimate_output, cost
        )


class Settle:
    """Books what a request used: the provider's count, or a cautious estimate."""

    def __call__(self, call: Call) -> None:
        """Settle or release the reservation; a second call changes nothing."""
        reservation, route = call.reservation, call.route
        if reservation is None or not reservation.open:
            return
        if not call.sent or route is None:
            reservation.release()
            return
        used = call.usage or self._estimate(call)
        call.cost = cost_of(route.price, used.prompt_tokens, used.completion_tokens)
        call.charge = reservation.settle(used.total, call.cost)

    @staticmethod
    def _estimate(call: Call) -> Usage:
        """Return what was probably used: of a stream what was seen, of the rest the most."""
        streamed = call.exchange is not None and call.exchange.stream
        output = call.seen_chars // 3 + 1 if streamed else call.estimate_output
        return Usage(
            prompt_tokens=call.estimate_input,
            completion_tokens=min(output, call.estimate_output),
        )
