"""A changed fact changes what its rules say and nothing else; a changed word changes nothing."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.assess.applicability import judge
from seawall.assess.dependencies import APPETITE, control_facts, facts_of, loss_facts, rule_facts
from seawall.assess.discover.run import discover
from seawall.assess.profile import parse_profile
from seawall.assess.questions import answers_of, open_questions, with_answer
from seawall.assess.register import build_register
from seawall.assess.scenario import chain_of, rate_of, severity_of
from seawall.assess.scoring.loss import loss_model
from seawall.catalog.load import load_catalog
from seawall.catalog.model import Question, Risk
from seawall.core.profile import Element, Fact, Profile
from seawall.core.register import Register

CATALOG = load_catalog()
QUESTIONS = CATALOG.questions
NOW = datetime(2026, 11, 28, tzinfo=UTC)
WORDS = ("purpose.intended_use", "purpose.forbidden_uses")
# No rule of the catalogue reads them yet; the plan, the law or people do.
UNREAD = {*WORDS, "volume.users", "model.ids", "organisation.kinds", APPETITE}


def answers(question: Question) -> tuple[Any, ...]:
    if question.type == "text":
        return "One sentence.", "Another one."
    return answers_of(question)


def full(seed: int, unknown: float = 0.0) -> Profile:
    """A profile whose facts are drawn; a share of them is unknown."""
    draw = random.Random(seed)
    facts = {
        key: Fact(key=key, value=draw.choice(answers(question)))
        for key, question in QUESTIONS.items()
        if draw.random() >= unknown
    }
    return Profile(application="a", title="A", facts=facts)


NOTHING = Profile(application="a", title="A", facts={})
BASES = [NOTHING, *(full(seed, unknown) for seed, unknown in enumerate((0.0, 0.0, 0.3, 0.6)))]


def shape(risk: Risk, profile: Profile) -> tuple[Any, ...]:
    """All that the profile decides about a risk, before anything is drawn."""
    requests = risk.frequency.error_rate and profile.value("volume.requests_per_day")
    frequency = (requests, rate_of(risk, profile))
    acting = [CATALOG.controls[key] for key in CATALOG.controls_of_risk.get(risk.id, ())]
    return (
        judge(risk.applies_when, profile).applies,
        severity_of(risk, profile)[0],
        chain_of(risk, profile),
        frequency,
        loss_model(risk.magnitude, profile),
        tuple(judge(card.default_when, profile).applies for card in acting),
    )


def changed(profile: Profile, question: Question) -> Iterator[Profile]:
    yield with_answer(profile, question.fact, None)
    for value in answers(question):
        yield with_answer(profile, question.fact, value)


@pytest.mark.parametrize("fact", QUESTIONS)
def test_a_fact_changes_only_risks_whose_rules_read_it(fact: str) -> None:
    free = [risk for risk in CATALOG.risks.values() if fact not in facts_of(risk, CATALOG)]
    for base in BASES:
        for other in changed(base, QUESTIONS[fact]):
            moved = [risk.id for risk in free if shape(risk, base) != shape(risk, other)]
            assert moved == []


PAIRS = [
    (risk.id, fact) for risk in CATALOG.risks.values() for fact in sorted(facts_of(risk, CATALOG))
]


@pytest.mark.parametrize(("key", "fact"), PAIRS)
def test_every_fact_that_a_rule_reads_can_change_its_risk(key: str, fact: str) -> None:
    """No rule is dead: some profile exists in which this fact alone changes this risk."""
    risk = CATALOG.risks[key]
    for seed in range(400):
        base = full(seed)
        if len({shape(risk, other) for other in changed(base, QUESTIONS[fact])}) > 1:
            return
    pytest.fail(f"{fact} never changes {key}")


def test_every_question_is_read_or_known_to_be_read_elsewhere() -> None:
    read = {fact for risk in CATALOG.risks.values() for fact in facts_of(risk, CATALOG)}
    assert set(QUESTIONS) - read == UNREAD


def test_the_parts_of_a_dependency_are_all_of_it() -> None:
    for risk in CATALOG.risks.values():
        parts = rule_facts(risk) | loss_facts(risk) | control_facts(risk, CATALOG)
        assert facts_of(risk, CATALOG) == parts
        assert parts <= set(QUESTIONS)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_decided_with_gaps_holds_for_every_way_to_fill_them(seed: int) -> None:
    partial = full(seed, 0.5)
    for filling in range(10):
        complete = msgspec.structs.replace(
            partial, facts={**full(1000 * seed + filling).facts, **partial.facts}
        )
        for risk in CATALOG.risks.values():
            before = judge(risk.applies_when, partial).applies
            assert before in (None, judge(risk.applies_when, complete).applies), risk.id
            assert severity_of(risk, partial)[0] >= severity_of(risk, complete)[0]


def more_than(value: Any, question: Question, draw: random.Random) -> Any:
    """An answer of a person that holds what code shows, and may hold more."""
    if isinstance(value, bool):
        return value or draw.random() < 0.5
    if isinstance(value, float):
        return value * draw.choice((1.0, 3.0, 1000.0))
    held = value if isinstance(value, tuple) else (value,)
    others = [item for item in question.options or ("more",) if item not in held]
    both = (*held, *draw.sample(others, draw.randint(0, len(others))))
    return value if both == held else both


@pytest.mark.parametrize("seed", range(20))
def test_what_code_decides_holds_whatever_code_does_not_show(seed: int) -> None:
    """Risks, packs, probes and controls alike: an answer that says more contradicts nothing."""
    drawn, draw = full(seed, 0.3), random.Random(seed)
    seen = {key for key in drawn.facts if QUESTIONS[key].type != "text" and draw.random() < 0.7}
    sources = {key: "discover" if key in seen else "interview" for key in drawn.facts}
    found = msgspec.structs.replace(drawn, facts={
        key: msgspec.structs.replace(fact, source=sources[key]) for key, fact in drawn.facts.items()
    })  # fmt: skip
    rules = {
        **{risk.id: risk.applies_when for risk in CATALOG.risks.values()},
        **{pack.id: pack.applies_when for pack in CATALOG.packs.values()},
        **{probe.id: probe.applies_when for probe in CATALOG.all_probes.values()},
        **{control.id: control.default_when for control in CATALOG.controls.values()},
    }
    for _ in range(10):
        whole = found
        for key in sorted(seen):
            value = more_than(drawn.value(key), QUESTIONS[key], draw)
            whole = with_answer(whole, key, value)
        for name, rule in rules.items():
            assert judge(rule, found).applies in (None, judge(rule, whole).applies), name
        for risk in CATALOG.risks.values():
            assert severity_of(risk, found)[0] >= severity_of(risk, whole)[0]


@pytest.mark.parametrize("fact", [key for key, q in QUESTIONS.items() if q.type != "text"])
def test_an_item_that_code_does_not_show_leaves_the_risk_open_with_its_question(fact: str) -> None:
    """Seen alone, no fact rules a risk out that another answer to its question lets apply."""
    question = QUESTIONS[fact]
    for value in answers(question):
        one = Profile(application="a", title="A", facts={
            fact: Fact(key=fact, value=value, source="discover")
        })  # fmt: skip
        rest = [with_answer(one, fact, more_than(value, question, random.Random(n)))
                for n in range(8)]  # fmt: skip
        for risk in CATALOG.risks.values():
            now = judge(risk.applies_when, one)
            if now.applies is False:
                assert all(judge(risk.applies_when, other).applies is False for other in rest)
            elif now.applies is None:
                assert now.missing_fact in QUESTIONS


def code_of(application: str) -> Profile:
    code = Path(__file__).parents[2] / "examples" / application / "code"
    found = discover(code, QUESTIONS, today="2026-11-28").facts
    return Profile(application="a", title="A", facts=dict(found))


@pytest.mark.parametrize("application", ["support-bot", "hr-screening", "coding-agent"])
def test_code_alone_rules_no_risk_out_and_each_open_one_names_a_question(application: str) -> None:
    rows = register(code_of(application)).risks
    assert [row.risk for row in rows if row.applicability == "does not apply"] == []
    assert [row.risk for row in rows if row.applicability == "unknown" and not row.question] == []
    assert sum(row.applicability == "applies" for row in rows) > 10


@pytest.mark.parametrize("application", ["support-bot", "hr-screening", "coding-agent"])
def test_what_would_settle_a_risk_is_among_the_open_questions(application: str) -> None:
    profile = code_of(application)
    before = register(profile)
    asked = {item.ask for item in open_questions(profile, CATALOG, before)}
    assert {row.question for row in before.risks if row.applicability == "unknown"} <= asked
    confirmed = {key for key, fact in profile.facts.items() if fact.value is not None}
    for key in confirmed:
        profile = with_answer(profile, key, profile.value(key))
    left = {item.fact for item in open_questions(profile, CATALOG, register(profile))}
    assert not confirmed & left


def register(profile: Profile) -> Register:
    return build_register(
        profile, CATALOG, [], 0.0, seed=7, draws=200, now=NOW, model_label="m"
    )  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Profile:
    return full(3)


@pytest.fixture(scope="module")
def before(base: Profile) -> Register:
    return register(base)


@pytest.mark.parametrize("fact", [key for key in QUESTIONS if key != APPETITE])
def test_numbers_of_other_risks_stay_to_the_last_digit(
    fact: str, base: Profile, before: Register
) -> None:
    value = next(v for v in answers(QUESTIONS[fact]) if v != base.value(fact))
    after = register(with_answer(base, fact, value))
    depending = {risk.id for risk in CATALOG.risks.values() if fact in facts_of(risk, CATALOG)}
    rows = zip(before.risks, after.risks, strict=True)
    assert {a.risk for a, b in rows if a != b} <= depending


def test_the_appetite_moves_bands_and_chances_and_no_loss(base: Profile) -> None:
    low, high = (register(with_answer(base, APPETITE, value)) for value in (1e4, 1e9))
    for a, b in zip(low.risks, high.risks, strict=True):
        if a.inherent is not None and b.inherent is not None:
            assert (a.inherent.ale, a.inherent.p95) == (b.inherent.ale, b.inherent.p95)
        assert (a.applicability, a.severity, a.trace) == (b.applicability, b.severity, b.trace)
    assert low.inherent.over_appetite > high.inherent.over_appetite


@pytest.mark.parametrize("fact", WORDS)
def test_a_changed_word_of_a_description_changes_nothing(
    fact: str, base: Profile, before: Register
) -> None:
    value: Any = "Customers ask about orders, kindly." if fact == WORDS[0] else ("spam", "x")
    assert register(with_answer(base, fact, value)) == before


def test_where_a_fact_comes_from_and_what_a_picture_says_change_nothing(
    base: Profile, before: Register
) -> None:
    facts = {
        key: msgspec.structs.replace(
            fact, source="review", date="2026-01-01", owner="kim", grounds=("a.py:1 x",)
        )
        for key, fact in base.facts.items()
    }
    elements = (Element(id="e", name="A shop's desk", kind="process", zone="z"),)
    other = msgspec.structs.replace(base, facts=facts, elements=elements, title="Another title")
    assert msgspec.structs.replace(register(other), title=before.title) == before


def test_the_order_of_facts_and_of_answers_changes_nothing(base: Profile, before: Register) -> None:
    facts = {
        key: msgspec.structs.replace(fact, value=tuple(reversed(fact.value)))
        if isinstance(fact.value, tuple)
        else fact
        for key, fact in reversed(base.facts.items())
    }
    after = register(msgspec.structs.replace(base, facts=facts))
    plain = [msgspec.structs.replace(row, trace="") for row in after.risks]
    assert plain == [msgspec.structs.replace(row, trace="") for row in before.risks]


@pytest.mark.parametrize("profile", BASES, ids=["nothing", "full", "full2", "some", "few"])
def test_a_trace_reads_as_a_sentence_and_unknown_names_a_question(profile: Profile) -> None:
    for row in register(profile).risks:
        assert row.trace.endswith(".") and row.trace[0].isupper() and "  " not in row.trace
        starts = {
            "applies": "Applies",
            "unknown": "Cannot be decided",
            "does not apply": "Does not",
        }
        assert row.trace.startswith(starts[row.applicability])
        assert bool(row.question) or row.applicability != "unknown"


def test_a_profile_written_in_another_order_is_the_same_register() -> None:
    text = "application: a\nfacts:\n  rag.used: yes\n  audience: [customers, anonymous]\n"
    other = "facts: {audience: [customers, anonymous], rag.used: true}\napplication: a\n"
    one, two = (parse_profile(t, "p.yaml", QUESTIONS) for t in (text, other))
    assert register(one) == register(two)
