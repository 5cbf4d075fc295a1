"""seawall doctor: each check sees its own trouble, and the worst gives the exit code."""

import json
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.cli import _checks, main
from seawall.store.db import open_store
from seawall.store.keys import create_key

Run = Callable[..., tuple[int, str, str]]


def test_parts_that_work() -> None:
    for check in (_checks.python, _checks.hyperscan, _checks.tesseract):
        result = check()
        assert result.state == "ok", result


def test_every_detector_is_tried_on_its_card() -> None:
    from seawall.guard import cards

    result = _checks.detectors()
    assert result.detail, result
    if result.state == "ok":
        assert result.detail.startswith(f"{len(cards.cards())} detectors")


def test_a_detector_that_misses_its_example_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    from seawall.core.verdicts import Outcome, Verdict
    from seawall.guard import cards

    build = cards.build

    class Blind:
        def __init__(self, name: str) -> None:
            self.id = name

        def patterns(self) -> tuple[()]:
            return ()

        def detect(self, subject: object, context: object) -> Verdict:
            return Verdict(detector=self.id, outcome=Outcome.CLEAN)

    monkeypatch.setattr(
        cards, "build", lambda name: Blind(name) if name == "secrets" else build(name)
    )
    result = _checks.detectors()
    assert result.state == "damaged"
    assert "secrets: a found example is missed" in result.detail


def test_python_outside_the_range_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert _checks.python().state == "warning"


def test_without_tesseract_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    result = _checks.tesseract()
    assert result.state == "missing"
    assert "tesseract-ocr" in result.hint


def test_without_hyperscan_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert _checks.hyperscan().state == "missing"


def test_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = tmp_path / "a" / "b"
    assert _checks.data_folder(new).state == "ok"
    assert not new.exists()
    open_store(tmp_path / "data").close()
    assert _checks.data_folder(tmp_path / "data").state == "ok"
    (tmp_path / "data").chmod(0o755)
    assert _checks.data_folder(tmp_path / "data").hint.startswith("chmod 700")
    (tmp_path / "file").write_text("x")
    assert _checks.data_folder(tmp_path / "file" / "data").state == "missing"
    monkeypatch.setattr(_checks, "LEAST_FREE", 10**18)
    assert "MB free" in _checks.data_folder(tmp_path / "data").detail


def test_database(tmp_path: Path) -> None:
    assert _checks.database(tmp_path, {}).detail == "none yet"
    store = open_store(tmp_path)
    create_key(store, application="a", function="f", env={})
    assert _checks.database(tmp_path, {}).state == "ok"
    assert _checks.database(tmp_path, {"SEAWALL_PEPPER": "p" * 20}).state == "missing"
    (tmp_path / "pepper").unlink()
    assert "1 API keys" in _checks.database(tmp_path, {}).detail
    store.close()
    (tmp_path / "seawall.db-wal").unlink(missing_ok=True)
    (tmp_path / "seawall.db-wal").mkdir()
    unread = _checks.database(tmp_path, {})
    assert unread.state == "missing" and "backup" not in unread.hint, "out of reach, not damaged"
    (tmp_path / "seawall.db-wal").rmdir()
    (tmp_path / "seawall.db").write_bytes(b"nonsense" * 1000)
    assert _checks.database(tmp_path, {}).state == "damaged"


def test_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert _checks.port(number).state == "warning"
    assert _checks.port(number).state == "ok"


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (("ok", "ok"), 0),
        (("ok", "warning"), 0),
        (("missing", "ok"), 3),
        (("damaged", "missing"), 5),
    ],
)
def test_the_worst_state_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    states: tuple[_checks.State, ...],
    code: int,
) -> None:
    checks = {
        str(n): lambda s=s, n=n: _checks.Check(name=str(n), state=s, detail="d", hint="h")
        for n, s in enumerate(states)
    }
    monkeypatch.setattr(_checks, "all_checks", lambda folder, number: checks)
    assert main.run(["doctor", "--data", str(tmp_path), "--json"]) == code
    body = json.loads(capsys.readouterr().out)
    assert body["ok"] is (code == 0)
    assert [one["state"] for one in body["checks"]] == list(states)
    assert main.run(["doctor", "--data", str(tmp_path)]) == code
    assert states[0] in capsys.readouterr().out
