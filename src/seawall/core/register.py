"""The risk register: what assess computes, govern judges and prints."""

from typing import Literal

import msgspec

from seawall.core.trials import HarmlessResult, Mode, ProbeResult

Applicability = Literal["applies", "unknown", "does not apply"]
# Tried, "tested" is shown to be within the tolerance, "failed" above it; "not shown": neither.
Status = Literal["tested", "failed", "not shown", "unverified", "attested", "not tested"]


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


class PackRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sector or topic of the application: how its risks show there, and what to count.

    `shows` has a risk as its subject; `trace` says in a sentence why the pack applies.
    """

    pack: str
    title: str
    kind: Literal["sector", "topic"]
    applicability: Applicability
    trace: str
    shows: tuple[Remark, ...]
    metrics: tuple[str, ...]


class FactLever(msgspec.Struct, frozen=True, kw_only=True):
    """How far the portfolio's P95 moves between the best and the worst answer to one question.

    All else stays as it is. `best` and `worst` are answers; money is a year's, in the register's
    currency.
    """

    question: str
    fact: str
    now: str
    best: str
    worst: str
    p95_best: float
    p95_worst: float


class ControlLever(msgspec.Struct, frozen=True, kw_only=True):
    """What one control takes off a year's loss; in place: what it would cost to be without it.

    `basis` measured: probes ran with and without it, all controls of a probe being off together;
    unverified: the prior Beta(2, 3). `rosi` is (fall of ALE - cost) / cost, 0 without a cost.
    """

    control: str
    title: str
    in_place: bool
    basis: Literal["measured", "unverified"]
    p95_fall: float
    ale_fall: float
    cost: float
    rosi: float


class TestLever(msgspec.Struct, frozen=True, kw_only=True):
    """A probe run that could come next and what it is worth.

    `fall`: of the portfolio's P95 if no try succeeds; `chance` that this happens, as believed
    today. `per_hour` is fall * chance / hours.
    """

    probe: str
    title: str
    risk: str
    through: Literal["without the gateway", "through the gateway"]
    tries: int
    hours: float
    fall: float
    chance: float
    per_hour: float


class Levers(msgspec.Struct, frozen=True, kw_only=True):
    """What would move the portfolio's P95, largest first. `p95` is today's, of `draws` years."""

    p95: float
    draws: int
    facts: tuple[FactLever, ...]
    controls: tuple[ControlLever, ...]
    tests: tuple[TestLever, ...]
    notes: tuple[str, ...] = ()


class AttackRun(msgspec.Struct, frozen=True, kw_only=True):
    """One file of attempts that a register rests on: what was attacked, how and when (ISO day).

    `model` is the one that was asked for, empty where the rows do not say; `attempts` were scored
    or not. `simulated`: a bundled model answered; `lab`: the bundled agent was attacked.
    """

    run: str
    target: str
    model: str
    mode: Mode
    day: str
    attempts: int
    simulated: bool = False
    lab: bool = False


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """All risks of one application at one time, and the portfolio.

    `not_tested` are risks that apply and have no probe; `left_out` are probes without a way in,
    with the sentence that says why. `levers` is None where nobody asked what would move it,
    `appetite` where nobody said how much a year may cost; 0 is an answer. `coverage` was measured
    (calls that reached the provider beside the audit log) or only declared. `runs` are the files
    of attempts, `harmless` the conversations of theirs that went through the gateway.
    """

    application: str
    title: str
    created: str
    model: str
    currency: str
    appetite: float | None
    seed: int
    draws: int
    risks: tuple[RiskRow, ...]
    pitfalls: tuple[PitfallRow, ...]
    inherent: Loss
    residual: Loss
    curve: tuple[CurvePoint, ...]
    coverage: float
    not_tested: tuple[str, ...]
    left_out: tuple[Remark, ...] = ()
    levers: Levers | None = None
    packs: tuple[PackRow, ...] = ()
    coverage_basis: Literal["declared", "measured"] = "declared"
    runs: tuple[AttackRun, ...] = ()
    harmless: tuple[HarmlessResult, ...] = ()
