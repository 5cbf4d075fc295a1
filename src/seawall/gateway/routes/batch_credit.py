"""What a batch paid in advance and did not use comes back, once, when its end is seen here."""

import asyncio
from typing import Any

import msgspec

from seawall.core.errors import UpstreamError
from seawall.gateway.call import Call
from seawall.gateway.prices import cost_of_usage
from seawall.gateway.reservations import nanos_of
from seawall.gateway.routes.kept import Keeper
from seawall.policy.model import Price
from seawall.store.objects import StoredObject
from seawall.store.spend import Charge
from seawall.wire import openai_batches

_ENDS = ("completed", "failed", "expired", "cancelled")


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch has paid: the charge, who it counted for, and the models of its lines."""

    charge: Charge
    who: dict[str, str]
    models: list[str]


class BatchCredit:
    """Settles a batch with what its answers used; lines without an answer cost nothing."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    async def __call__(self, call: Call, found: StoredObject, batch: dict[str, Any]) -> None:
        """Give back what a batch that has ended did not use. `batch`: as the client sees it.

        Nothing comes back while it is not known what was used: the provider's file cannot be
        read, or an answer says nothing of its tokens.
        """
        if batch.get("status") not in _ENDS or "paid" not in found.info or "used" in found.info:
            return
        paid = msgspec.convert(found.info["paid"], Paid)
        used = await self._used(call, batch, paid)
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

    async def _used(self, call: Call, batch: dict[str, Any], paid: Paid) -> tuple[int, int] | None:
        """Return (tokens, billionths) of all answers; None when nobody can know."""
        answered = batch.get("request_counts", {}).get("completed")
        output = batch.get("output_file_id")
        if output is None:
            return (0, 0) if answered == 0 or batch["status"] == "failed" else None
        keeper = self._keeper
        try:
            file = await keeper.find(call, "file", output)
            raw = await keeper.ask(call, "GET", f"/files/{file.provider_id}/content")
            found = await asyncio.to_thread(openai_batches.results, raw)
        except UpstreamError:
            return None
        usages = [openai_batches.usage_of(result) for result in found if result.body is not None]
        if None in usages or len(usages) < (answered or 0):
            return None
        prices = [self._price(model) for model in paid.models]
        known = [usage for usage in usages if usage is not None]
        cost = sum(max(cost_of_usage(price, usage) for price in prices) for usage in known)
        return sum(usage.total for usage in known), nanos_of(cost)

    def _price(self, model: str) -> Price:
        return self._keeper.upstream.models[model]
