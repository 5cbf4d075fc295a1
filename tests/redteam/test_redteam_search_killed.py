"""A search that is killed goes on: every query once, led as it would have been without the kill."""

import hashlib
import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from answering_support import JsonHandler

from seawall.cli.main import run as seawall
from seawall.core.trials import AttemptOutcome
from seawall.redteam import attacker, chat_target
from seawall.redteam.rows import read_rows

KILLS, SEEDS, MOST = 3, 3, 16
SEARCH = ["attack", "search", "--probe", "PRB-PERSONA", "--seeds", str(SEEDS), "--most", str(MOST)]


class Both(ThreadingHTTPServer):
    """A target at /v1 that blocks, declines or gives in, by what it is asked, and an attacker."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.attacks = 0
        self.fails = False
        super().__init__(("127.0.0.1", 0), Answering)

    def handle_error(self, request: object, client_address: object) -> None:
        """A killed client leaves torn connections behind: that is what the test is about."""


class Answering(JsonHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        draw = int(hashlib.sha256(b"b2" + body).hexdigest(), 16)
        told = body.decode()
        if self.path.startswith("/attacker"):
            self.server.attacks += 1
            text, finish = self._attack(told, draw), "stop"
        else:
            self.server.asked.append(told)
            text, finish = f"Answer {draw % 1000}.", "content_filter" if draw % 3 else "stop"
        time.sleep(0.004)
        answer = {"choices": [{"message": {"content": text}, "finish_reason": finish}]}
        self.answer(500 if self.server.fails else 200, json.dumps(answer).encode())

    def _attack(self, told: str, draw: int) -> str:
        if "<topic>" in told:
            return f"<topic>{'yes' if draw % 4 else 'no'}</topic>"
        if "<grade>" in told:
            return f"<grade>{draw % 10 + 1}</grade>"
        return f"<attack>Text {draw % 100_000}</attack>"


@pytest.fixture
def both() -> Iterator[Both]:
    with Both() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def words(server: Both, out: Path, kind: str) -> list[str]:
    base = f"http://127.0.0.1:{server.server_port}"
    found = [*SEARCH, "--target", f"{base}/v1", "--out", str(out), "--json"]
    if kind != "bandit":
        found += ["--attacker", f"{base}/attacker"]
    return [*found, "--tree-width", "2", "--tree-branch", "2"] if kind == "tree" else found


def as_rows(path: Path) -> list[tuple[str, str, str]]:
    _, rows = read_rows(path)
    return [(row.id, row.strategy, row.outcome) for row in rows]


@pytest.mark.parametrize("kind", ["bandit", "attacker", "tree"])
def test_killed_again_and_again(kind, both: Both, tmp_path: Path, capsys) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    assert seawall(words(both, whole, kind)) == 0
    wanted, told = as_rows(whole), json.loads(capsys.readouterr().out)
    asked, both.asked = Counter(both.asked), []
    attacks, both.attacks = both.attacks, 0
    assert len(wanted) >= SEEDS * 4, "long enough to be killed in"
    command = [sys.executable, "-m", "seawall", *words(both, out, kind)]
    for kill in range(1, KILLS + 1):
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as running:
            while len(both.asked) < kill * len(wanted) // 4 and running.poll() is None:
                time.sleep(0.001)
            assert running.poll() is None, "it was over before it could be killed"
            running.kill()
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert as_rows(out) == wanted, "no query is lost, repeated or another than it would have been"
    assert json.loads(done.stdout) == told
    again = Counter(both.asked)
    assert set(again) == set(asked) and again.total() <= asked.total() + KILLS * 6
    assert both.attacks <= attacks + KILLS
    before = len(both.asked)
    assert seawall(words(both, out, kind)) == 0
    assert (as_rows(out), len(both.asked)) == (wanted, before), "a search that is done asks nothing"


def test_texts_of_the_seed_under_way_are_for_their_owner_and_go(both: Both, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    journal = tmp_path / "rows.jsonl.journal"
    command = [sys.executable, "-m", "seawall", *words(both, out, "tree")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while len(both.asked) < SEEDS * 3 and running.poll() is None:
            time.sleep(0.001)
        running.kill()
    assert "Text " in journal.read_text() and journal.stat().st_mode & 0o077 == 0
    assert seawall(words(both, out, "tree")) == 0
    assert re.fullmatch(r'(\{"done":"PRB-PERSONA/[^"]+"\}\n){3}', journal.read_text())


def test_without_its_journal_a_model_cannot_go_on(both: Both, tmp_path: Path, capsys) -> None:
    out = tmp_path / "rows.jsonl"
    limited = [*words(both, out, "attacker"), "--max-requests", "5"]
    assert seawall(limited) == 0
    (tmp_path / "rows.jsonl.journal").unlink()
    capsys.readouterr()
    assert seawall(words(both, out, "attacker")) == 2
    assert "cannot go on" in json.loads(capsys.readouterr().out)["error"]["message"]


@pytest.mark.parametrize("kind", ["bandit", "tree"])
def test_limits_stop_it_and_the_same_command_goes_on(kind, both, tmp_path, capsys) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    assert seawall(words(both, whole, kind)) == 0
    both.asked.clear()
    capsys.readouterr()
    limited = [*words(both, out, kind), "--max-cost", "1", "--request-cost", "0.1"]
    assert seawall(limited) == 0
    told = capsys.readouterr()
    assert len(both.asked) <= 10 and "cost limit of 1 is reached" in told.err
    assert json.loads(told.out)["reached"][0]["undecided"] >= 1
    for _ in range(40):
        if as_rows(out) == as_rows(whole):
            break
        assert seawall(limited) == 0
    assert as_rows(out) == as_rows(whole)
    assert seawall([*words(both, out, kind), "--max-cost", "1"]) == 2, "a cost without a price"


def test_a_target_that_is_down_shows_nothing_and_is_tried_again(
    both: Both, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(chat_target, "_TRIES", 1)
    out = tmp_path / "rows.jsonl"
    both.fails = True
    assert seawall(words(both, out, "bandit")) == 6
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert {one["seeds"] for one in told["reached"]} == {0}
    assert len(as_rows(out)) == 3, "three failures in a row are enough"
    both.fails = False
    assert seawall(words(both, out, "bandit")) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["seeds"], one["undecided"]) for one in told["reached"]] == [(SEEDS, 0)]
    assert [one["errors"] for one in told["hunts"]] == [3, 0, 0]
    outcomes = [outcome for _, _, outcome in as_rows(out)]
    assert outcomes.count(AttemptOutcome.ERROR) == 3


def test_an_attacker_that_is_down_shows_nothing(both, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(attacker, "_AGAIN", (0.0,))
    base = f"http://127.0.0.1:{both.server_port}"
    order = [*SEARCH, "--target", f"{base}/v1", "--out", str(tmp_path / "rows.jsonl")]
    assert seawall([*order, "--attacker", "http://127.0.0.1:9/v1"]) == 1
    assert "attacking model" in capsys.readouterr().err


def test_rows_that_are_gone_leave_no_journal_to_go_on_from(both: Both, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    assert seawall(words(both, out, "attacker")) == 0
    wanted, asked = as_rows(out), len(both.asked)
    out.unlink()
    both.asked.clear()
    assert seawall(words(both, out, "attacker")) == 0, "the seeds were not called done unasked"
    assert (as_rows(out), len(both.asked)) == (wanted, asked)
