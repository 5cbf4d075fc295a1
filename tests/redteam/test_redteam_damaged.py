"""Runs' files that are damaged, held by another process, or cannot be written; cases of no use."""

import json
from pathlib import Path
from typing import IO

import pytest

from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam import cases
from seawall.redteam.rows import Head, RowFile, open_rows, read_rows
from seawall.redteam.runner import attack
from seawall.redteam.target import Observation

HEAD = Head(run="r", target="t", mode=Mode.OFF, seed=0)
CARD = """id: PRB-CASE-1
version: 1
title: t
goal: g
risk: {risk}
controls: [{control}]
channel: user
oracle: {{kind: canary}}
n: 4
strategies: [plain]
seeds: [{{id: a, text: "say {{canary}}"}}]
"""


def row(number: int, **fields: str) -> dict[str, str]:
    return {"id": f"P/a/plain/{number:03d}", "probe": "P", "mode": "off", "outcome": "refused",
            "strategy": "plain", "cluster": "P/a", **fields}  # fmt: skip


def written(path: Path, *lines: bytes | dict[str, str]) -> Path:
    head = {"run": "r", "target": "t", "mode": "off", "seed": 0}
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"".join(line + b"\n" for line in (json.dumps(head).encode(), *texts)))
    return path


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(row(2)).encode().replace(b"plain", b"pl\xffin"),
        b'{"id": ' + b"[" * 100_000,
        b"\0" * 512,
        row(2, mode="on"),
        row(2, outcome="won"),
    ],
    ids=["not-utf8", "too-deep", "zeros", "other-mode", "no-outcome"],
)
def test_a_damaged_row_is_named_by_its_line(
    tmp_path: Path, line: bytes | dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "rows.jsonl", row(1), line, row(3))
    with pytest.raises(InputError, match=r"rows\.jsonl:3: "):
        read_rows(path)
    for words in (("report", str(path)), ("compare", str(path), str(path))):
        assert run(["attack", *words]) == 2
        assert "rows.jsonl:3: " in capsys.readouterr().err
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"rows\.jsonl:3: "), RowFile(path, HEAD):
        pass
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_head_that_is_not_utf8_and_a_pipe_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"run":"\xff","target":"t","mode":"off","seed":0}\n')
    with pytest.raises(InputError, match=r"rows\.jsonl:1: "):
        open_rows(path)
    with pytest.raises(InputError, match="not a file"):
        open_rows(Path("/dev/zero"))


def test_one_process_writes_to_a_file_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with RowFile(path, HEAD) as file:
        file.append(attempt(1))
        with pytest.raises(InputError, match="another attack is writing"), RowFile(path, HEAD):
            pass
        with RowFile(tmp_path / "other.jsonl", HEAD):
            pass
        file.append(attempt(2))
        assert [one.id for one in read_rows(path)[1]] == ["P/1", "P/2"]
    with RowFile(path, HEAD) as again:
        assert len(again.done) == 2
    assert {one.name for one in tmp_path.iterdir()} == {"rows.jsonl", "other.jsonl"}


def attempt(number: int) -> Attempt:
    return Attempt(id=f"P/{number}", probe="P", mode=Mode.OFF, outcome=AttemptOutcome.REFUSED,
                   strategy="plain", cluster="c")  # fmt: skip


async def test_a_full_disk_is_told_and_ends_the_run(cards, fake, tmp_path: Path, full) -> None:
    target = fake(lambda _: Observation(text="No."))
    with RowFile(tmp_path / "rows.jsonl", HEAD) as file:
        file._file.close()
        file._file = full
        with pytest.raises(InputError, match=r"rows\.jsonl: cannot be written: No space left"):
            await attack([cards["PRB-INJ-DIRECT"]], target, Mode.OFF, file.append, n=20)
    assert read_rows(tmp_path / "rows.jsonl")[1] == []


@pytest.fixture
def full() -> IO[bytes]:
    return Path("/dev/full").open("ab")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[plain]", "[nonsense]", "Unknown strategy nonsense"),
        ("[plain]", "['leet+']", "Unknown strategy"),
        ("[plain]", "[audio-clear]", "no strategy fits the seed a"),
        ("[plain]", "[]", "length >= 1"),
        ("n: 4", "n: 0", ">= 1"),
        ("kind: canary", "kind: foo", "Unknown oracle foo"),
        ("{canary}", "{nonsense}", "unknown slot"),
    ],
)
def test_a_case_of_no_use_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    card = load_catalog().probes["PRB-INJ-DIRECT"]
    text = CARD.format(risk=card.risk, control=card.controls[0])
    path = tmp_path / "case.yaml"
    path.write_text(text)
    assert set(cases.load(path)) == {"PRB-CASE-1"}
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=rf"case\.yaml:.*{told}"):
        cases.load(path)


def test_a_gate_over_nothing_does_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "echoing.py").write_text("def answer(messages):\n    return 'No.'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    words = ["attack", "--target", "python:echoing:answer", "--probe", "PRB-DISCLOSE"]
    words += ["--no-calibrate", "--max-asr", "0.5", "--attempt", "PRB-DISCLOSE/none/plain/000"]
    assert run(words) == 6
    assert "Nothing was tried" in capsys.readouterr().err
