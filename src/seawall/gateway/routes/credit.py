"""What is paid in advance, at the most it may cost, and comes back where it was not used."""

import asyncio
from abc import ABC, abstractmethod
from functools import partial
from typing import Any

import msgspec

from seawall.gateway.call import Call
from seawall.gateway.routes.kept import Keeper, caller_of
from seawall.gateway.steps.reserve import who_of
from seawall.store.objects import StoredObject
from seawall.store.spend import Charge


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """What an object has paid: the charge, who it counted for, and the models that it uses."""

    charge: Charge
    who: dict[str, str]
    models: list[str]


async def made(
    keeper: Keeper, call: Call, path: str, data: bytes, tokens: int, cost: float
) -> bytes:
    """Return the provider's answer to what makes an object, which is paid unless it is refused.

    Raises LimitError before the provider hears of it, and what `Keeper.make` raises.
    """
    p = keeper.parts
    p.wallet.rate(call)
    call.who = who_of(call, p.limiter.scopes)
    reservation = await p.limiter.hold(caller_of(call).function, tokens, cost, call.who)
    with reservation:
        call.when_asked = partial(p.audit.pledge, call, reservation.held)
        try:
            return await keeper.make(call, path, data)
        finally:
            if call.sent:  # it may run also where no answer came
                call.cost = cost
                call.charge = p.wallet.settled(call, reservation.settle(tokens, cost))


def noted(call: Call, models: list[str]) -> dict[str, Any]:
    """Return what is kept with an object of what it has paid."""
    if call.charge is None:
        raise RuntimeError("nothing was paid")
    return {
        "paid": msgspec.to_builtins(Paid(charge=call.charge, who=dict(call.who), models=models))
    }


class Credit(ABC):
    """Settles an object, once, when its end is first seen here."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    @abstractmethod
    async def used(self, call: Call, shown: dict[str, Any], paid: Paid) -> tuple[int, int] | None:
        """Return the tokens and billionths that were used; None while nobody can know."""

    async def __call__(self, call: Call, found: StoredObject, shown: dict[str, Any]) -> None:
        """Give back what was not used. `shown`: the object as the client sees it.

        Nothing comes back while it is not known what was used.
        """
        if "paid" not in found.info or "used" in found.info:
            return
        paid = msgspec.convert(found.info["paid"], Paid)
        used = await self.used(call, shown, paid)
        if used is None:
            return
        tokens, nanos = used
        after = {**found.info, "used": {"tokens": tokens, "nanos": nanos}}
        if not await asyncio.to_thread(self._keeper.objects.swap, found, after):
            return  # another request was first
        back = msgspec.structs.replace(
            paid.charge, tokens=tokens - paid.charge.tokens, nanos=nanos - paid.charge.nanos,
            requests=0,
        )  # fmt: skip
        self._keeper.parts.limiter.give_back(back.function, paid.who, back)
        call.credits.append(back)
        call.details["given_back"] = round(-back.nanos / 1e9, 9)
