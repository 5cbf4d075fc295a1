"""Own rules and allow-lists: what is wrong with them is said with file and line."""

import msgspec
import pytest

from seawall.core.errors import InputError
from seawall.policy.load import decode_policy
from seawall.policy.own_checks import check_rules, decode_rules
from seawall.policy.own_rules import OwnRule, OwnRules

DETECTORS = {"custom", "secrets", "personal-data"}
GOOD = r"""version: 1
rules:
  - id: project
    title: Code names of projects
    expression: '\b(?:kestrel|osprey)-\d{1,3}\b'
    stages: [input, output]
  - id: staff-number
    expression: 'staff (?P<value>\d{8})'
    keywords: [payroll]
    checksum: luhn
    label: staff
    score: 0.8
allow:
  - detectors: [personal-data]
    labels: [email]
    values: [help@shop.example]
    expressions: ['[a-z]+@shop\.example']
    hashes: [0a041b9462caa4a31bac3567e0b6e6fd9100787db2ab433d96f6d178cabfce90]
guards:
  - {action: redact, stages: [input], labels: [staff]}
"""
PROBLEMS = [
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", r"'(?=kestrel)'", 5, "look-around"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", "'(kestrel'", 5, "missing"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", r"'k\d{1,5000}'", 5, "bounds"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", r"'(?:[a-z]{1,100}x){1,40}'", 5, "RE2|too large"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", r"'\pL{1,200}'", 5, "too large"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", "'k*'", 5, "empty text"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", r"'\b'", 5, "empty text"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", "''", 5, "expression"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", r"'k[a{10}]'", 5, "braces"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", r"'k\Qa{10}\E'", 5, "braces"),
    (r"'\b(?:kestrel|osprey)-\d{1,3}\b'", "'" + "k" * 2_001 + "'", 5, "expression"),
    ("id: staff-number", "id: project", 7, "stands twice"),
    ("id: staff-number", "id: Staff", 7, "id"),
    ("keywords: [payroll]", "keywords: [payroll, ' ']", 9, "blank"),
    ("checksum: luhn", "checksum: md5", 10, "md5"),
    ("score: 0.8", "score: 8", 12, "score"),
    ("score: 0.8", "scores: 0.8", 12, "scores"),
    ("detectors: [personal-data]", "detectors: [personal]", 14, "no detector 'personal'"),
    ("detectors: [personal-data]", "detectors: [secrets, secrets]", 14, "stands twice"),
    ("values: [help@shop.example]", "values: [a, b, a]", 16, "stands twice"),
    ("values: [help@shop.example]", "values: [' a']", 16, "blank"),
    (r"'[a-z]+@shop\.example'", "'.*'", 17, "empty text"),
    (r"'[a-z]+@shop\.example'", "'['", 17, "missing"),
    ("hashes: [0a04", "hashes: [XX04", 18, "hashes"),
    ("labels: [staff]", "labels: [stuff]", 20, "stuff"),
    ("action: redact", "action: allow", 20, "allow"),
    ("version: 1\n", "version: 2\n", 1, "version"),
]


def test_a_good_file_is_read() -> None:
    own = decode_rules(GOOD, "r.yaml", DETECTORS)
    assert [rule.finding_label for rule in own.rules] == ["project", "staff"]
    assert own.allow[0].values == ("help@shop.example",)


@pytest.mark.parametrize(("old", "new", "line", "words"), PROBLEMS)
def test_errors_name_file_line_and_reason(old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=words) as caught:
        decode_rules(GOOD.replace(old, new, 1), "r.yaml", DETECTORS)
    assert caught.value.message.startswith(f"r.yaml:{line}: ")


@pytest.mark.parametrize(
    "expression",
    [r"\[x{2,9}\]", r"[\]a]{2}", r"[a\{10}]+", r"[[:alpha:]]{3,4}-\d", r"(?s)a.{1,80}b", "é{2}"],
)
def test_braces_outside_sets_are_repeats(expression: str) -> None:
    check_rules(OwnRules(rules=(OwnRule(id="one", expression=expression),)))


def test_the_same_rule_under_two_names_is_an_error() -> None:
    second = GOOD.replace(
        "  - id: staff-number\n    expression: 'staff (?P<value>\\d{8})'\n    keywords: [payroll]\n"
        "    checksum: luhn\n    label: staff\n    score: 0.8\n",
        "  - {id: again, stages: [input, output],\n"
        "     expression: '\\b(?:kestrel|osprey)-\\d{1,3}\\b'}\n",
    ).replace("labels: [staff]", "labels: [again]")
    with pytest.raises(InputError, match=r"r.yaml:8: .*'project' and 'again' match the same"):
        decode_rules(second, "r.yaml", DETECTORS)


def test_an_empty_allow_list_and_guards_without_rules_are_errors() -> None:
    with pytest.raises(InputError, match="a:3: This allow-list allows nothing"):
        decode_rules("version: 1\nallow:\n  - {detectors: [secrets]}\n", "a", DETECTORS)
    with pytest.raises(InputError, match="a:2: There are guards but no rules"):
        decode_rules("version: 1\nguards:\n  - {action: flag, stages: [input]}\n", "a", DETECTORS)


def test_too_many_rules_and_values_are_refused() -> None:
    rules = tuple(OwnRule(id=f"r{n}", expression=f"x{n}") for n in range(1_001))
    with pytest.raises(InputError, match=r"rules\.1000: More than 1000 rules"):
        check_rules(OwnRules(rules=rules))
    values = "".join(f"      - v{n}\n" for n in range(100_001))
    text = f"version: 1\nallow:\n  - detectors: [secrets]\n    values:\n{values}"
    with pytest.raises(InputError, match="a:3: More than 100000"):
        decode_rules(text, "a", DETECTORS)


POLICY = """\
version: 1
application: shop
upstreams:
  - {name: main, base_url: "http://x", models: {m: {input_per_million: 1, output_per_million: 1}}}
functions: {chat: {}}
guards:
  - {detector: custom, control: CTL-PII, action: redact, stages: [input], labels: [project]}
rules:
  - {id: project, expression: 'kestrel-[0-9]+'}
"""


def test_a_policy_holds_rules_and_a_guard_that_names_them() -> None:
    policy = decode_policy(POLICY, "p.yaml", DETECTORS)
    assert policy.own.rules[0].id == "project"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("detector: custom", "detector: secrets", 8, "do nothing"),
        ("labels: [project]", "labels: [projekt]", 7, "projekt"),
        ("'kestrel-[0-9]+'", "'kestrel-[0-9'", 9, "RE2"),
        ("rules:\n  - {id: project, expression: 'kestrel-[0-9]+'}\n", "", 7, "needs rules"),
        ("rules:", "allow:\n  - {detectors: [x], values: [a]}\nrules:", 9, "no detector 'x'"),
    ],
)
def test_errors_in_a_policys_rules_name_the_line(old: str, new: str, line: int, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        decode_policy(POLICY.replace(old, new, 1), "p.yaml", DETECTORS)
    assert caught.value.message.startswith(f"p.yaml:{line}: ")


def test_an_allow_list_names_labels_that_its_detectors_give() -> None:
    class Card(msgspec.Struct):
        labels: tuple[str, ...] = ()

    known = {
        "personal-data": Card(labels=("email", "iban")), "secrets": Card(), "custom": Card()
    }  # fmt: skip
    assert decode_rules(GOOD, "r.yaml", known).allow[0].labels == ("email",)
    bad = GOOD.replace("labels: [email]", "labels: [e-mail]")
    with pytest.raises(InputError, match=r"r\.yaml:15: .*no label 'e-mail'"):
        decode_rules(bad, "r.yaml", known)
    own = bad.replace("detectors: [personal-data]", "detectors: [custom]")
    assert decode_rules(own, "r.yaml", known).allow[0].labels == ("e-mail",)
