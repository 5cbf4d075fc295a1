"""What a batch paid in advance and did not use comes back, once, when its end is seen here."""

import asyncio
from typing import Any

from seawall.core.errors import UpstreamError
from seawall.gateway.call import Call
from seawall.gateway.prices import cost_of_usage
from seawall.gateway.reservations import nanos_of
from seawall.gateway.routes.credit import Credit, Paid
from seawall.wire import openai_batches

_ENDS = ("completed", "failed", "expired", "cancelled")


class BatchCredit(Credit):
    """Settles a batch with what its answers used; lines without an answer cost nothing."""

    async def used(self, call: Call, shown: dict[str, Any], paid: Paid) -> tuple[int, int] | None:
        """Return (tokens, billionths) of all answers; None when nobody can know.

        The provider's file cannot be read, an answer says nothing of its tokens, or the policy
        has a model's price no more.
        """
        batch, models = shown, self._keeper.upstream.models
        if batch.get("status") not in _ENDS:
            return None
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
        unpriced = any(model not in models for model in paid.models)
        if unpriced or None in usages or len(usages) < (answered or 0):
            return None
        prices = [models[model] for model in paid.models]
        known = [usage for usage in usages if usage is not None]
        cost = sum(max(cost_of_usage(price, usage) for price in prices) for usage in known)
        return sum(usage.total for usage in known), nanos_of(cost)
