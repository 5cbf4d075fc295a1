"""Presets of `seawall attack lab`."""

import pytest

from seawall.cli._attack_lab import sized
from seawall.cli.main import run
from seawall.core.errors import InputError

NOTHING = (False, None, None)


def test_presets_are_every_probe_and_what_is_given_goes_before_them() -> None:
    assert sized(False, False, NOTHING) == (False, None, 40)
    assert sized(True, False, NOTHING) == (True, 1, 12)
    every, n, harmless = sized(False, True, NOTHING)
    assert every
    assert n is not None
    assert (n >= 8, harmless) == (True, 200)
    assert sized(True, False, (False, 3, 0)) == (True, 3, 0)
    with pytest.raises(InputError):
        sized(True, True, NOTHING)


def test_the_command_refuses_both(tmp_path, capsys) -> None:
    assert run(["attack", "lab", "--quick", "--full", "--out", str(tmp_path / "out")]) == 2
    assert "exclude each other" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
