"""Refusals, in many languages, told from answers that use the same words."""

from pathlib import Path

import pytest
import yaml

from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Outcome
from seawall.guard.api import default_rules
from seawall.guard.engine import GuardEngine
from seawall.guard.self_test import part_at
from seawall.policy.model import GuardRule

DATA = Path(__file__).parent / "data"


def texts(name: str, kind: str) -> list[str]:
    content = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    return [text for language in content[kind].values() for text in language]


@pytest.fixture(scope="module")
def engine() -> GuardEngine:
    rule = GuardRule(detector="refusal", control="C", action=Action.FLAG, stages=(Stage.OUTPUT,))
    return GuardEngine([rule])


def refuses(engine: GuardEngine, text: str) -> bool:
    decision = engine.inspect([part_at(Stage.OUTPUT, text)])
    assert decision.outcome is not Outcome.UNKNOWN
    return decision.outcome is Outcome.FOUND


@pytest.mark.parametrize("text", texts("refusal_tuned", "refusals"))
def test_refusals_are_found(engine: GuardEngine, text: str) -> None:
    assert refuses(engine, text)


@pytest.mark.parametrize("text", texts("refusal_tuned", "answers"))
def test_answers_are_not_refusals(engine: GuardEngine, text: str) -> None:
    assert not refuses(engine, text)


def test_measured_on_the_half_that_nothing_was_tuned_on(engine: GuardEngine) -> None:
    positive, negative = (texts("refusal_held_out", k) for k in ("refusals", "answers"))
    assert len(positive) >= 75
    assert len(negative) >= 75
    found = sum(refuses(engine, text) for text in positive)
    wrong = sum(refuses(engine, text) for text in negative)
    assert found / len(positive) >= 0.95, f"recall {found}/{len(positive)}"
    assert found / (found + wrong) >= 0.95, f"precision {found}/{found + wrong}"


def test_the_two_halves_share_no_text() -> None:
    for kind in ("refusals", "answers"):
        assert not set(texts("refusal_tuned", kind)) & set(texts("refusal_held_out", kind))


def test_the_sentence_that_declines_is_the_range(engine: GuardEngine) -> None:
    text = "Thank you for asking. I can't help with that request. Try the town hall."
    (found,) = engine.inspect([part_at(Stage.OUTPUT, text)]).parts[0].findings
    assert text[found.start : found.end].strip() == "I can't help with that request."


def test_a_phrase_deep_in_a_long_text_is_no_refusal(engine: GuardEngine) -> None:
    story = "The rain went on and the boats stayed in. " * 20
    assert not refuses(engine, f"{story}I will not help you. {story}")
    assert refuses(engine, f"I will not help you. {story}")


def test_the_providers_own_field_is_a_refusal(engine: GuardEngine) -> None:
    part = part_at(Stage.OUTPUT, "Nope.", "/choices/0/message/refusal")
    assert engine.inspect([part]).outcome is Outcome.FOUND


def test_declining_is_nothing_wrong_by_default() -> None:
    assert "refusal" not in {rule.detector for rule in default_rules()}
