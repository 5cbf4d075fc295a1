"""The demo's children end with it, also when it is told to end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seawall.cli.demo import _serve
from seawall.demo.app import __main__ as application
from seawall.demo.services import Services

SLEEPER = "import time; print('up', flush=True); time.sleep(120)"
PARENT = f"""
from pathlib import Path
import sys
from seawall.demo.services import Services
with Services(Path(sys.argv[1])) as services:
    services.start("one", ["-c", {SLEEPER!r}], {{}})
    print(services._running[0][1].pid, flush=True)
    services.wait_all()
"""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_sigterm_ends_the_children(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert _alive(child)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(20) == 128 + signal.SIGTERM
    end = time.monotonic() + 5
    while _alive(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _alive(child)


def test_a_kill_leaves_nobody_behind(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait(20)
    end = time.monotonic() + 10
    while _alive(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _alive(child)


def test_one_that_has_ended_is_kept_no_more(tmp_path: Path) -> None:
    with Services(tmp_path) as services:
        services.start("one", ["-c", SLEEPER], {})
        services.start("two", ["-c", SLEEPER], {})
        keeper, one = services._keeper, services._running[0][1]
        services.stop("one")
        assert one.poll() is not None and keeper is not None and keeper.poll() is None
    assert keeper.poll() == 0 and services._running == []


def test_the_handler_before_is_put_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit, match="143"), Services(tmp_path):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("demo-out", "make serve, or seawall demo serve --out demo-out"),
        ("my runs/one", "seawall demo serve --out 'my runs/one'"),
    ],
)
def test_the_command_that_keeps_it_running_is_one_that_does(out: str, told: str) -> None:
    assert _serve(Path(out)) == told


def test_the_application_closes_no_connection_that_a_client_still_keeps(monkeypatch) -> None:
    taken: dict[str, object] = {}
    monkeypatch.setattr(sys, "argv", ["app", "--port", "0", "--model-url", "http://127.0.0.1:9/v1"])
    monkeypatch.setattr(application.uvicorn, "run", lambda _app, **options: taken.update(options))
    application.main()
    # aiohttp's clients keep an idle connection for 15 seconds.
    assert taken["timeout_keep_alive"] > 15
