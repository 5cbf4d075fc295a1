"""Sensitivity to controls: P95 and ALE without one that is in place, with one that is not."""

from seawall.assess.applicability import judge
from seawall.assess.levers.portfolio import Draws, Portfolio
from seawall.assess.register import trials_of
from seawall.assess.scoring.gate import rosi
from seawall.catalog.model import Control
from seawall.core.register import ControlLever


def control_levers(portfolio: Portfolio, least: float) -> list[ControlLever]:
    """Return the controls that move P95 by at least `least`, furthest first."""
    setting = portfolio.setting
    sensible = (
        card
        for card in setting.catalog.controls.values()
        if judge(card.default_when, setting.profile).applies is not False
    )
    levers = [_lever(portfolio, card) for card in sensible]
    return sorted(
        (lever for lever in levers if lever.p95_fall >= least),
        key=lambda lever: (-lever.p95_fall, lever.control),
    )


def _lever(portfolio: Portfolio, card: Control) -> ControlLever:
    setting = portfolio.setting
    cost = card.yearly_cost * setting.profile.per_eur
    measured = _measured(portfolio, card)
    stands = measured or card.id in setting.enforced | setting.attested
    other = {
        key: _without(portfolio, card, key) if stands else _with(portfolio, key)
        for key in card.risks
    }
    total = portfolio.moved(other)
    sign = 1.0 if stands else -1.0
    p95 = sign * (portfolio.p95_with(other) - portfolio.p95)
    ale = sign * (float(total.mean()) - portfolio.ale)
    return ControlLever(
        control=card.id,
        title=card.title,
        in_place=stands,
        basis="measured" if measured else "unverified",
        p95_fall=round(p95, 2),
        ale_fall=round(ale, 2),
        cost=cost,
        rosi=round(rosi(ale, cost), 2) if cost else 0.0,
    )


def _measured(portfolio: Portfolio, card: Control) -> bool:
    """Say whether a probe of this control ran through the guards."""
    probes = portfolio.setting.catalog.probes_of_control.get(card.id, ())
    trials = trials_of(portfolio.setting, probes)
    return any(trial.on is not None for trial in trials.values())


def _with(portfolio: Portfolio, risk: str) -> Draws:
    return portfolio.losses(risk, portfolio.setting.profile, layers=portfolio.layers(risk) + 1)


def _without(portfolio: Portfolio, card: Control, risk: str) -> Draws:
    """Return the losses if what only this control's probes measured fell away."""
    setting = portfolio.setting
    trials = portfolio.trials(risk)
    named = {key for key in trials if card.id in setting.catalog.probes[key].controls}
    bare = {
        key: trial._replace(coverage=0.0) if key in named else trial
        for key, trial in trials.items()
    }
    layers = portfolio.layers(risk)
    if layers and card.id in setting.enforced | setting.attested:
        layers -= 1
    return portfolio.losses(risk, setting.profile, bare, layers)
