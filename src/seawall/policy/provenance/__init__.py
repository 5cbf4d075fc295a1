"""Where the values of a tool call come from, and what follows from it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seawall.policy.provenance.traced import Trace

if TYPE_CHECKING:
    from seawall.policy.provenance.judge import Judgement, Provenance
    from seawall.policy.provenance.trusted import from_trusted

__all__ = ["Judgement", "Provenance", "Trace", "from_trusted"]

JUDGE = "seawall.policy.provenance.judge"
"""What is loaded with the first tool call: who serves no tools need not wait for it."""
_PLACES = {
    "Judgement": JUDGE,
    "Provenance": JUDGE,
    "from_trusted": "seawall.policy.provenance.trusted",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
