"""Which open question would change most."""

import math

import numpy as np
import pytest
from conftest import NOW

from seawall.assess.interview.relevance import matters
from seawall.assess.questions import (
    OpenQuestion,
    answers_of,
    exposure,
    mean_loss,
    open_questions,
    with_answer,
)
from seawall.assess.register import build_register
from seawall.assess.scoring.loss import draw_losses, loss_model
from seawall.catalog.load import Catalog
from seawall.core.profile import Profile


def asked(profile: Profile, catalog: Catalog) -> tuple[OpenQuestion, ...]:
    register = build_register(
        profile, catalog, [], 0.0, seed=1, draws=2000, now=NOW, model_label="m"
    )
    return open_questions(profile, catalog, register)


def test_an_answered_profile_has_no_open_question(profile: Profile, catalog: Catalog) -> None:
    left = {q.fact for q in asked(profile, catalog)}
    assert left == {key for key in left if profile.value(key) is None}
    for key in sorted(left):
        question = catalog.questions[key]
        profile = with_answer(profile, key, answers_of(question)[0])
    assert asked(profile, catalog) == ()


def test_what_can_rule_out_a_ban_comes_first_then_the_loss(
    profile: Profile, catalog: Catalog
) -> None:
    for key in ("fairness.protected", "biometrics", "purpose.domain", "tools.list", "rag.used"):
        profile = with_answer(profile, key, None)
    found = asked(profile, catalog)
    assert found[0].stops
    rest = [q for q in found if not q.stops]
    assert [q.at_stake for q in rest] == sorted((q.at_stake for q in rest), reverse=True)
    tools = next(q for q in found if q.fact == "tools.list")
    assert "SEC-05" in tools.settles and tools.at_stake > 0.0


def test_settling_is_what_the_rules_say(profile: Profile, catalog: Catalog) -> None:
    profile = with_answer(profile, "agents.multi", None)
    (question,) = (q for q in asked(profile, catalog) if q.fact == "agents.multi")
    assert question.settles == ("SEC-10",)
    assert question.question == "Q31"
    before = exposure(catalog.risks["SEC-10"], with_answer(profile, "agents.multi", True))
    assert (
        before > exposure(catalog.risks["SEC-10"], with_answer(profile, "agents.multi", False)) == 0
    )


def test_a_question_that_does_not_matter_is_not_asked(profile: Profile, catalog: Catalog) -> None:
    for key in ("rag.acl", "rag.sources_trust"):
        profile = with_answer(profile, key, None)
    profile = with_answer(profile, "rag.used", False)
    assert not matters(catalog.questions["rag.acl"], profile)
    assert not {q.fact for q in asked(profile, catalog)} & {"rag.acl", "rag.sources_trust"}


def test_what_is_at_stake_is_what_the_simulation_says(profile: Profile, catalog: Catalog) -> None:
    """The closed form stands for a run with each answer; both agree within the draws."""
    profile = with_answer(profile, "tools.list", None)
    (question,) = (q for q in asked(profile, catalog) if q.fact == "tools.list")
    totals = []
    for value in ((), ("pay",)):
        register = build_register(
            with_answer(profile, "tools.list", value), catalog, [], 0.0, seed=1, draws=20_000,
            now=NOW, model_label="m",
        )  # fmt: skip
        totals.append(sum(row.inherent.ale for row in register.risks if row.inherent))
    assert question.at_stake == pytest.approx(totals[1] - totals[0], rel=0.25)


@pytest.mark.parametrize("risk", ["SEC-02", "PRI-01", "LEG-01", "QUA-01"])
def test_the_mean_loss_of_an_event_is_that_of_draws(
    risk: str, profile: Profile, catalog: Catalog
) -> None:
    model = loss_model(catalog.risks[risk].magnitude, profile)
    drawn = draw_losses(np.random.default_rng(1), model, 400_000)
    error = 4 * drawn.std() / math.sqrt(drawn.size)
    assert mean_loss(model) == pytest.approx(drawn.mean(), abs=error)
