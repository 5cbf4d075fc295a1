"""The policy file: clear errors with file and line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from seawall.core.errors import InputError
from seawall.policy.load import decode_policy, json_schema, load_policy, pattern_problem

GOOD = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: https://api.example/v1
    api_key_env: MAIN_KEY
    models:
      small: {input_per_million: 1, output_per_million: 2}
functions:
  chat:
    models: [small]
guards:
  - detector: secrets
    control: CTL-SECRETS
    action: redact
    stages: [input, output]
tools:
  rules:
    pay:
      effect: pay
      control: CTL-TOOL-RULES
      arguments:
        to: {pattern: "[a-z]+", from_trusted: true}
"""
PAYS = "      control: CTL-TOOL-RULES\n      arguments:"
PROBLEMS = [
    (PAYS, PAYS.replace("\n", "\n      approvers: ['role:developer']\n", 1), 22, "role:developer"),
    (PAYS, PAYS.replace("\n", "\n      needs: 2\n      approvers: [ana]\n", 1), 23, "fewer"),
    ("application: shop", "aplication: shop", 2, "aplication"),
    ("version: 1", "version: 2", 1, "version"),
    ("action: redact", "action: mask", 15, "mask"),
    ("stages: [input, output]", "stages: []", 16, "stages"),
    ("stages: [input, output]", "stages: [inputs]", 16, "inputs"),
    ("models: [small]", "models: [large]", 11, "large"),
    ("base_url: https://api.example/v1", "base_url: ftp://x", 5, "base_url"),
    ("base_url: https://api.example/v1", "base_url: https://u:p@x/v1", 5, "credentials"),
    ("base_url: https://api.example/v1", "base_url: https:///v1", 5, "host"),
    ("base_url: https://api.example/v1", "base_url: https://./v1", 5, "host"),
    ("base_url: https://api.example/v1", "base_url: https://a..example/v1", 5, "host"),
    ("base_url: https://api.example/v1", f"base_url: https://{'ä' * 64}.example/v1", 5, "host"),
    ("base_url: https://api.example/v1", "base_url: https://api.example:0/v1", 5, "port 0"),
    ("base_url: https://api.example/v1", "base_url: https://x/v1?key=1", 5, "query"),
    ("api_key_env: MAIN_KEY", "api_key_env: sk-123", 6, "environment"),
    ('pattern: "[a-z]+"', 'pattern: "(?=a)"', 23, "RE2"),
    ('pattern: "[a-z]+"', 'pattern: "("', 23, "RE2"),
    ("detector: secrets", "detector: secretz", 13, "secretz"),
    ("control: CTL-SECRETS", 'control: ""', 14, "control"),
    ("effect: pay", "effect: fly", 20, "fly"),
    ("effect: pay", "effect: pay\n      action: allow", 21, "allow"),
    ("input_per_million: 1", "input_per_million: -1", 8, "input_per_million"),
    ("functions:\n  chat:\n    models: [small]", "functions: {}", 9, "functions"),
    ("tools:", 'refusal_text: " "\ntools:', 17, "refusal_text"),
    ("tools:", 'documents: {open: ""}\ntools:', 17, "documents.open"),
    ("tools:", "disclosure: {text: 'a" + "b" * 600 + "'}\ntools:", 17, "disclosure"),
    ("tools:", "version: 1\ntools:", 17, "duplicate"),
]


def test_a_good_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(GOOD)
    policy = load_policy(path, {"secrets"})
    assert policy.functions["chat"].models == ("small",)


@pytest.mark.parametrize(("old", "new", "line", "word"), PROBLEMS)
def test_errors_name_file_line_and_what(old: str, new: str, line: int, word: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        decode_policy(GOOD.replace(old, new, 1), "p.yaml", {"secrets"})
    assert str(caught.value).startswith(f"p.yaml:{line}: ")
    assert word in str(caught.value)


def test_a_model_may_have_two_upstreams_of_different_names() -> None:
    second = """  - name: other
    base_url: https://b.example/v1
    order: 1
    models:
      small: {input_per_million: 1, output_per_million: 2}
functions:
"""
    policy = decode_policy(GOOD.replace("functions:\n", second, 1), "p")
    assert [x.name for x in policy.upstreams if "small" in x.models] == ["main", "other"]
    with pytest.raises(InputError, match=r"p:9: .*named twice"):
        decode_policy(GOOD.replace("functions:\n", second.replace("other", "main"), 1), "p")


def test_a_rule_that_can_never_apply_is_refused() -> None:
    shadowed = "  - {detector: secrets, control: CTL-X, action: block, stages: [input]}\ntools:"
    with pytest.raises(InputError, match=r"p:17: .*never apply"):
        decode_policy(GOOD.replace("tools:", shadowed, 1), "p")
    narrower = "  - {detector: secrets, control: CTL-X, action: block, stages: [document]}\ntools:"
    decode_policy(GOOD.replace("tools:", narrower, 1), "p")


def test_the_json_schema_says_what_the_loader_says() -> None:
    validator = jsonschema_rs.validator_for(json_schema())
    assert validator.is_valid(yaml.safe_load(GOOD))
    refused = 0
    for old, new, _, _ in PROBLEMS:
        text = GOOD.replace(old, new, 1)
        if "duplicate" not in new:
            refused += not validator.is_valid(yaml.safe_load(text))
    assert refused >= 8


def test_patterns_are_re2() -> None:
    assert pattern_problem("a(b|c)*") == ""
    for bad in ("(?<!a)b", r"(a)\1", "["):
        assert pattern_problem(bad)


def _required(node: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of every field of SMALLEST: each of them is required."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        if key not in ("small", "chat", "pay") and isinstance(key, str):
            yield (*at, key)
        if isinstance(value, dict | list):
            yield from _required(value, (*at, key))


SMALLEST = {
    "version": 1,
    "application": "shop",
    "upstreams": [
        {
            "name": "main",
            "base_url": "http://127.0.0.1/v1",
            "models": {"small": {"input_per_million": 1, "output_per_million": 2}},
        }
    ],
    "functions": {"chat": {}},
}
PLACES = list(_required(SMALLEST))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_a_missing_field_comes_with_an_example_that_fits(place: tuple[str | int, ...]) -> None:
    policy = json.loads(json.dumps(SMALLEST))
    *way, field = place
    node: Any = policy
    for key in way:
        node = node[key]
    del node[field]
    with pytest.raises(InputError) as refused:
        decode_policy(yaml.safe_dump(policy), "shop.yaml")
    assert f"missing required field `{field}`" in refused.value.message
    example = refused.value.hint.removeprefix("Add it, for example ")
    node |= yaml.safe_load(example)
    decode_policy(yaml.safe_dump(policy), "shop.yaml")


def test_a_missing_choice_is_told_with_the_others() -> None:
    text = yaml.safe_dump(SMALLEST | {"tools": {"rules": {"pay": {"control": "CTL-PII"}}}})
    with pytest.raises(InputError) as refused:
        decode_policy(text, "shop.yaml")
    assert refused.value.hint.endswith("effect: delete, or execute, pay, read, send, write")
