"""What somebody may have meant."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, least: float = 0.6) -> str:
    """Return the known name that is most like `name` (difflib's ratio, 0 to 1), "" where none is
    as like as `least`.
    """
    close = difflib.get_close_matches(name, list(known), 1, least)
    return close[0] if close else ""
