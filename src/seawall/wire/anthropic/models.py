"""The list of models as Anthropic's clients read it."""

from collections.abc import Sequence
from typing import Any


def model(name: str) -> dict[str, Any]:
    """Return one model. Nobody here knows its date, which the format allows to be the epoch."""
    return {
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": "active",
    }


def page(names: Sequence[str]) -> dict[str, Any]:
    """Return all models as one page."""
    return {
        "data": [model(name) for name in names],
        "has_more": False,
        "first_id": names[0] if names else None,
        "last_id": names[-1] if names else None,
    }
