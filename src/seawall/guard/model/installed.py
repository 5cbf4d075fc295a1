"""The weights that Seawall brings along: where they are, and the error for those that fail."""

from functools import cache
from importlib import resources
from pathlib import Path

from seawall.core.errors import MissingPartError


@cache
def weights() -> Path:
    """Return the folder of all weights."""
    return Path(str(resources.files("seawall.guard.model") / "weights"))


def unreadable(what: str, error: Exception) -> MissingPartError:
    """Return the error that tells what cannot be read, and what to do."""
    return MissingPartError(
        f"{what} cannot be read ({type(error).__name__}).", hint="Reinstall Seawall."
    )
