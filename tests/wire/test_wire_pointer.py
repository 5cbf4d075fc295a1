"""JSON pointers and edits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import InputError
from seawall.wire import pointer


def test_get_and_replace_with_escapes() -> None:
    document: dict[str, Any] = {"a/b": [{"~": "x"}], "": {"": "y"}}
    assert pointer.get(document, "/a~1b/0/~0") == "x"
    assert pointer.get(document, "//") == "y"
    pointer.replace(document, "/a~1b/0/~0", "z")
    pointer.replace(document, "/a~1b/0", "w")
    assert document["a/b"] == ["w"]


@pytest.mark.parametrize("where", ["/b", "/a/1", "/a/-1", "/a/x", "/a/0/0", "a", "/a/01x"])
def test_what_does_not_exist_is_an_error(where: str) -> None:
    with pytest.raises(InputError):
        pointer.get({"a": ["t"]}, where)


def test_spans_of_one_string_are_edited_together() -> None:
    document = {"a": "one two three", "b": "whole"}
    pointer.apply(document, {("/a", (0, 3)): "1111", ("/a", (8, 13)): "3", ("/b", None): "new"})
    assert document == {"a": "1111 two 3", "b": "new"}


@pytest.mark.parametrize(
    "edits",
    [
        {("/a", (0, 5)): "x", ("/a", (4, 6)): "y"},
        {("/a", (0, 99)): "x"},
        {("/a", None): "x", ("/a", (1, 2)): "y"},
        {("/n", None): "x"},
        {("key:/a", None): "x"},
    ],
)
def test_edits_that_cannot_be_right_are_errors(edits: Any) -> None:
    document = {"a": "one two", "n": 1}
    with pytest.raises(InputError):
        pointer.apply(document, edits)
    assert document == {"a": "one two", "n": 1}


@given(st.lists(st.text(), max_size=5))
def test_join_and_split_are_inverse(tokens: list[str]) -> None:
    assert pointer.split(pointer.join(*tokens)) == tokens
