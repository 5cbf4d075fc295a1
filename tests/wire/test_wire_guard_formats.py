"""Texts to check and moderations: whatever the body holds, items or a RequestError, never else."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import RequestError
from seawall.core.exchange import Stage
from seawall.wire import guard_check, openai_moderations
from seawall.wire.guard_check import Item

LIMIT = 1_000_000
PNG = b"\x89PNG\r\n\x1a\n0000"
ENCODED = base64.b64encode(PNG).decode()
KEYS = st.sampled_from(["id", "text", "stage", "image", "context", "items", "input", "model", "x",
                        "type", "image_url", "url", "system", "documents"])  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=5),
    st.sampled_from(["input", "document", "text", "image_url", ENCODED, "data:image/png;base64,"]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_every_body_is_read_or_refused_by_name(value: Any) -> None:
    body = json.dumps(value).encode()
    try:
        items, many = guard_check.parse(body, max_bytes=LIMIT)
    except RequestError as error:
        assert error.status == 400
    else:
        assert items
        assert many is ("items" in value)
        assert all(item.text or item.image or "text" in json.dumps(value) for item in items)
    try:
        groups = openai_moderations.parse_request(body, max_bytes=LIMIT)
    except RequestError as error:
        assert error.status == 400
    else:
        assert groups
        assert all(groups)


def test_all_fields_of_an_item() -> None:
    context = {"system": "s", "user": "u", "documents": ["d"], "tools": ["t"]}
    value = {"id": "a", "text": "b", "stage": "tool-result", "image": ENCODED, "context": context}
    expected = Item(id="a", text="b", stage=Stage.TOOL_RESULT, image=PNG, context=context)
    assert guard_check.item(dict(value), "") == expected
    url = f"data:image/png;base64,{ENCODED}"
    assert guard_check.item({**value, "image": url}, "") == expected
    nulls = {"id": None, "text": "b", "stage": None, "image": None, "context": None}
    assert guard_check.item(nulls, "") == guard_check.item({"text": "b"}, "") == Item(text="b")


def test_what_a_moderation_is_about() -> None:
    def groups(given: Any) -> list[list[tuple[str, Item]]]:
        body = json.dumps({"input": given, "model": None}).encode()
        return openai_moderations.parse_request(body, max_bytes=LIMIT)

    assert groups("a") == [[("/input", Item(text="a"))]]
    assert groups(["a", "b"]) == [
        [("/input/0", Item(text="a"))],
        [("/input/1", Item(text="b"))],
    ]
    url = f"data:image/png;base64,{ENCODED}"
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": url}}]
    assert groups(parts) == [[("/input/0", Item(text="a")), ("/input/1", Item(image=PNG))]]


@pytest.mark.parametrize(
    ("kinds", "violence", "illicit"),
    [
        (["text"], ["text"], ["text"]),
        (["image"], ["image"], ["text"]),
        (["text", "image"], ["text", "image"], ["text"]),
        (["text", ""], ["text"], ["text"]),
        ([""], [], []),
    ],
)
def test_input_types(kinds: list[str], violence: list[str], illicit: list[str]) -> None:
    found = openai_moderations.result([(kind, {}) for kind in kinds])
    types = found["category_applied_input_types"]
    assert (types["violence"], types["illicit"], found["flagged"]) == (violence, illicit, False)


@given(st.dictionaries(st.sampled_from(sorted(openai_moderations.NAMES)), st.floats(0, 1)))
def test_whatever_reaches_the_operating_point_is_flagged(harm: dict[str, float]) -> None:
    found = openai_moderations.result([("text", harm)])
    assert found["flagged"] is any(score >= 0.5 for score in harm.values())
    assert max(found["category_scores"].values()) == max(harm.values(), default=0.0)


def test_a_stage_is_read_as_other_systems_spell_it_and_else_refused_by_name() -> None:
    body = json.dumps({"text": "x", "stage": "tool_result"}).encode()
    assert guard_check.parse(body, max_bytes=LIMIT)[0][0].stage is Stage.TOOL_RESULT
    for wrong in ("tool", 5):
        body = json.dumps({"text": "x", "stage": wrong}).encode()
        with pytest.raises(RequestError, match="/stage must be"):
            guard_check.parse(body, max_bytes=LIMIT)
