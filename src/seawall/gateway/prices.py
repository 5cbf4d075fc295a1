"""What a request costs: only models with a price in the policy are served."""

from seawall.core.errors import RequestError
from seawall.policy.model import Policy, Price


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


def cost_of(price: Price, input_tokens: int, output_tokens: int) -> float:
    """Return the cost of a request in the policy's currency."""
    million = 1_000_000
    return (
        price.input_per_million * input_tokens + price.output_per_million * output_tokens
    ) / million
