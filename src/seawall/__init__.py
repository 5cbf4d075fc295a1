"""Seawall: risk mitigation for generative-AI applications, assessed, enforced and measured."""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seawall.guard.api import Guard

# ONNX Runtime sends events to its maker unless this is set before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"
__all__ = ["Guard", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the guard when it is asked for: the command line starts without it."""
    if name == "Guard":
        from seawall.guard.api import Guard

        return Guard
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
