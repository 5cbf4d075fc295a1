"""A page as PDF, printed by a Chromium of this machine: none is bundled, none is downloaded."""

import os
import subprocess
import tempfile
from pathlib import Path

from seawall.core import chromium
from seawall.core.errors import MissingPartError

SECONDS = 120
# A page of ours fetches nothing; should one try, no name resolves.
_QUIET = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--no-pdf-header-footer", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


def print_page(page: str) -> bytes:
    """Return an HTML document as PDF, on A4 as its own style says.

    SEAWALL_CHROMIUM names the browser; else one is looked for on the path. Raises
    MissingPartError: there is none, it failed, or it took longer than SECONDS.
    """
    program = chromium.find(
        "A PDF is printed by Chromium.", otherwise="; or print the HTML file from any browser"
    )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        # Chromium's sandbox refuses to start for root.
        alone = ("--no-sandbox",) if os.geteuid() == 0 else ()
        words = [program, *_QUIET, *alone, f"--user-data-dir={folder}/home",
                 f"--print-to-pdf={target}", source.as_uri()]  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603 - words of ours, no shell
                words, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise _failed(program, f"it took longer than {SECONDS} seconds") from None
        except OSError as error:
            raise _failed(program, str(error.strerror)) from None
        printed = target.read_bytes() if target.is_file() else b""
    if done.returncode or not printed.startswith(b"%PDF-"):
        lines = done.stderr.decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        raise _failed(program, last[:200])
    return printed


def _failed(program: str, why: str) -> MissingPartError:
    return MissingPartError(
        f"{program} did not print the page: {why.rstrip('.')}.",
        hint="Print the HTML file from any browser, it is made for A4.",
    )
