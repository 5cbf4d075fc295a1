"""Build the risk register: every risk of the catalogue judged, simulated and put to the gate."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from seawall.assess.applicability import Judgement, judge
from seawall.assess.packs import pack_rows
from seawall.assess.scenario import (
    Bounds,
    Scenario,
    Trial,
    bounds_of,
    coverage_of,
    generator,
    severity_of,
    simulate,
)
from seawall.assess.scoring.effect import NOTHING, effectiveness
from seawall.assess.scoring.formulas import PORTFOLIO
from seawall.assess.scoring.gate import tolerance
from seawall.assess.scoring.shocks import Shocks, draw_shocks
from seawall.assess.scoring.success import Evidence
from seawall.assess.scoring.year import band, exceedance, log_grid, summarise
from seawall.assess.ways_in import left_out
from seawall.catalog.load import Catalog
from seawall.catalog.model import Risk
from seawall.core.errors import InputError
from seawall.core.profile import Profile
from seawall.core.register import (
    Applicability,
    CurvePoint,
    PitfallRow,
    Register,
    RiskRow,
    Status,
)
from seawall.core.trials import PITFALL_TAU, ProbeResult

Draws = NDArray[np.float64]
Pair = tuple[ProbeResult, ProbeResult | None]
DRAWS = 50_000
_APPLIES: dict[bool | None, Applicability] = {
    True: "applies",
    None: "unknown",
    False: "does not apply",
}


class Setting(NamedTuple):
    """What every row is computed with."""

    profile: Profile
    catalog: Catalog
    pairs: Mapping[str, Pair]
    coverage: float | Mapping[str, float]
    ages: Mapping[str, float]
    enforced: frozenset[str]
    attested: frozenset[str]
    appetite: float | None
    shocks: Shocks
    seed: int
    now: datetime


def build_register(
    profile: Profile,
    catalog: Catalog,
    results: Sequence[Pair],
    coverage: float | Mapping[str, float],
    *,
    seed: int,
    draws: int = DRAWS,
    now: datetime,
    model_label: str,
    enforced: Collection[str] = (),
    attested: Collection[str] = (),
    ages: Mapping[str, float] | None = None,
) -> Register:
    """Build the register of one application.

    `results` are (off, on) of each probe that was run, `on` None before the guards were tried;
    `coverage` is the guards' share of the traffic, for all or by probe. `enforced` are control
    ids in place, `attested` those that a person vouches for; where no probe measured them they
    count as unverified. `ages` are days since a probe ran. A risk whose applicability is unknown
    counts in the portfolio until its question is answered. Raises InputError for results of
    unknown or repeated probes, and for a coverage outside 0 to 1.
    """
    setting = setting_of(
        profile, catalog, results, coverage, seed=seed, draws=draws, now=now,
        enforced=enforced, attested=attested, ages=ages,
    )  # fmt: skip
    appetite = setting.appetite
    rows: list[RiskRow] = []
    inherent, residual = np.zeros(draws), np.zeros(draws)
    for risk in catalog.risks.values():
        row, scenario = _row(risk, setting)
        rows.append(row)
        if scenario is not None:
            inherent += scenario.inherent + scenario.inherent_shock
            residual += scenario.residual + scenario.residual_shock
    return Register(
        application=profile.application,
        title=profile.title,
        created=now.isoformat(timespec="seconds"),
        model=model_label,
        currency=profile.currency,
        appetite=appetite,
        seed=seed,
        draws=draws,
        risks=tuple(rows),
        pitfalls=tuple(_pitfalls(setting, draws)),
        inherent=summarise(inherent, appetite, profile.currency, formula=PORTFOLIO, basis="mixed"),
        residual=summarise(residual, appetite, profile.currency, formula=PORTFOLIO, basis="mixed"),
        curve=_curve(inherent, residual),
        coverage=_least_coverage(coverage),
        not_tested=tuple(r.risk for r in rows if r.applicability == "applies" and not r.probes),
        left_out=tuple(left_out(catalog, profile, rows)),
        packs=pack_rows(profile, catalog, rows),
    )


def setting_of(
    profile: Profile,
    catalog: Catalog,
    results: Sequence[Pair],
    coverage: float | Mapping[str, float],
    *,
    seed: int,
    draws: int,
    now: datetime,
    enforced: Collection[str] = (),
    attested: Collection[str] = (),
    ages: Mapping[str, float] | None = None,
) -> Setting:
    """Return what rows are computed with; the arguments are those of `build_register`."""
    _check_coverage(coverage)
    return Setting(
        profile=profile,
        catalog=catalog,
        pairs=_pairs(catalog, results),
        coverage=coverage,
        ages=ages or {},
        enforced=frozenset(enforced),
        attested=frozenset(attested),
        appetite=profile.value("business.appetite"),
        shocks=draw_shocks(generator(seed, "shocks"), draws),
        seed=seed,
        now=now,
    )


def _pairs(catalog: Catalog, results: Sequence[Pair]) -> dict[str, Pair]:
    pairs: dict[str, Pair] = {}
    for off, on in results:
        if off.probe not in catalog.probes:
            raise InputError(f"Results of {off.probe!r}: the catalogue has no such probe.")
        if off.probe in pairs:
            raise InputError(f"Results of {off.probe!r} are given twice.")
        if on is not None and on.probe != off.probe:
            raise InputError(f"Results of {off.probe!r} are paired with {on.probe!r}.")
        pairs[off.probe] = (off, on)
    return pairs


def _check_coverage(coverage: float | Mapping[str, float]) -> None:
    shares = coverage.values() if isinstance(coverage, Mapping) else (coverage,)
    if not all(0.0 <= share <= 1.0 for share in shares):
        raise InputError("Coverage is a share between 0 and 1.")


def _least_coverage(coverage: float | Mapping[str, float]) -> float:
    return min(coverage.values(), default=0.0) if isinstance(coverage, Mapping) else coverage


def _evidence(result: ProbeResult, age_days: float) -> Evidence:
    return Evidence(
        successes=result.complied,
        n=result.n,
        clusters=result.clusters,
        n_effective=result.n_effective,
        age_days=age_days,
    )


def trial_of(setting: Setting, probe: str) -> Trial | None:
    """Return what was measured of a probe; None where nothing was scored without the guards.

    A side on which nothing was scored says nothing, as if it had not been tried.
    """
    off, on = setting.pairs.get(probe, (None, None))
    if off is None or off.n == 0:
        return None
    age = setting.ages.get(probe, 0.0)
    return Trial(
        off=_evidence(off, age),
        on=None if on is None or on.n == 0 else _evidence(on, age),
        coverage=coverage_of(setting.coverage, probe),
    )


def trials_of(setting: Setting, probes: Iterable[str]) -> dict[str, Trial]:
    """Return what was measured, by probe, in the order of `probes`."""
    found = {probe: trial_of(setting, probe) for probe in probes}
    return {probe: trial for probe, trial in found.items() if trial is not None}


def _verdict(bounds: Bounds, tau: float) -> Status:
    """Return what the bounds show about a tolerance; nothing where they lie on both sides."""
    if bounds.high <= tau:
        return "tested"
    return "failed" if bounds.low > tau else "not shown"


def _row(risk: Risk, setting: Setting) -> tuple[RiskRow, Scenario | None]:
    verdict = judge(risk.applies_when, setting.profile)
    probes = probes_here(risk, setting)
    severity, unsettled = severity_of(risk, setting.profile)
    row = RiskRow(
        risk=risk.id,
        title=risk.title,
        category=risk.category,
        severity=severity,
        applicability=_APPLIES[verdict.applies],
        trace=verdict.sentence,
        question=_question(setting.catalog, verdict, unsettled),
        controls=_controls(risk, setting),
        probes=probes,
        tau=tolerance(risk, severity),
    )
    if verdict.applies is False:
        return row, None
    trials = list(trials_of(setting, probes).values())
    scenario = simulate(
        risk,
        setting.profile,
        trials,
        setting.shocks,
        seed=setting.seed,
        unverified=len(in_place(risk, setting)),
    )
    return _scored(row, scenario, setting, trials), scenario


def probes_here(risk: Risk, setting: Setting) -> tuple[str, ...]:
    """Return the probes of a risk that have a way in here, and those that were run."""
    cards, profile = setting.catalog.probes, setting.profile
    return tuple(
        key
        for key in setting.catalog.probes_of_risk.get(risk.id, ())
        if key in setting.pairs or judge(cards[key].applies_when, profile).applies is not False
    )


def _question(catalog: Catalog, verdict: Judgement, unsettled: str) -> str:
    missing = verdict.missing_fact or (unsettled if verdict.applies else "")
    return catalog.questions[missing].ask if missing else ""


def _controls(risk: Risk, setting: Setting) -> tuple[str, ...]:
    """Return the controls that act on a risk and make sense for this application."""
    acting = setting.catalog.controls_of_risk.get(risk.id, ())
    cards = setting.catalog.controls
    return tuple(
        key
        for key in acting
        if judge(cards[key].default_when, setting.profile).applies is not False
    )


def in_place(risk: Risk, setting: Setting) -> frozenset[str]:
    acting = frozenset(setting.catalog.controls_of_risk.get(risk.id, ()))
    return acting & (setting.enforced | setting.attested)


def _scored(row: RiskRow, scenario: Scenario, setting: Setting, trials: Sequence[Trial]) -> RiskRow:
    currency, appetite = setting.profile.currency, setting.appetite
    inherent = summarise(scenario.inherent, appetite, currency, basis=scenario.inherent_basis)
    residual = summarise(scenario.residual, appetite, currency, basis=scenario.residual_basis)
    bound = _worst(row, setting, trials, scenario.residual.size)
    status, reason = _status(row, bound, setting)
    return msgspec.structs.replace(
        row,
        inherent=inherent,
        residual=residual,
        band_inherent=band(inherent.p95, appetite),
        band_residual=band(residual.p95, appetite),
        ucb95=None if bound is None else bound.high,
        status=status,
        passes=status == "tested" and row.applicability == "applies",
        reason=reason,
    )


def _worst(row: RiskRow, setting: Setting, trials: Sequence[Trial], draws: int) -> Bounds | None:
    """Return the bounds of the probe that gets through most: an attacker picks that one."""
    if not row.probes or len(trials) < len(row.probes):
        return None
    rng = generator(setting.seed, f"{row.risk}/bound")
    bounds = [bounds_of(trial, rng, draws) for trial in trials]
    found = [bound for bound in bounds if bound is not None]
    if len(found) < len(bounds):
        return None
    return Bounds(max(one.low for one in found), max(one.high for one in found))


def _status(row: RiskRow, bound: Bounds | None, setting: Setting) -> tuple[Status, str]:
    """Return the status of a risk that may apply, and its reason in a sentence."""
    if bound is not None:
        status = _verdict(bound, row.tau)
        side = "within" if status == "tested" else "above"
        said = f"UCB95 {bound.high:.1%} of tries is {side} {row.tau:.0%} ({row.severity})"
        open_ = f"; at least {bound.low:.1%} is known, so too few tries decide"
        return status, f"{said}{open_ if status == 'not shown' else ''}."
    acting = frozenset(setting.catalog.controls_of_risk.get(row.risk, ()))
    attested = sorted(acting & setting.attested)
    enforced = sorted(acting & setting.enforced)
    if not row.probes and attested:
        return "attested", f"No probe; people vouch for {', '.join(attested)}."
    if enforced:
        return "unverified", f"In place but not measured: {', '.join(enforced)}."
    if row.probes:
        missing = [probe for probe in row.probes if not _has_on(setting, probe)]
        return "not tested", f"Not measured through the guards: {', '.join(missing)}."
    return "not tested", "No probe tries this risk; its numbers are priors."


def _has_on(setting: Setting, probe: str) -> bool:
    trial = trial_of(setting, probe)
    return trial is not None and trial.on is not None


def _pitfalls(setting: Setting, draws: int) -> list[PitfallRow]:
    """Return a row for each probe that was measured off and on, in the catalogue's order."""
    order = sorted(setting.pairs, key=lambda key: (setting.catalog.probes[key].order, key))
    return [row for key in order if (row := _pitfall(key, setting, draws)) is not None]


def _pitfall(key: str, setting: Setting, draws: int) -> PitfallRow | None:
    off, on = setting.pairs[key]
    if on is None:
        return None
    trial = trial_of(setting, key)
    rng = generator(setting.seed, key)
    effect, bound = NOTHING, None
    if trial is not None and trial.on is not None:
        p_off, p_on = rng.beta(*trial.off.beta(), draws), rng.beta(*trial.on.beta(), draws)
        bound = bounds_of(trial, rng, draws)
        effect = effectiveness(p_on, p_off)
    card = setting.catalog.probes[key]
    status: Status = "not tested" if bound is None else _verdict(bound, PITFALL_TAU)
    shown = _nothing(off, on) if bound is None else f"UCB95 {bound.high:.1%}"
    side = "within" if status == "tested" else "not shown to be within"
    return PitfallRow(
        probe=key,
        title=card.title,
        category=setting.catalog.risks[card.risk].category,
        risk=card.risk,
        controls=card.controls,
        off=off,
        on=on,
        coverage=coverage_of(setting.coverage, key),
        effectiveness=effect,
        tau=PITFALL_TAU,
        status=status,
        reason=f"{shown}, {side} {PITFALL_TAU:.0%}.",
        measured=(setting.now - timedelta(days=setting.ages.get(key, 0.0))).date().isoformat(),
    )


def _nothing(off: ProbeResult, on: ProbeResult) -> str:
    """Say on which side nothing was scored."""
    sides = [side for side, result in (("without", off), ("with", on)) if result.n == 0]
    return f"nothing was scored {' and '.join(sides)} the guards"


def _curve(inherent: Draws, residual: Draws) -> tuple[CurvePoint, ...]:
    """Return the loss-exceedance curves on one grid, even in the logarithm of the loss."""
    grid = log_grid(np.concatenate([inherent, residual]))
    points = zip(grid, exceedance(inherent, grid), exceedance(residual, grid), strict=True)
    return tuple(
        CurvePoint(loss=float(x), inherent=float(before), residual=float(after))
        for x, before, after in points
    )
