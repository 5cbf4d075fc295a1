"""Every benchmark can be started: a helper that was renamed shows here and not months later."""

import importlib

import pytest
from benchmarks.__main__ import names


@pytest.mark.parametrize("name", names())
def test_a_benchmark_loads_and_has_a_main(name: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{name}").main)
