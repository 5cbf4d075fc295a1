"""Refuse loops and cost bursts before anything costs, as the policy's `wallet` says."""

import time
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from seawall.core.exchange import Exchange
from seawall.gateway.accounts import NANOS
from seawall.gateway.call import Call
from seawall.gateway.reservations import LimitError
from seawall.gateway.steady import SteadyClock
from seawall.gateway.wallet import CostRate, LoopDetector, news_of
from seawall.policy.model import Policy
from seawall.store.spend import Charge, Share, Used, day_begins


class WalletGuard:
    """Runs both detectors; without them in the policy it does nothing.

    `used`: what keys used since the day before this start; `used_by_keys` reads it. `before`: that
    of another policy, whose counts go on.
    """

    def __init__(
        self, policy: Policy, clock: Callable[[], float] = time.time, *, used: Iterable[Used] = (),
        before: "WalletGuard | None" = None,
    ) -> None:  # fmt: skip
        wallet = policy.wallet
        self._control = policy.limits_control
        self._clock: SteadyClock = SteadyClock(clock) if before is None else before._clock
        loops: LoopDetector | None = None if before is None else before._loops
        rate: CostRate | None = None if before is None else before._rate
        self._loops: LoopDetector | None = (
            LoopDetector(wallet.repeats, wallet.repeat_seconds, wallet.similarity, before=loops)
            if wallet.repeats is not None
            else None
        )
        self._rate: CostRate | None = (
            CostRate(round(wallet.cost_burst * NANOS), wallet.burst_factor, before=rate)
            if wallet.cost_burst is not None
            else None
        )

        self._restore(used)

    def _restore(self, used: Iterable[Used]) -> None:
        """Start with what is usual for each key: a busy one is no burst because we are new."""
        rate = self._rate
        if rate is None:
            return
        spent: dict[str, int] = {}
        first: dict[str, str] = {}
        for row in used:
            key = row.share.name
            spent[key] = spent.get(key, 0) + max(0, row.nanos)
            first[key] = min(first.get(key, row.day), row.day)
        now = self._clock()
        for key, nanos in spent.items():
            rate.restore(key, nanos, now - day_begins(first[key]), now)

    def __call__(self, call: Call, exchange: Exchange) -> None:
        """Raise LimitError 429 `loop_detected` or `cost_burst`."""
        key = call.key
        if key is None or (self._loops is None and self._rate is None):
            return
        now = self._clock()
        if self._loops is not None:
            session = f"{key.key_id}\n{exchange.user}\n{call.session}"
            wait = self._loops.wait(session, news_of(exchange), now)
            if wait > 0:
                message = "This session sends the same request again and again."
                raise self._error(message, "loop_detected", key.function, wait)
        self.rate(call)

    def rate(self, call: Call) -> None:
        """Raise LimitError 429 `cost_burst`. What is no chat may repeat itself, not cost more."""
        key = call.key
        if key is None or self._rate is None:
            return
        wait = self._rate.wait(key.key_id, self._clock())
        if wait > 0:
            message = "This key costs far more than it usually does."
            raise self._error(message, "cost_burst", key.function, wait)

    def settled(self, call: Call, charge: Charge) -> Charge:
        """Count what a settled request cost; return its charge, remembered for its key too."""
        if self._rate is None or call.key is None or call.cost <= 0:
            return charge
        self._rate.note(call.key.key_id, round(call.cost * NANOS), self._clock())
        mine = Share(scope="key", name=call.key.key_id)
        return charge if mine in charge.shares else replace(charge, shares=(*charge.shares, mine))

    def _error(self, message: str, code: str, function: str, wait: float) -> LimitError:
        return LimitError(
            message, control=self._control, function=function, limit=code, retry_after=wait,
            code=code, hint="Stop what repeats itself, or ask the operator.",
        )  # fmt: skip
