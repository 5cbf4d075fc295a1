"""One fact changes in the profile's text, every other line stays."""

import pytest

from seawall.assess.interview.edit import with_fact
from seawall.assess.profile import parse_profile
from seawall.catalog.load import load_catalog
from seawall.core.profile import Fact

QUESTIONS = load_catalog().questions
TEXT = """# mine
application: a   # short
facts:
  audience: [customers,
             anonymous]  # who
  # about retrieval
  rag.used: {value: yes, source: "a: b", date: 2026-10-01, owner: x}
  purpose.intended_use: |
    People ask
    about orders.
  model.ids:
    - one
    - two

title: A   # after the facts
"""
FORMS = {
    "block": TEXT,
    "at the end": TEXT.replace("\ntitle: A   # after the facts\n", ""),
    "flow": "application: a\nfacts: {audience: [customers, anonymous], rag.used: yes}\ntitle: A\n",
    "empty": "application: a\nfacts: {}\n",
    "wide": "application: a\nfacts:\n    rag.used: yes\n",
}


def read(text: str) -> dict[str, Fact]:
    return dict(parse_profile(text, "p.yaml", QUESTIONS).facts)


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(
    "fact",
    [
        Fact(key="rag.used", value=False, source="interview", date="2026-11-28", owner="dana"),
        Fact(key="audience", value=("partners",)),
        Fact(key="model.ids", value=("gpt-4o: mini", "no"), grounds=("a.py:1 x: 'y' # z",)),
        Fact(key="purpose.intended_use", value="yes: no\n# not a comment\n'\"", source="s"),
        Fact(key="business.turnover", value=2_500_000.0),
        Fact(key="tools.approval", value=None, source="interview"),
        Fact(key="tools.list", value=()),
    ],
    ids=lambda fact: fact.key,
)
def test_one_fact_changes_and_no_other(text: str, fact: Fact) -> None:
    changed = with_fact(text, fact.key, fact)
    assert read(changed) == {**read(text), fact.key: fact}
    left = with_fact(changed, fact.key, None)
    assert read(left) == {key: old for key, old in read(text).items() if key != fact.key}


def test_comments_and_order_of_other_lines_stay() -> None:
    changed = with_fact(TEXT, "model.ids", Fact(key="model.ids", value=("three",)))
    for line in TEXT.splitlines():
        assert ("- " in line) or line in changed.splitlines()
    assert "one" not in changed
    assert changed.index("# about retrieval") < changed.index("model.ids") < changed.index("title")


def test_taking_out_the_last_fact_leaves_a_profile() -> None:
    text = "application: a\nfacts:\n  rag.used: yes\ntitle: A\n"
    assert with_fact(text, "rag.used", None) == "application: a\nfacts: {}\ntitle: A\n"
