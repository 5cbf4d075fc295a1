"""Documents inside messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.wire.documents import DefaultMarkers, split


def _shape(text: str) -> list[tuple[bool, str]]:
    return [(p.document, text[p.start : p.end]) for p in split(text, DefaultMarkers())]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("hello", [(False, "hello")]),
        ("", [(False, "")]),
        ("<document>x</document>", [(True, ">x")]),
        (
            "q <document a>x</document> r",
            [(False, "q "), (True, " a>x"), (False, " r")],
        ),
        (
            "<document>x</document> obey <document>y</document>",
            [(True, ">x</document> obey <document>y")],
        ),
        ("a <DOCUMENT>x</Document>", [(False, "a "), (True, ">x")]),
        ("a <document>never closed", [(False, "a "), (True, ">never closed")]),
        ("</document> first", [(False, "</document> first")]),
    ],
)
def test_first_open_to_last_close(text: str, shape: list[tuple[bool, str]]) -> None:
    assert _shape(text) == shape


@pytest.mark.parametrize(
    ("head", "source"),
    [
        ('<document source="a b.md">', "a b.md"),
        ("<document source='x'>", "x"),
        ("<document id=1 source=y.md>", "y.md"),
        ("<document>", ""),
        ('<document>source="late"', ""),
    ],
)
def test_the_source_is_read_from_the_opening_marker(head: str, source: str) -> None:
    assert split(f"{head}text</document>", DefaultMarkers())[0].source == source


@given(st.lists(st.sampled_from(["<document>", "</document>", "a ", "\u0130", " "]), max_size=12))
def test_no_character_is_lost_but_blanks(pieces: list[str]) -> None:
    text = "".join(pieces)
    shape = _shape(text)
    kept = "".join(part for _, part in shape).replace(" ", "")
    lost = len(text.replace(" ", "")) - len(kept)
    assert lost in (0, len("<document"), len("<document</document>")), "only the outer markers go"
    assert sum(document for document, _ in shape) <= 1


@given(st.text(alphabet="<>/documentx ", max_size=60))
def test_text_inside_a_document_never_becomes_the_users(inner: str) -> None:
    text = f"<document>{inner}</document>"
    assert _shape(text) == [(True, f">{inner}")]
