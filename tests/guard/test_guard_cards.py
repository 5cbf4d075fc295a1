"""Every card: its examples are judged as it says, and it can't be satisfied by chance."""

import pytest
from fresh import passes_alone

from seawall.core.errors import IntegrityError
from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.core.verdicts import Action, Outcome
from seawall.guard import cards
from seawall.guard.contract import Context, Subject
from seawall.guard.engine import GuardEngine
from seawall.guard.patterns import PatternSet
from seawall.guard.self_test import failures_of
from seawall.guard.views import views
from seawall.policy.model import GuardRule


@pytest.mark.parametrize("detector_id", sorted(cards.cards()))
def test_examples_are_judged_as_the_card_says(detector_id: str) -> None:
    card, detector = cards.cards()[detector_id], cards.build(detector_id)
    patterns = PatternSet((card.id, pattern) for pattern in detector.patterns())
    assert failures_of(detector, card, patterns) == []


@pytest.mark.parametrize("detector_id", sorted(cards.cards()))
def test_labels_of_examples_are_declared(detector_id: str) -> None:
    card = cards.cards()[detector_id]
    undeclared = {e.label for e in card.found if e.label} - set(card.labels)
    assert not undeclared, f"{detector_id}: examples use labels that the card does not list"


def test_self_test_fails_for_a_detector_that_finds_nothing() -> None:
    rule = GuardRule(
        detector="secrets", control="CTL-SECRETS", action=Action.REDACT, stages=(Stage.INPUT,)
    )
    engine = GuardEngine([rule])
    engine.self_test()

    class Blind:
        id = "secrets"

        def patterns(self) -> tuple[()]:
            return ()

        def detect(self, subject: object, context: object) -> object:
            from seawall.guard.common import verdict

            return verdict("secrets", ())

    engine._detectors["secrets"] = Blind()  # type: ignore[assignment]
    with pytest.raises(IntegrityError, match="secrets"):
        engine.self_test()


@pytest.mark.parametrize("name", [name for name, card in cards.cards().items() if card.by_hits])
def test_what_goes_by_hits_says_nothing_without_them(name: str) -> None:
    detector, card = cards.build(name), cards.cards()[name]
    for example in (*card.found, *card.clean):
        part = Part(pointer="", role=Role.USER, trust=Trust.USER, stage=card.stages[0],
                    text=example.text)  # fmt: skip
        verdict = detector.detect(Subject(part=part, views=views(example.text)), Context())
        assert verdict.outcome is Outcome.CLEAN


@pytest.mark.parametrize("name", cards.cards())
def test_a_card_says_whether_there_are_patterns(name: str) -> None:
    assert bool(cards.build(name).patterns()) is cards.cards()[name].patterns


def test_expressions_are_gathered_without_any_model() -> None:
    """Nothing kept from an earlier start, or no folder for it: what is loaded stays the same."""
    passes_alone(
        "import os, sys; os.environ['SEAWALL_CACHE'] = ''\n"
        "from seawall.guard import cards\n"
        "assert len(cards.bundled_expressions()) > 5\n"
        "loaded = {'onnxruntime', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)\n"
    )
