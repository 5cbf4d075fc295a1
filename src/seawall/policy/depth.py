"""How deep trained models read a text."""

from collections.abc import Iterable
from typing import Literal, get_args

# The least first: a static model of runs of bytes, with it none; quick models; all of them.
Depth = Literal["static", "quick", "full"]
DEPTHS: tuple[Depth, ...] = get_args(Depth)


def deepest(depths: Iterable[Depth]) -> Depth:
    """Return the one that reads most. Raises ValueError for none."""
    return max(depths, key=DEPTHS.index)
