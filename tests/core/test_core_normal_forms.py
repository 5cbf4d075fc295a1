"""Normal forms are Python's own, without its time for many marks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timing import least_seconds

from seawall.core.normal_forms import normalized, unmarked
from seawall.policy.provenance.text import fold

_FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@given(
    st.text(st.sampled_from("aé\u0301\u0323ﬁ가\u1100\u1161े 😀-"), max_size=30),
    st.sampled_from(_FORMS),
)
def test_texts_are_as_python_has_them(text: str, form: str) -> None:
    assert normalized(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize("sign", ["😀", "…", "«"])
def test_signs_in_a_row_are_no_marks(sign: str) -> None:
    text = f"é{sign * 100}e\u0301"
    assert normalized("NFKC", text) == unicodedata.normalize("NFKC", text)


def test_many_marks_take_no_longer_than_as_many_letters() -> None:
    # Many times that, were it the square.
    assert least_seconds(lambda: fold("и" + "\u0301\u0323" * 100_000), rounds=2) < 5


def test_marks_are_taken_off_and_nothing_else() -> None:
    assert unmarked("NFD", "Crème ﬁn, Łódź, Zürich, мій, ὥρα") == "Creme ﬁn, Łodz, Zurich, міи, ωρα"
    assert unmarked("NFKD", "ﬁn ①") == "fin 1"
    assert unmarked("NFD", "plain") == "plain"
