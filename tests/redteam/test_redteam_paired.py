"""The statistics of two runs, against values that were published with the methods."""

import math

import pytest

from seawall.redteam.paired import (
    discordant_needed,
    holm,
    mcnemar,
    newcombe_paired,
    smallest_drop,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe 1998a, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(successes, n, low, high) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_sputum_example() -> None:
    # Armitage and Berry 1994, p. 127: two media, 50 specimens; exact p and Newcombe's interval.
    assert mcnemar([1] * 12 + [-1] * 2 + [0] * 36) == pytest.approx(0.0129, abs=5e-5)
    assert newcombe_paired(20, 12, 2, 16) == pytest.approx((0.0562, 0.3292), abs=5e-5)


def test_holm_example() -> None:
    # Holm's procedure on .01, .04, .03, .005 at 5% rejects the first and the last.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_order_of_the_runs_only_turns_the_sign() -> None:
    low, high = newcombe_paired(20, 12, 2, 16)
    assert newcombe_paired(20, 2, 12, 16) == pytest.approx((-high, -low))
    assert mcnemar([3, -1, 2]) == mcnemar([-3, 1, -2])


def test_variants_of_one_payload_count_once() -> None:
    assert mcnemar([10]) == 1.0, "one payload proves nothing, however often it was varied"
    assert mcnemar([1] * 10) == pytest.approx(2 / 2**10)
    assert mcnemar([2] * 5) > mcnemar([1] * 10)
    wide = newcombe_paired(20, 12, 2, 16, n_effective=25)
    narrow = newcombe_paired(20, 12, 2, 16)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_nothing_is_known_of_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert newcombe_paired(0, 0, 0, 0) == (-1.0, 1.0)
    assert mcnemar([]) == mcnemar([0, 0]) == 1.0


def test_power() -> None:
    assert discordant_needed(0.05) == 6, "2 / 2**6 is the first below 5%"
    assert 2 / 2 ** discordant_needed(0.0025) <= 0.0025 < 2 / 2 ** (discordant_needed(0.0025) - 1)
    fall = smallest_drop(27)
    missed = sum(math.comb(27, k) * fall**k * (1 - fall) ** (27 - k) for k in range(6))
    assert missed == pytest.approx(0.2, abs=1e-4)
    assert smallest_drop(100) < fall
    assert smallest_drop(27, alpha=0.05 / 20) > fall
    assert math.isinf(smallest_drop(5))
