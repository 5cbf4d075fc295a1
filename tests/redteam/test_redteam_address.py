"""No login in an address: runs, heads and errors show addresses."""

import pytest

from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.redteam.address import without_login
from seawall.redteam.aim import aim
from seawall.redteam.attacker import AttackerModel
from seawall.redteam.judge import Judge

SECRET = "hunter2"
WITH_LOGIN = [
    f"https://me:{SECRET}@models.example/v1",
    f"anthropic:http://{SECRET}@127.0.0.1:1",
    f"http://{SECRET}@[::1",
]


@pytest.mark.parametrize("address", WITH_LOGIN)
@pytest.mark.parametrize(
    "taken", [aim, lambda url: AttackerModel(url, "m"), lambda url: Judge(url, "m")]
)
def test_an_address_with_a_login_is_refused_and_not_shown(taken, address) -> None:
    with pytest.raises(InputError) as told:
        taken(address)
    assert SECRET not in f"{told.value} {told.value.hint}"


@pytest.mark.parametrize(
    "address",
    ["https://models.example/v1?to=a@b.example", "lab", "python:m:f", "http://[::1]:9/v1"],
)
def test_other_addresses_are_taken(address) -> None:
    assert without_login(address) == address


def test_a_search_writes_no_login_down(tmp_path, capsys) -> None:
    rows = tmp_path / "rows.jsonl"
    words = ["attack", "search", "--probe", "PRB-AUTHORITY", "--target", "lab", "--out", str(rows)]
    assert run([*words, "--attacker", WITH_LOGIN[0]]) == 2
    assert not rows.exists()
    assert SECRET not in "".join(capsys.readouterr())
