"""Which open question would change most, by trying every answer against the rules."""

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import msgspec

from seawall.assess.applicability import judge
from seawall.assess.dependencies import REQUESTS, TURNOVER, loss_facts, rule_facts
from seawall.assess.interview.relevance import matters
from seawall.assess.scenario import ASSUMED_REQUESTS, chain_of, rate_of, severity_of
from seawall.assess.scoring.loss import Interval, LossModel, lognormal, loss_model
from seawall.catalog.load import Catalog
from seawall.catalog.model import Question, Risk
from seawall.core.profile import Fact, Profile
from seawall.core.register import Register, RiskRow

# A number has no list of answers: a small and a large one of its kind stand for them.
_NUMBERS = {REQUESTS: (100.0, 10_000.0), TURNOVER: (1e6, 1e9)}
_OTHER_NUMBERS = (1.0, 10_000.0)


class OpenQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question that nobody answered, and what the answer could change.

    `settles`: risks that apply or not by it alone, none where a risk waits for several answers.
    `changes`: risks whose severity or loss moves.
    `at_stake`: the difference of yearly loss (ALE, the register's currency) between its worst and
    its best answer, all else as it stands. `stops`: it can rule a prohibited practice in or out.
    """

    question: str
    fact: str
    ask: str
    why: str
    settles: tuple[str, ...]
    changes: tuple[str, ...]
    at_stake: float
    stops: bool


def open_questions(
    profile: Profile, catalog: Catalog, register: Register
) -> tuple[OpenQuestion, ...]:
    """Return the questions that nobody answered, that matter and could change something.

    First what can rule out a prohibited practice, then by the loss at stake, the number of risks
    that it settles, its id. What code or traffic shows of an answer leaves its question open.
    Deterministic; `register` is this profile's.
    """
    rows = {row.risk: row for row in register.risks}
    found = [
        item
        for question in catalog.questions.values()
        if _open(question, profile) and matters(question, profile)
        if (item := _tried(question, profile, catalog, rows)) is not None
    ]
    return tuple(
        sorted(found, key=lambda q: (not q.stops, -q.at_stake, -len(q.settles), q.question))
    )


def answers_of(question: Question) -> tuple[Any, ...]:
    """Return answers that stand for all: each option, none and all of several, two numbers."""
    if question.type == "yes-no":
        return True, False
    if question.type == "choice":
        return question.options
    if question.type == "choices":
        return (), *((option,) for option in question.options), question.options
    if question.type == "number":
        return _NUMBERS.get(question.fact, _OTHER_NUMBERS)
    return (), ("something",)


def _open(question: Question, profile: Profile) -> bool:
    """Return whether a question has no answer, or only what code or traffic shows of one."""
    value = profile.value(question.fact)
    return value is None or (profile.partial(question.fact) and value is not True)


def _possible(question: Question, profile: Profile) -> tuple[Any, ...]:
    """Return answers that stand for all that fit what was seen: that much, or more."""
    answers, seen = answers_of(question), profile.value(question.fact)
    if not isinstance(seen, tuple) or not profile.partial(question.fact):
        return answers
    return tuple(
        dict.fromkeys((*seen, *(item for item in answer if item not in seen)) for answer in answers)
    )


def with_answer(profile: Profile, fact: str, value: Any) -> Profile:
    """Return the profile with one fact changed."""
    facts = {**profile.facts, fact: Fact(key=fact, value=value)}
    return msgspec.structs.replace(profile, facts=facts)


def _tried(
    question: Question, profile: Profile, catalog: Catalog, rows: Mapping[str, RiskRow]
) -> OpenQuestion | None:
    fact = question.fact
    risks = [risk for risk in catalog.risks.values() if fact in rule_facts(risk) | loss_facts(risk)]
    tries = [with_answer(profile, fact, value) for value in _possible(question, profile)]
    settles = [risk for risk in risks if _settled(risk, profile, tries)]
    changes = [risk for risk in risks if _changed(risk, profile, tries)]
    named = [risk for risk in risks if rows[risk.id].question == question.ask]
    if not settles and not changes and not named:
        return None
    totals = [sum(_loss(risk, profile, tried, rows) for risk in risks) for tried in tries]
    return OpenQuestion(
        question=question.id,
        fact=fact,
        ask=question.ask,
        why=question.why,
        settles=tuple(risk.id for risk in settles),
        changes=tuple(risk.id for risk in changes if risk not in settles),
        at_stake=round(max(totals) - min(totals), 2),
        stops=any(risk.stop for risk in (*settles, *named)),
    )


def _applies(risk: Risk, profile: Profile) -> bool | None:
    return judge(risk.applies_when, profile).applies


def _settled(risk: Risk, profile: Profile, tries: list[Profile]) -> bool:
    return _applies(risk, profile) is None and any(
        _applies(risk, tried) is not None for tried in tries
    )


def _changed(risk: Risk, profile: Profile, tries: list[Profile]) -> bool:
    if _applies(risk, profile) is False:
        return False
    now = severity_of(risk, profile)[0], exposure(risk, profile)
    return any((severity_of(risk, tried)[0], exposure(risk, tried)) != now for tried in tries)


def _loss(risk: Risk, profile: Profile, tried: Profile, rows: Mapping[str, RiskRow]) -> float:
    """Return the row's ALE as it would be: it moves with what the facts decide."""
    row = rows[risk.id]
    before = exposure(risk, profile)
    if row.inherent is None or before <= 0.0:
        return 0.0
    return row.inherent.ale * exposure(risk, tried) / before


def exposure(risk: Risk, profile: Profile) -> float:
    """Return events a year, if every try succeeded, times the mean loss of one; 0 if ruled out."""
    if _applies(risk, profile) is False:
        return 0.0
    a, b = rate_of(risk, profile)
    if risk.frequency.error_rate is not None:
        daily = profile.value("volume.requests_per_day")
        rate = 365.0 * (ASSUMED_REQUESTS if daily is None else daily) * a / (a + b)
    else:
        rate = a / b
    a, b = chain_of(risk, profile)
    return rate * a / (a + b) * mean_loss(loss_model(risk.magnitude, profile))


def mean_loss(model: LossModel) -> float:
    """Return the mean of one event's loss, in closed form."""
    total = sum(_mean(part, math.inf) for part in model.parts)
    if model.churn is not None:
        total += _mean(model.churn, model.turnover)
    if model.records is not None and model.per_record is not None:
        total += _mean(model.records, model.records_limit) * _mean(model.per_record, math.inf)
    if model.fine is not None:
        total += model.fine_probability * _mean(model.fine, model.fine_cap)
    return total


def _mean(interval: Interval, cap: float) -> float:
    """Return E[min(X, cap)] of the lognormal with this 90% interval."""
    mu, sigma = lognormal(interval)
    mean = math.exp(mu + sigma * sigma / 2.0)
    if cap == math.inf:
        return mean
    if cap <= 0.0:
        return 0.0
    if sigma == 0.0:
        return min(mean, cap)
    normal, z = NormalDist(), (math.log(cap) - mu) / sigma
    return mean * normal.cdf(z - sigma) + cap * (1.0 - normal.cdf(z))
