"""A run that is killed goes on: nothing is lost, and only what was under way is sent again."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from answering_support import JsonHandler

from seawall.catalog.load import load_catalog
from seawall.redteam.facts import Facts
from seawall.redteam.planning import draw

ATTEMPTS, AT_ONCE, KILLS = 240, 6, 3
CARD = load_catalog().probes["PRB-DISCLOSE"]
ANSWER = {
    "choices": [
        {
            "message": {"content": "We open at nine, and it is free for you."},
            "finish_reason": "stop",
        }
    ]
}


class Counting(ThreadingHTTPServer):
    """Answers chat requests slowly enough to be caught in the middle, and counts them."""

    daemon_threads = True

    def __init__(self) -> None:
        self.sent = 0
        super().__init__(("127.0.0.1", 0), Answering)

    def handle_error(self, request: object, client_address: object) -> None:
        """A killed client leaves torn connections behind: that is what the test is about."""


class Answering(JsonHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.sent += 1
        time.sleep(0.005)
        self.answer(200, json.dumps(ANSWER).encode())


@pytest.fixture
def target() -> Iterator[Counting]:
    with Counting() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_killed_again_and_again(target: Counting, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    words = [sys.executable, "-m", "seawall", "attack", "--harmless", "0", "--no-calibrate"]
    words += ["--target", f"http://127.0.0.1:{target.server_port}/v1", "--probe", CARD.id, "--json"]
    words += ["--n", str(ATTEMPTS), "--concurrency", str(AT_ONCE), "--out", str(out)]
    for kill in range(1, KILLS + 1):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            while target.sent < kill * ATTEMPTS // 4 and run.poll() is None:
                time.sleep(0.002)
            assert run.poll() is None, "it was over before it could be killed"
            run.kill()
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    names = [json.loads(line)["id"] for line in out.read_text().splitlines()[1:]]
    assert len(names) == len(set(names)) == ATTEMPTS
    turns = [len(p.attack.messages) for p in draw(CARD, Facts(), n=ATTEMPTS)]
    assert sum(turns) <= target.sent <= sum(turns) + KILLS * AT_ONCE * max(turns)
    result = json.loads(done.stdout)["results"][CARD.id]
    assert result["n"] == ATTEMPTS, "what stood in the file counts in what is told"


def test_what_a_limit_held_back_is_said_and_follows(target: Counting, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    words = [sys.executable, "-m", "seawall", "attack", "--harmless", "0", "--no-calibrate"]
    words += ["--target", f"http://127.0.0.1:{target.server_port}/v1", "--probe", "PRB-DISCLOSE"]
    words += ["--n", "20", "--json", "--out", str(out)]
    limited = [*words, "--max-cost", "0.9", "--request-cost", "0.1"]
    first = subprocess.run(limited, capture_output=True, text=True, check=True, timeout=60)
    assert target.sent <= 9 and "reached the limit. The same command sends them." in first.stderr
    assert json.loads(first.stdout)["results"]["PRB-DISCLOSE"]["errors"] > 0
    then = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert "not sent" not in then.stderr
    assert json.loads(then.stdout)["results"]["PRB-DISCLOSE"]["n"] == 20
