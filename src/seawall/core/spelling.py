"""What somebody may have meant."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, least: float = 0.6) -> str:
    """Return the known name that is most like `name` (difflib's ratio, 0 to 1), "" where none is
    as like as `least`.
    """
    close = difflib.get_close_matches(name, list(known), 1, least)
    return close[0] if close else ""


def instead(name: str, known: Iterable[str], listed: str) -> str:
    """Return a hint for an unknown name: the nearest one, else all that there are after `listed`;
    "" where there are none.
    """
    names = sorted(known)
    close = nearest(name, names)
    if close:
        return f"Did you mean {close}?"
    return f"{listed} {', '.join(names)}." if names else ""
