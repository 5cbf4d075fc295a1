"""A page as the tests read it, and a real browser."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)
Browse = Callable[..., str]


@pytest.fixture(scope="session")
def browse() -> Browse:
    """Run Chromium on a page and return what it prints. A missing browser fails the test."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("Chromium is missing. `apt-get install chromium` (as root) brings it.")

    def run(page: Path, *arguments: str) -> str:
        with tempfile.TemporaryDirectory() as home:
            command = [program, *QUIET, f"--user-data-dir={home}", *arguments, page.as_uri()]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return run
