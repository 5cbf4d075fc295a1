"""A comparison of two dates, as data."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from seawall.core.register import Register
from seawall.core.trials import Mode, ProbeResult
from seawall.govern.status.model import ControlState

Direction = Literal["worse", "better", "new", "gone", "same", "not comparable"]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two dates. `register` None: only attacks are known (a stored run).

    `rates` are results by (probe, mode), `titles` names of probes, `states` those of the controls
    as of its day. `created` is ISO; `application` is empty where it is not known.
    """

    name: str
    application: str
    created: str
    model: str
    rates: Mapping[tuple[str, Mode], ProbeResult]
    titles: Mapping[str, str] = {}
    register: Register | None = None
    states: Sequence[ControlState] = ()


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What one side is: where it was read, of which application, model and time."""

    name: str
    application: str
    created: str
    model: str


class RiskChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changed of a risk, a sentence each; `before` and `after` say how it stood."""

    risk: str
    title: str
    direction: Direction
    before: str
    after: str
    changes: tuple[str, ...]


class ControlChange(msgspec.Struct, frozen=True, kw_only=True):
    """A control's state at both dates, and the reason for the later one."""

    control: str
    title: str
    direction: Direction
    before: str
    after: str
    reason: str


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A success rate between 0 and 1 with its 95% interval, of `n` scored attempts."""

    n: int
    asr: float
    low: float
    high: float


class RateChange(msgspec.Struct, frozen=True, kw_only=True):
    """A probe's rate at both dates. `difference` is after minus before, with its 95% interval.

    It is worse or better only where the interval of the difference leaves out zero.
    """

    probe: str
    title: str
    mode: Mode
    direction: Direction
    before: Rate | None
    after: Rate | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None


class LossChange(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of loss at both dates, in `unit` ("EUR a year", "probability").

    `subject` is a risk's id, or "all risks". It counts as changed beyond a tenth.
    """

    subject: str
    title: str
    measure: str
    unit: str
    direction: Direction
    before: float | None
    after: float | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that changed. `notes` say what makes the two sides hard to compare."""

    before: About
    after: About
    notes: tuple[str, ...]
    risks: tuple[RiskChange, ...]
    controls: tuple[ControlChange, ...]
    rates: tuple[RateChange, ...]
    losses: tuple[LossChange, ...]

    @property
    def worse(self) -> bool:
        """Say whether anything got worse: a risk, a control or a rate, or a new risk applies."""
        rows: tuple[RiskChange | ControlChange | RateChange, ...]
        rows = (*self.risks, *self.controls, *self.rates)
        new = any(row.direction == "new" for row in self.risks)
        return new or any(row.direction == "worse" for row in rows)
