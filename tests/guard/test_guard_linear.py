"""Many texts through the linear model at once: each scores as it does alone."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from seawall.guard.model.cuts import CHUNK
from seawall.guard.model.features import distinct, features, together
from seawall.guard.model.linear import Linear

_TEXTS = (
    "What is the difference between a yam and a sweet potato? Ask Anna at anna@example.com.",
    "Wie kann ich meine Katze füttern? Sie mag keine Milch.",
    "",
    " ",
    "a",
    "ab cd",
    "我家的猫不喝牛奶。",
    "Résumé\u0301 of \ud800 İstanbul " * 40,
    "x" * 900,
)


@pytest.mark.parametrize("untrusted", [False, True])
def test_texts_scored_together_score_as_alone(untrusted: bool) -> None:
    model = Linear.load(Path(str(resources.files("seawall.guard.model") / "weights/linear.npz")))
    texts = [text[:CHUNK] for text in _TEXTS * 3]
    alone = [model.scores(text, untrusted=untrusted) for text in texts]
    assert len({one.attack for one in alone}) > 5
    text = "\n".join(_TEXTS)
    ranked = model.scores(text, untrusted=untrusted).ranked
    assert len(ranked) > 2
    for chunk in ranked:
        one = model.scores(text[slice(*chunk.place)], untrusted=untrusted)
        assert (one.attack, one.harm) == (chunk.attack, chunk.harm)
    if not untrusted:
        assert model.harms(texts) == [one.harm for one in alone]


def test_features_of_several_texts_are_those_of_each() -> None:
    groups = [[text] for text in _TEXTS] + [list(_TEXTS), []]
    found, bounds = together(groups)
    for number, texts in enumerate(groups):
        own = [features(text) for text in texts]
        expected = distinct(np.concatenate(own)) if own else np.zeros(0, dtype=np.int32)
        assert np.array_equal(found[bounds[number] : bounds[number + 1]], expected)
    assert bounds[-1] == len(found) > 1000
