"""Answers against the JSON Schema that request or policy asks for."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall import Guard
from seawall.core.errors import InputError
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Outcome
from seawall.guard.engine import GuardEngine
from seawall.guard.self_test import part_at
from seawall.guard.stream import StreamBlocked, StreamGuard
from seawall.policy import answer_schema
from seawall.policy.model import GuardRule
from seawall.wire.openai_chat import parse_request

ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "lines"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "$defs": {
        "line": {
            "type": "object",
            "properties": {
                "sku": {"type": "string", "pattern": "^[A-Z]{3}$"},
                "count": {"enum": [1, 2]},
            },
        }
    },
}
GOOD: dict[str, Any] = {"id": 7, "lines": [{"sku": "ABC", "count": 2}], "notes": {"Eve": "hi"}}


def rule(**fields: Any) -> GuardRule:
    base = {"detector": "json-schema", "control": "C", "action": Action.BLOCK}
    return GuardRule(**{**base, "stages": (Stage.OUTPUT,), **fields})


def request(response_format: dict[str, Any] | None, **fields: Any) -> Any:
    body = {"model": "m", "messages": [{"role": "user", "content": "My order?"}], **fields}
    if response_format is not None:
        body["response_format"] = response_format
    return parse_request(json.dumps(body).encode())


ASKED = {"type": "json_schema", "json_schema": {"name": "order", "strict": True, "schema": ORDER}}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "seven"}, "type at /id"),
        ({"id": 0}, "minimum at /id"),
        ({"lines": [{"sku": "ABC"}, {"sku": "secret"}]}, "pattern at /lines/1/sku"),
        ({"lines": [{"count": 9}]}, "enum at /lines/0/count"),
        ({"notes": {"Eve Example": 5}}, "type at /notes/*"),
        ({"extra": 1}, "additionalProperties at the root"),
    ],
)
def test_a_violation_is_named_by_keyword_and_pointer_never_by_value(
    change: dict[str, Any], why: str
) -> None:
    engine, exchange = GuardEngine([rule()]), request(ASKED)
    assert (
        engine.inspect([part_at(Stage.OUTPUT, json.dumps(GOOD))], exchange).action is Action.ALLOW
    )
    text = json.dumps({**GOOD, **change})
    decision = engine.inspect([part_at(Stage.OUTPUT, text)], exchange)
    (found,) = decision.parts[0].findings
    assert (found.label, found.message) == ("schema-violation", why)
    assert (found.start, found.end) == (0, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "", "Here you are: {}", '{"id": 7', "```json\n{}\n```", '{"id": NaN, "lines": []}',
        '{"id": 7, "id": 8, "lines": []}', '{"id": 7, "lines": []} done', "null", "[]",
        "[" * 5000 + "]" * 5000, "\ud800",
    ],
)  # fmt: skip
def test_what_is_not_the_asked_json_is_found(text: str) -> None:
    engine = GuardEngine([rule()])
    decision = engine.inspect([part_at(Stage.OUTPUT, text)], request(ASKED))
    assert (decision.action, decision.outcome) == (Action.BLOCK, Outcome.FOUND)


@pytest.mark.parametrize(
    ("asked", "text", "action"),
    [
        (None, "prose", Action.ALLOW),
        ({"type": "text"}, "prose", Action.ALLOW),
        ({"type": "json_object"}, "prose", Action.BLOCK),
        ({"type": "json_object"}, "[1]", Action.BLOCK),
        ({"type": "json_object"}, '{"a": 1}', Action.ALLOW),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, "5", Action.ALLOW),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, "five", Action.BLOCK),
    ],
)
def test_the_request_decides_what_is_checked(
    asked: dict[str, Any] | None, text: str, action: Action
) -> None:
    decision = GuardEngine([rule()]).inspect([part_at(Stage.OUTPUT, text)], request(asked))
    assert decision.action is action


def test_a_schema_of_the_policy_holds_whatever_the_request_asks() -> None:
    engine = GuardEngine([rule(answer_schema={"type": "array"})])
    for exchange, text, action in (
        (request(None), "[]", Action.ALLOW),
        (request(None), "{}", Action.BLOCK),
        (None, "no", Action.BLOCK),
        (request({"type": "json_object"}), "{}", Action.BLOCK),
    ):
        assert engine.inspect([part_at(Stage.OUTPUT, text)], exchange).action is action


def test_a_refusal_field_is_prose() -> None:
    part = part_at(Stage.OUTPUT, "I can't help with that.", "/choices/0/message/refusal")
    assert GuardEngine([rule()]).inspect([part], request(ASKED)).action is Action.ALLOW


@pytest.mark.parametrize(
    "schema", [{"type": "objekt"}, {"$ref": "http://x.example/y"}, {"pattern": "(?=a)"}]
)
def test_a_schema_that_cannot_be_used_is_unknown_or_refused_at_the_start(
    schema: dict[str, Any],
) -> None:
    asked = request(None)
    asked.answer_schema = schema
    decision = GuardEngine([rule()]).inspect([part_at(Stage.OUTPUT, '"b"')], asked)
    assert (decision.outcome, decision.action) == (Outcome.UNKNOWN, Action.BLOCK)
    with pytest.raises(InputError, match="schema"):
        GuardEngine([rule(answer_schema=schema)])


def test_a_stream_is_judged_at_its_end() -> None:
    text = json.dumps({**GOOD, "notes": {"a": "One. Two. Three. " * 40}})
    for broken in (False, True):
        guard, out = StreamGuard(GuardEngine([rule()]), request(ASKED)), ""
        whole = text[:-2] if broken else text
        for at in range(0, len(whole), 7):
            out += guard.feed(whole[at : at + 7])
        assert out, "nothing is held for the schema's sake"
        if broken:
            with pytest.raises(StreamBlocked) as stop:
                guard.finish()
            assert stop.value.decision.controls == ("C",)
        else:
            assert out + guard.finish() == text


def test_from_python_the_context_carries_the_schema() -> None:
    guard = Guard([rule()])
    context = {"answer_schema": ORDER}
    assert guard.check(json.dumps(GOOD), "output", context=context).action is Action.ALLOW
    assert (
        guard.check("prose", "output", context=context).findings[0].category == "schema-violation"
    )
    assert guard.check("prose", "output").action is Action.ALLOW


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_problems_hold_no_value(value: object) -> None:
    told = answer_schema.problem(json.dumps(value), ORDER)
    tokens = set(told.partition(" at ")[2].split("/")[1:])
    assert not {t for t in tokens if not t.isdigit()} - {
        "id",
        "lines",
        "notes",
        "sku",
        "count",
        "*",
    }
