"""The scores of a text: the worst of its readings, by category."""

import pytest

from seawall.core.exchange import Stage
from seawall.guard import scores
from seawall.guard.contract import View
from seawall.guard.model import classifier
from seawall.guard.model.judgement import Judgement
from seawall.guard.model.transformer import CATEGORIES
from seawall.guard.scores import Scores, scores_of, worst
from seawall.guard.views import Reading

CLEAR = Judgement(injection=0.01, harm=0.02, asked=False)
FRAUD = Judgement(injection=0.2, harm=0.8, categories={"fraud": 0.6, "drugs": 0.2})


@pytest.mark.parametrize("order", [(CLEAR, FRAUD), (FRAUD, CLEAR)])
def test_the_worst_reading_counts_in_each_category(
    order: tuple[Judgement, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = {f"a text that is number {i}": one for i, one in enumerate(order)}

    class Model:
        def judge(self, text: str, _: Stage, **__: object) -> Judgement:
            return judged[text]

    views = [View(kind=k, text=t) for k, t in zip(("raw", "base64"), judged, strict=True)]
    monkeypatch.setattr(classifier, "load", Model)
    monkeypatch.setattr(scores, "read", lambda _: Reading(views=tuple(views), complete=True))
    found = scores_of("anything", Stage.INPUT)
    assert (found.injection, found.jailbreak) == (0.2, 0.0)
    assert found.harm == dict.fromkeys(CATEGORIES, 0.02) | {"fraud": 0.8, "drugs": 0.2667}
    assert list(found.harm) == list(CATEGORIES)
    assert scores_of("anything", Stage.DOCUMENT).harm.keys() == {"fraud", "drugs"}


def test_one_part_keeps_its_scores_and_one_unknown_makes_all_unknown() -> None:
    one = Scores(injection=0.3, jailbreak=0.1, harm={"fraud": 0.4})
    other = Scores(injection=0.1, jailbreak=0.2, harm={"fraud": 0.1, "drugs": 0.5})
    assert worst([one]) == one
    assert worst([one, other]) == Scores(
        injection=0.3, jailbreak=0.2, harm={"fraud": 0.4, "drugs": 0.5}
    )
    assert worst([one, Scores()]) == Scores() == worst([Scores()])
