"""What a request costs: only models with a price in the policy are served."""

from seawall.core.errors import RequestError
from seawall.policy.model import Policy, Price
from seawall.wire.usage import Usage

# Of the price of input: what the dearest provider takes to keep a prompt for an hour.
_WRITE_TIMES = 2.0


def price(policy: Policy, model: str) -> Price:
    """Return a model's price. Raises RequestError `model_unpriced`: without a price, no request."""
    for upstream in policy.upstreams:
        if model in upstream.models:
            return upstream.models[model]
    raise RequestError(
        f"The policy has no price for the model {model!r}, so its cost cannot be limited.",
        code="model_unpriced",
        param="model",
        hint="Ask for a model that the policy names, or add it with its price.",
    )


def cost_of_usage(price: Price, used: Usage) -> float:
    """Return the cost of what a provider counted, in the policy's currency.

    Tokens that its cache gave or took have prices of their own in the policy. Without them, those
    given cost what others do, and those taken twice as much: never less than the bill.
    """
    full = price.input_per_million
    given = full if price.cached_input_per_million is None else price.cached_input_per_million
    taken = price.cache_write_per_million
    taken = _WRITE_TIMES * full if taken is None else taken
    cached, written = used.cached or 0, used.written or 0
    rest = cost_of(price, used.prompt_tokens - cached - written, used.completion_tokens)
    return rest + (given * cached + taken * written) / 1_000_000


def cost_of(price: Price, input_tokens: int, output_tokens: int) -> float:
    """Return the cost of a request in the policy's currency."""
    million = 1_000_000
    return (
        price.input_per_million * input_tokens + price.output_per_million * output_tokens
    ) / million
