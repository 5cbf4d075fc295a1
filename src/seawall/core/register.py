"""The risk register: what assess computes, govern judges and prints."""

from typing import Literal

import msgspec

from seawall.core.trials import ProbeResult

Applicability = Literal["applies", "unknown", "does not apply"]
Status = Literal["tested", "failed", "unverified", "attested", "not tested"]


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Yearly loss in `currency`: mean (ALE), quantiles, expected shortfall, P(loss > appetite).

    `basis` says where the success rate comes from: prior (no trial yet), measured, unverified
    (a control that nobody tested counts), mixed (a portfolio of these).
    """

    currency: str
    ale: float
    p50: float
    p90: float
    p95: float
    es95: float
    over_appetite: float
    formula: str
    basis: Literal["prior", "measured", "unverified", "mixed"] = "prior"


class CurvePoint(msgspec.Struct, frozen=True, kw_only=True):
    """P(yearly loss > `loss`), inherent and residual."""

    loss: float
    inherent: float
    residual: float


class Effectiveness(msgspec.Struct, frozen=True, kw_only=True):
    """e = 1 - p_on / p_off with its 95% interval; measured False means a labelled prior."""

    value: float
    low: float
    high: float
    measured: bool


class PitfallRow(msgspec.Struct, frozen=True, kw_only=True):
    """One pitfall: its probe measured off and on, the older of both on the day `measured`."""

    probe: str
    title: str
    category: str
    risk: str
    controls: tuple[str, ...]
    off: ProbeResult
    on: ProbeResult
    coverage: float
    effectiveness: Effectiveness
    tau: float
    status: Status
    reason: str = ""
    measured: str = ""


class RiskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One risk of the application. `trace` says in a sentence why it applies."""

    risk: str
    title: str
    category: str
    severity: str
    applicability: Applicability
    trace: str
    question: str = ""
    controls: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    inherent: Loss | None = None
    residual: Loss | None = None
    band_inherent: int = 0
    band_residual: int = 0
    ucb95: float | None = None
    tau: float = 0.0
    status: Status = "not tested"
    passes: bool = False
    reason: str = ""


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something to put right: what it is about, and a sentence."""

    subject: str
    sentence: str


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """All risks of one application at one time, and the portfolio."""

    application: str
    title: str
    created: str
    model: str
    currency: str
    appetite: float
    seed: int
    draws: int
    risks: tuple[RiskRow, ...]
    pitfalls: tuple[PitfallRow, ...]
    inherent: Loss
    residual: Loss
    curve: tuple[CurvePoint, ...]
    coverage: float
    not_tested: tuple[str, ...]
