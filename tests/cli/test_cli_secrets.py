"""seawall secrets: read from stdin, never shown."""

import io
import json
import sys
from pathlib import Path

import pytest

from seawall.cli import main
from seawall.store.db import open_store
from seawall.store.sealed import get_secret


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main.run(arguments)
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_set_list_rotate_remove(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("SEAWALL_ADMIN_KEY", "SEAWALL_MASTER_KEY", "SEAWALL_VAULT_TRANSIT_URL"):
        monkeypatch.delenv(name, raising=False)
    data = ("--data", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"sk-value-123\n")))
    code, said = run(capsys, "secrets", "set", "openai-key", *data)
    assert code == 0 and "sk-value" not in said
    store = open_store(tmp_path / "data")
    assert get_secret(store, "openai-key") == b"sk-value-123"
    code, said = run(capsys, "secrets", "list", *data, "--json")
    assert [one["name"] for one in json.loads(said)] == ["openai-key"] and "sk-value" not in said
    assert run(capsys, "secrets", "rotate-master", *data)[0] == 0
    assert get_secret(store, "openai-key") == b"sk-value-123"
    assert run(capsys, "secrets", "remove", "openai-key", *data)[0] == 0
    assert run(capsys, "secrets", "remove", "openai-key", *data)[0] == 2


def test_nothing_on_stdin_seals_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    code, _ = run(capsys, "secrets", "set", "a", "--data", str(tmp_path / "data"))
    assert code == 2
