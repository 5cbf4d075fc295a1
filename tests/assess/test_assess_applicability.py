"""Rules over facts: Kleene's logic, a sentence, the question that would settle it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.assess.applicability import judge
from seawall.core.profile import Fact, Profile

YES, NO, OPEN = (
    {"fact": "rag.used", "is": True},
    {"fact": "a", "is": True},
    {"fact": "b", "is": True},
)
FACTS = {
    "rag.used": True,
    "a": False,
    "b": None,
    "audience": ("customers", "anonymous"),
    "nobody": (),
    "model.hosting": "vendor_api",
    "n": 12000.0,
}


def profile(facts: dict = FACTS) -> Profile:
    return Profile(
        application="a",
        title="A",
        facts={key: Fact(key=key, value=value) for key, value in facts.items()},
    )


@pytest.mark.parametrize(
    ("rule", "applies", "sentence", "missing"),
    [
        (None, True, "Applies to every generative-AI application.", ""),
        (YES, True, "Applies because rag.used is yes.", ""),
        (NO, False, "Does not apply because a is no.", ""),
        (OPEN, None, "Cannot be decided: b is not known.", "b"),
        ({"all": [YES, NO, OPEN]}, False, "Does not apply because a is no.", ""),
        ({"all": [YES, OPEN]}, None, "Cannot be decided: b is not known.", "b"),
        ({"any": [NO, OPEN, YES]}, True, "Applies because rag.used is yes.", ""),
        ({"any": [NO, OPEN]}, None, "Cannot be decided: b is not known.", "b"),
        (
            {"any": [NO, {"not": YES}]},
            False,
            "Does not apply because a is no and rag.used is yes.",
            "",
        ),
        ({"not": OPEN}, None, "Cannot be decided: b is not known.", "b"),
        ({"not": NO}, True, "Applies because a is no.", ""),
        (
            {"fact": "audience", "has_any": ["partners", "anonymous"]},
            True,
            "Applies because audience includes anonymous.",
            "",
        ),
        (
            {"fact": "audience", "has_any": ["partners"]},
            False,
            "Does not apply because audience does not include partners.",
            "",
        ),
        (
            {"fact": "model.hosting", "has_any": ["vendor_api"]},
            True,
            "Applies because model.hosting is vendor_api.",
            "",
        ),
        (
            {"fact": "nobody", "nonempty": True},
            False,
            "Does not apply because nobody is empty.",
            "",
        ),
        ({"fact": "nobody", "nonempty": False}, True, "Applies because nobody is empty.", ""),
        ({"fact": "n", "at_least": 10000}, True, "Applies because n is 12,000.", ""),
        ({"fact": "n", "at_least": 20000}, False, "Does not apply because n is 12,000.", ""),
        (
            {"fact": "unheard", "is": True},
            None,
            "Cannot be decided: unheard is not known.",
            "unheard",
        ),
    ],
)
def test_rules(rule, applies, sentence: str, missing: str) -> None:
    assert judge(rule, profile()) == (applies, sentence, missing)


@pytest.mark.parametrize("rule", [{"fact": "rag.used"}, {"is": True}, {"fact": "n", "above": 3}])
def test_what_is_no_rule_is_an_error(rule) -> None:
    with pytest.raises(ValueError, match="not a rule"):
        judge(rule, profile())


LEAVES = st.sampled_from(["p", "q", "r", "s"]).map(lambda fact: {"fact": fact, "is": True})
RULES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda rules: {"all": rules})
        | st.lists(inner, min_size=1, max_size=3).map(lambda rules: {"any": rules})
        | inner.map(lambda rule: {"not": rule})
    ),
    max_leaves=8,
)
VALUES = st.fixed_dictionaries(
    dict.fromkeys(["p", "q", "r", "s"], st.sampled_from([True, False, None]))
)


@given(RULES, VALUES)
def test_a_decided_rule_stays_decided_when_more_becomes_known(rule, facts) -> None:
    before = judge(rule, profile(facts))
    for fact, value in facts.items():
        if value is not None:
            continue
        for answer in (True, False):
            after = judge(rule, profile({**facts, fact: answer}))
            assert before.applies in (None, after.applies)


@given(RULES, VALUES)
def test_unknown_names_a_fact_that_is_missing(rule, facts) -> None:
    judgement = judge(rule, profile(facts))
    if judgement.applies is None:
        assert facts[judgement.missing_fact] is None
    else:
        assert judgement.missing_fact == ""


@pytest.mark.parametrize(
    ("rule", "applies"), [(YES, None), (NO, False), ({"fact": "unheard", "is": True}, None)]
)
def test_maybe_holds_for_nobody_for_sure(rule, applies) -> None:
    found = judge({"maybe": rule, "if": "users meet"}, profile(FACTS))
    assert found.applies is applies
    assert ("no answer says whether users meet" in found.sentence) is (rule is YES)
    assert found.missing_fact == ("unheard" if "unheard" in found.sentence else "")
    assert judge({"any": [{"maybe": YES, "if": "users meet"}, YES]}, profile(FACTS)).applies


def seen(facts: dict) -> Profile:
    """A profile of which every fact was only seen in code."""
    found = {key: Fact(key=key, value=value, source="discover") for key, value in facts.items()}
    return Profile(application="a", title="A", facts=found)


@pytest.mark.parametrize(
    ("rule", "applies"),
    [
        ({"fact": "audience", "has_any": ["anonymous"]}, True),
        ({"fact": "audience", "has_any": ["partners"]}, None),
        ({"not": {"fact": "audience", "has_any": ["partners"]}}, None),
        ({"any": [{"fact": "audience", "has_any": ["partners"]}, YES]}, True),
        (YES, True),
        ({"fact": "rag.used", "is": False}, False),
        (NO, None),
        ({"fact": "a", "is": False}, None),
        ({"fact": "audience", "nonempty": True}, True),
        ({"fact": "audience", "nonempty": False}, False),
        ({"fact": "nobody", "nonempty": True}, None),
        ({"fact": "nobody", "nonempty": False}, None),
        ({"fact": "n", "at_least": 10000}, True),
        ({"fact": "n", "at_least": 20000}, None),
        ({"fact": "model.hosting", "has_any": ["vendor_api"]}, True),
        ({"fact": "model.hosting", "has_any": ["own_trained"]}, None),
        ({"fact": "model.hosting", "is": "vendor_api"}, None),
        ({"fact": "model.hosting", "is": "own_trained"}, False),
    ],
)
def test_what_code_shows_is_a_lower_bound(rule, applies) -> None:
    judgement = judge(rule, seen(FACTS))
    assert judgement.applies is applies
    assert (judgement.missing_fact in FACTS) is (applies is None)


def test_what_was_not_seen_is_said_in_a_sentence() -> None:
    found = judge({"fact": "audience", "has_any": ["partners"]}, seen(FACTS))
    assert found.sentence == (
        "Cannot be decided: audience does not include partners so far, and nobody confirmed it."
    )
