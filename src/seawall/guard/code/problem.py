"""What is wrong with a piece of code."""

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`label` stands on the detector's card; start and end count in the whole text."""

    label: str
    start: int
    end: int
    why: str
    score: float = 0.9
