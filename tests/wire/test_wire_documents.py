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


class Own(DefaultMarkers, frozen=True):
    open: str = "doc["
    close: str = "]doc"


@pytest.mark.parametrize(
    ("marker", "text"),
    [
        ("doc[", "a DOC[x]doc"),
        ("Doc[", "a doc[x]doc"),
        ("k[", "a \u212a[x]doc"),  # the Kelvin sign is a k in lower case
        ("\u00c4[", "a \u00e4[x]doc"),
        ("[doc", "a [DOCx]doc"),
    ],
)
def test_a_marker_of_ones_own_is_found_in_every_case(marker: str, text: str) -> None:
    document = split(text, Own(open=marker))[1]
    assert document.document and text[document.start : document.end] == "x"


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
