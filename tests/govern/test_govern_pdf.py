"""The report as PDF: printed where a browser is, said clearly where none is or it fails."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import govern_samples as samples
import msgspec
import pytest

from seawall.cli.main import run
from seawall.core.chromium import BROWSER_ENV
from seawall.govern import pdf
from seawall.govern.pdf import print_page


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.json"
    path.write_bytes(msgspec.json.encode(samples.register()))
    return path


def report(register: Path, *more: str) -> int:
    folder = register.parent
    out, printed = str(folder / "report.html"), str(folder / "report.pdf")
    return run(["report", "--register", str(register), "--out", out, "--pdf", printed, *more])


def browser(path: Path, script: str) -> str:
    program = path / "browser"
    program.write_text(f"#!{sys.executable}\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_the_report_is_printed_on_pages_of_a4(
    register: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(register, "--json") == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    printed = Path(told["pdf"]).read_bytes()
    assert printed.startswith(b"%PDF-") and printed.rstrip().endswith(b"%%EOF")
    assert b"/MediaBox [0 0 594.9" in printed or b"/MediaBox [0 0 595" in printed
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") >= 5


def test_a_comparison_is_printed_too(register: Path) -> None:
    folder = register.parent
    words = ["report", "compare", str(register), str(register), "--out", str(folder / "c.html")]
    assert run([*words, "--pdf", str(folder / "c.pdf")]) == 0
    assert (folder / "c.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("named", ["", "/nowhere/chromium"])
def test_without_a_browser_the_page_is_there_and_the_way_on(
    register: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("PATH", str(register.parent))
    monkeypatch.setenv(BROWSER_ENV, named)
    assert report(register) == 3
    told = " ".join(capsys.readouterr().err.split())
    assert "A PDF is printed by Chromium." in told and BROWSER_ENV in told
    assert named in told and "any browser" in told
    assert (register.parent / "report.html").is_file()
    assert not (register.parent / "report.pdf").exists()


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import sys; sys.stderr.write('first\\nno display here\\n'); sys.exit(1)", "no display"),
        ("pass", "it said nothing"),
        (
            "import sys\n"
            "path = next(w for w in sys.argv if w.startswith('--print-to-pdf=')).split('=')[1]\n"
            "open(path, 'w').write('<html>')",
            "did not print",
        ),
    ],
)
def test_a_browser_that_fails_is_said_and_leaves_no_file(
    register: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    script: str, says: str,
) -> None:  # fmt: skip
    monkeypatch.setenv(BROWSER_ENV, browser(register.parent, script))
    assert report(register) == 3
    assert says in " ".join(capsys.readouterr().err.split())
    assert not (register.parent / "report.pdf").exists()


def test_a_browser_that_hangs_is_ended(
    register: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "import threading; threading.Event().wait()"
    monkeypatch.setenv(BROWSER_ENV, browser(register.parent, script))
    monkeypatch.setattr(pdf, "SECONDS", 1)
    assert report(register) == 3
    assert "longer than 1 seconds" in " ".join(capsys.readouterr().err.split())


def test_printing_resolves_no_name() -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        at = f"http://localhost:{server.server_port}"
        assert print_page(f'<img src="{at}/a"><p>x</p>').startswith(b"%PDF-")
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []
