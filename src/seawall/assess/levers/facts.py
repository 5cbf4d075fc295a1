"""Sensitivity to facts: the portfolio's P95 under every answer, one question at a time."""

from collections.abc import Iterator
from typing import Any

from seawall.assess.applicability import shown
from seawall.assess.dependencies import loss_facts, rule_facts
from seawall.assess.interview.relevance import matters
from seawall.assess.levers.portfolio import Portfolio
from seawall.assess.questions import answers_of, with_answer
from seawall.catalog.model import Question
from seawall.core.register import FactLever


def fact_levers(portfolio: Portfolio, least: float) -> list[FactLever]:
    """Return the questions whose answers move P95 by at least `least`, furthest first."""
    found = [
        lever
        for question in portfolio.setting.catalog.questions.values()
        if matters(question, portfolio.setting.profile)
        for lever in _tried(portfolio, question)
        if lever.p95_worst - lever.p95_best >= least
    ]
    return sorted(found, key=lambda lever: (lever.p95_best - lever.p95_worst, lever.question))


def _tried(portfolio: Portfolio, question: Question) -> Iterator[FactLever]:
    profile, catalog = portfolio.setting.profile, portfolio.setting.catalog
    risks = [
        key
        for key, risk in catalog.risks.items()
        if question.fact in rule_facts(risk) | loss_facts(risk)
    ]
    if not risks:
        return
    now = profile.value(question.fact)
    values = [answer for answer in answers_of(question) if answer != now]
    outcomes = [(portfolio.p95, _said(now))]
    for value in values:
        other = with_answer(profile, question.fact, value)
        changed = {key: portfolio.losses(key, other) for key in risks}
        outcomes.append((portfolio.p95_with(changed), _said(value)))
    best, worst = (pick(outcomes, key=lambda one: one[0]) for pick in (min, max))
    yield FactLever(
        question=question.id,
        fact=question.fact,
        now=_said(now),
        best=best[1],
        worst=worst[1],
        p95_best=best[0],
        p95_worst=worst[0],
    )


def _said(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, tuple | list):
        return ", ".join(str(item) for item in value) or "none"
    return shown(value)
