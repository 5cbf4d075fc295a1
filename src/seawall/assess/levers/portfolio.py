"""The portfolio's loss in cases that are thought through, risk by risk, from the same events."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from seawall.assess.applicability import judge
from seawall.assess.dependencies import REQUESTS
from seawall.assess.register import Setting, in_place, trials_of
from seawall.assess.scenario import Trial, chain_of, generator, rate_of, simulate
from seawall.assess.scoring.effect import UNMEASURED, UNMEASURED_CAP, combine
from seawall.assess.scoring.loss import loss_model
from seawall.assess.scoring.success import deployed
from seawall.catalog.model import Risk
from seawall.core.profile import Profile

Draws = NDArray[np.float64]
Trials = Mapping[str, Trial]


class Portfolio:
    """Residual yearly losses by risk, and in total; each a day's `setting`. Shapes (draws,).

    A risk is drawn from its own random numbers and a case changes only what it is about, so the
    difference of two cases is not the noise of two simulations. Cases are kept once drawn.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._known: dict[tuple[object, ...], Draws] = {}
        risks = setting.catalog.risks
        self.base = {key: self.losses(key, setting.profile) for key in risks}
        self.total: Draws = np.sum(list(self.base.values()), axis=0)
        self.p95 = _p95(self.total)
        self.ale = float(self.total.mean())

    def trials(self, risk: str) -> dict[str, Trial]:
        """Return what was tried of a risk, by probe."""
        probes = self.setting.catalog.probes_of_risk.get(risk, ())
        return trials_of(self.setting, probes)

    def layers(self, risk: str) -> int:
        """Return how many controls in place act on a risk that no probe measured."""
        trials = self.trials(risk)
        if trials and all(trial.on is not None for trial in trials.values()):
            return 0
        return len(in_place(self.setting.catalog.risks[risk], self.setting))

    def losses(
        self,
        key: str,
        profile: Profile,
        trials: Trials | None = None,
        layers: int | None = None,
    ) -> Draws:
        """Return the yearly losses of a risk in a case; None: as it is today."""
        risk = self.setting.catalog.risks[key]
        tried = self.trials(key) if trials is None else trials
        count = self.layers(key) if layers is None else layers
        case = (key, _facts(risk, profile), tuple(tried.items()), count)
        if case not in self._known:
            self._known[case] = self._drawn(risk, profile, tried, count)
        return self._known[case]

    def moved(self, changed: Mapping[str, Draws]) -> Draws:
        """Return the total with the losses of some risks replaced."""
        total = self.total.copy()
        for key, losses in changed.items():
            total += losses - self.base[key]
        return total

    def p95_with(self, changed: Mapping[str, Draws]) -> float:
        """Return the P95 of the total with the losses of some risks replaced."""
        return _p95(self.moved(changed))

    def _drawn(self, risk: Risk, profile: Profile, trials: Trials, layers: int) -> Draws:
        setting = self.setting
        draws = setting.shocks.unguarded.size
        if judge(risk.applies_when, profile).applies is False:
            return np.zeros(draws)
        scenario = simulate(
            risk,
            profile,
            list(self.trials(risk.id).values()),
            setting.shocks,
            seed=setting.seed,
            what_if=lambda off: self._success(risk.id, trials, layers, off),
        )
        return scenario.residual + scenario.residual_shock

    def _success(self, risk: str, trials: Trials, layers: int, off: Draws) -> Draws:
        """Return success of a try with the guards: what trials say, less what layers may stop."""
        found = [self._of_trial(risk, key, trial, off.size) for key, trial in trials.items()]
        kept: Draws = np.mean(found, axis=0) if found else off
        if not layers:
            return kept
        names = [f"{risk}/layer/{n}" for n in range(layers)]
        stops = [generator(self.setting.seed, n).beta(*UNMEASURED, off.size) for n in names]
        return np.asarray(kept * (1.0 - np.minimum(combine(stops), UNMEASURED_CAP)))

    def _of_trial(self, risk: str, probe: str, trial: Trial, draws: int) -> Draws:
        def drawn(side: str, beta: tuple[float, float]) -> Draws:
            return generator(self.setting.seed, f"{risk}/{probe}/{side}").beta(*beta, draws)

        off = drawn("off", trial.off.beta())
        if trial.on is None:
            return off
        return deployed(drawn("on", trial.on.beta()), off, trial.coverage)


def _p95(losses: Draws) -> float:
    return float(np.quantile(losses, 0.95))


def _facts(risk: Risk, profile: Profile) -> tuple[object, ...]:
    """Return all that facts decide about a risk's losses: cases that share it are the same."""
    applies = judge(risk.applies_when, profile).applies is not False
    if not applies:
        return (False,)
    requests = None if risk.frequency.error_rate is None else profile.value(REQUESTS)
    return (
        True,
        requests,
        rate_of(risk, profile),
        chain_of(risk, profile),
        loss_model(risk.magnitude, profile),
    )
