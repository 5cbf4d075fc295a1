"""What a drill is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from seawall.demo.drills.bench import Bench


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt on one control, made twice: without it, and with it.

    `what` says in words what is attempted. `through` makes the attempt and returns whether it came
    to its end. `without` are the policy's sections where the control is off, None: a provider with
    no gateway before it. `shared` sections stand in both policies. `upstreams` as in `Bench`.
    `stopped`: what becomes of the attempt with the control, a clause.
    """

    control: str
    what: str
    through: Callable[[Bench], bool]
    without: Mapping[str, Any] | None
    shared: Mapping[str, Any] = {}
    upstreams: Sequence[Mapping[str, Any]] = ()
    stopped: str = "it was refused"
