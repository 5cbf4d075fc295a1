"""The demo's children end with it, also when it is told to end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
