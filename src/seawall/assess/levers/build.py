"""All that would move the portfolio's P95, for the register, the report and the plan."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from seawall.assess.applicability import judge
from seawall.assess.levers.controls import control_levers
from seawall.assess.levers.facts import fact_levers
from seawall.assess.levers.portfolio import Portfolio
from seawall.assess.levers.runs import run_levers
from seawall.assess.register import Pair, Setting, probes_here, setting_of
from seawall.catalog.load import Catalog
from seawall.core.profile import Profile
from seawall.core.register import Levers, Register

# Fewer years than the register: thousands of cases are drawn, and only differences count.
DRAWS = 10_000
# Less than this share of P95 is within what chance does to a few thousand years.
LEAST = 0.005


def with_levers(
    register: Register,
    profile: Profile,
    catalog: Catalog,
    results: Sequence[Pair],
    coverage: float | Mapping[str, float],
    *,
    enforced: Collection[str] = (),
    attested: Collection[str] = (),
    ages: Mapping[str, float] | None = None,
) -> Register:
    """Return the register with its levers; the other arguments are those it was built with."""
    setting = setting_of(
        profile, catalog, results, coverage, seed=register.seed,
        draws=min(DRAWS, register.draws), now=datetime.fromisoformat(register.created),
        enforced=enforced, attested=attested, ages=ages,
    )  # fmt: skip
    return msgspec.structs.replace(register, levers=find_levers(setting))


def find_levers(setting: Setting) -> Levers:
    """Return what moves P95 by half a per cent or more: answers, controls, next tests.

    `setting` is the register's (`setting_of`), with `DRAWS` years or more.
    """
    portfolio = Portfolio(setting)
    least = LEAST * portfolio.p95
    return Levers(
        p95=portfolio.p95,
        draws=setting.shocks.unguarded.size,
        facts=tuple(fact_levers(portfolio, least)),
        controls=tuple(control_levers(portfolio, least)),
        tests=tuple(run_levers(portfolio, least)),
        notes=tuple(_notes(portfolio)),
    )


def _notes(portfolio: Portfolio) -> Iterator[str]:
    setting = portfolio.setting
    profile, catalog = setting.profile, setting.catalog
    bare = [
        key
        for key, risk in catalog.risks.items()
        if judge(risk.applies_when, profile).applies and not probes_here(risk, setting)
    ]
    if bare:
        tried = sum(key in setting.catalog.further_of_risk for key in bare)
        yield (
            f"{len(bare)} risks that apply have no probe that moves their numbers, only facts and "
            f"controls do; {tried} of them have further probes, which show weaknesses."
        )
    if setting.pairs and setting.coverage == 0.0:
        yield "No traffic passes the gateway: until some does, no test through it takes a loss off."
