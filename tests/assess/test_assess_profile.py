"""Profiles: answers checked against the questions, errors with line and field."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.assess.profile import load_profile, parse_profile
from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.profile import Profile

QUESTIONS = load_catalog().questions
HEAD = "application: app\nfacts:\n"


def parse(text: str) -> Profile:
    return parse_profile(text, "p.yaml", QUESTIONS)


def test_facts_keep_where_they_come_from(profile: Profile) -> None:
    fact = profile.facts["model.tuned"]
    assert (fact.value, fact.source, fact.date, fact.owner) == (
        True,
        "training log",
        "2026-10-01",
        "ml-team",
    )
    assert profile.value("secrets.in_prompt") is None
    assert profile.value("purpose.forbidden_uses") is None
    assert profile.flows[0].target == "app"


@pytest.mark.parametrize(
    ("line", "fact", "value"),
    [
        ("rag.used: yes", "rag.used", True),
        ("rag.used: unknown", "rag.used", None),
        ("rag.used: null", "rag.used", None),
        ("model.hosting: Vendor API", "model.hosting", "vendor_api"),
        ("audience: customers", "audience", ("customers",)),
        (
            "interface.modalities_in: [web page, text]",
            "interface.modalities_in",
            ("web_page", "text"),
        ),
        ("volume.users: 12", "volume.users", 12.0),
        ("tools.list: []", "tools.list", ()),
        ("tools.list: none", "tools.list", ()),
        ("practices.banned: none", "practices.banned", ()),
        ("organisation.kinds: [Nothing]", "organisation.kinds", ()),
        ("role.eu: none", "role.eu", ("none",)),
        ("rag.used: {value: no, source: code}", "rag.used", False),
        ("rag.used: {source: nobody knows}", "rag.used", None),
    ],
)
def test_answers(line: str, fact: str, value: object) -> None:
    assert parse(f"{HEAD}  {line}\n").value(fact) == value


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (f"{HEAD}  rag.usd: yes\n", "p.yaml:3: facts.rag.usd", "did you mean 'rag.used'"),
        (f"{HEAD}  rag.used: perhaps\n", "p.yaml:3: facts.rag.used", "yes, no or unknown"),
        (f"{HEAD}  rag.used: 1\n", "p.yaml:3: facts.rag.used", "yes, no or unknown"),
        (f"{HEAD}  audience: [customer]\n", "p.yaml:3: facts.audience", "'customers'"),
        (f"{HEAD}  model.hosting: [vendor_api]\n", "p.yaml:3: facts.model.hosting", "no answer"),
        (f"{HEAD}  volume.users: -1\n", "p.yaml:3: facts.volume.users", "at least 0"),
        (f"{HEAD}  volume.users: .inf\n", "p.yaml:3: facts.volume.users", "number"),
        (f"{HEAD}  volume.users: yes\n", "p.yaml:3: facts.volume.users", "number"),
        (f"{HEAD}  tools.list: 5\n", "p.yaml:3: facts.tools.list", "list of texts"),
        (f"{HEAD}  rag.used: {{valu: yes}}\n", "p.yaml:3: facts.rag.used.valu", "'value'"),
        (f"{HEAD}  rag.used: {{value: yes, date: 3}}\n", "p.yaml:3: facts.rag.used.date", "text"),
        (
            f"{HEAD}  rag.used: {{value: yes, date: 2026-31-01}}\n",
            "p.yaml:3: facts.rag.used.date",
            "a day, like 2026-11-02",
        ),
        (
            f"{HEAD}  rag.used: {{value: yes, date: {date.today() + timedelta(days=2)}}}\n",
            "p.yaml:3: facts.rag.used.date",
            "is to come: this is the day on which it was answered",
        ),
        ("application: a\nfact: {}\n", "p.yaml:2: fact", "'facts'"),
        ("application: ''\nfacts: {}\n", "p.yaml:1: application", "not empty"),
        ("application: a\n", "p.yaml:1: facts", "map facts"),
        ("- a\n", "p.yaml:1", "mapping"),
        ("application: a\nfacts: {}\nfacts: {}\n", "p.yaml:3", "duplicate key"),
        ("application: a\ncurrency: USD\nfacts: {}\n", "p.yaml:2: currency", "per_eur"),
        ("application: a\nfacts: {}\nelements: [{id: a}]\n", "p.yaml:3: elements.0.name", "text"),
        (
            "application: a\nfacts: {}\nelements:\n  - {id: a, name: A, kind: robot, zone: z}\n",
            "p.yaml:4: elements.0.kind",
            "person, process",
        ),
        (
            "application: a\nfacts: {}\nelements:\n  - {id: a, name: A, kind: store, zone: z}\n"
            "flows:\n  - {source: a, target: b, label: l}\n",
            "p.yaml:6: flows.0.target",
            "no element 'b'",
        ),
    ],
)
def test_errors_name_line_and_field(text: str, where: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith(where), message
    assert what in message, message


def test_a_fact_of_today_counts_wherever_the_day_has_begun() -> None:
    here = (datetime.now(UTC) + timedelta(hours=13)).date().isoformat()
    assert parse(f"{HEAD}  rag.used: {{value: yes, date: {here}}}\n").facts["rag.used"].date == here


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(InputError, match=r"gone\.yaml"):
        load_profile(tmp_path / "gone.yaml")


@settings(deadline=None)  # no assertion about speed: the machine may be busy
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(max_size=20), x, max_size=4),
        max_leaves=12,
    )
)
def test_any_answer_is_read_or_refused(value: object) -> None:
    import json

    text = f"{HEAD}  audience: {json.dumps(value)}\n"
    try:
        answer = parse(text).value("audience")
    except InputError:
        return
    assert answer is None or set(answer) <= set(QUESTIONS["audience"].options)
