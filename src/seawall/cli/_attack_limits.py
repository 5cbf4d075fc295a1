"""Options of what an attack may use: requests a second, requests and money in all."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from seawall.redteam.turns import Limits

Rate = Annotated[float | None, typer.Option(min=0.01, help="Requests a second at most.")]
MaxRequests = Annotated[int | None, typer.Option(min=1, help="Requests at most, this time.")]
MaxCost = Annotated[
    float | None, typer.Option(min=0, help="Money at most, this time; needs --request-cost.")
]
RequestCost = Annotated[float, typer.Option(min=0, help="What one request costs, about.")]


def limits_of(given: Mapping[str, Any]) -> "Limits":
    """Return the limits that a command's options set. Raises InputError for a cost of nothing."""
    from seawall.core.errors import InputError
    from seawall.redteam.turns import Limits

    if given["max_cost"] is not None and not given["request_cost"]:
        raise InputError("--max-cost needs --request-cost.")
    return Limits(
        per_second=given["rate"], requests=given["max_requests"], cost=given["max_cost"],
        request_cost=given["request_cost"],
    )  # fmt: skip
