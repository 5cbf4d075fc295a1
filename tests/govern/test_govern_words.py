"""How numbers are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.govern.words import interval, money, percent, plain, plural


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.0001, "<0.1%"),
        (0.99951, "99.95%"),
        (0.99999, ">99.9%"),
        (0.016, "1.6%"),
        (0.5, "50%"),
        (0.0614, "6.1%"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_percent(share: float | None, said: str) -> None:
    assert percent(share) == said


@given(st.floats(min_value=0.0, max_value=1.0))
def test_only_exact_ends_are_said_as_ends(share: float) -> None:
    assert (percent(share) == "0%") == (share == 0.0)
    assert (percent(share) == "100%") == (share * 100.0 == 100.0)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0, 0.061, "0–6.1%"),
        (0.0001, 0.5, "<0.1–50%"),
        (0.5, 0.99999, "50% to >99.9%"),
        (float("nan"), 0.5, "–"),
    ],
)
def test_interval(low: float, high: float, said: str) -> None:
    assert interval(low, high) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0.0, "0"),
        (0.4, "<1"),
        (950.0, "950"),
        (999.9, "1k"),
        (1_000.0, "1k"),
        (37_123.0, "37.1k"),
        (999_600.0, "1m"),
        (1_532_000.0, "1.53m"),
        (2.1e9, "2.1bn"),
        (7.4e12, "7400bn"),
        (-1234.0, "−1.23k"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_money(amount: float | None, said: str) -> None:
    assert money(amount) == said


def test_plural() -> None:
    assert [plural(1, "risk"), plural(2, "risk"), plural(0, "risk")] == [
        "1 risk",
        "2 risks",
        "0 risks",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("Straße 日本 🙂", "Straße 日本 🙂"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text) == shown
