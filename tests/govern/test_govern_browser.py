"""The report in a real browser: it renders, fetches nothing and prints on A4."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import govern_samples as samples
import msgspec
import pytest
from conftest import Browse
from govern_page import read

from seawall.govern.report import render


def page(title: str = "Harbour Shop Bank assistant") -> str:
    register = msgspec.structs.replace(samples.register(), title=title)
    return render(
        register, samples.profile(), samples.controls(), samples.harmless(), samples.evidence()
    )


@pytest.fixture
def visited() -> Iterator[tuple[str, list[str]]]:
    """A web server on a free port, and the paths that were asked of it."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    server.server_close()


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_browser_shows_what_was_written(browse: Browse, tmp_path: Path) -> None:
    dumped = read(browse(write(tmp_path / "report.html", page()), "--dump-dom"))
    assert dumped.all("h1")[0].text() == "Harbour Shop Bank assistant"
    assert len(dumped.by_id("pitfalls").all("tbody")[0].all("tr")) == len(samples.TITLES)
    assert len(dumped.all("section")) == 14


# Sets what the styles really gave as attributes, because a headless browser tells nothing else.
PROBE = """<script>
const box = e => e.getBoundingClientRect();
const seen = s => [...document.querySelectorAll(s)].filter(e => box(e).width > 0);
document.body.dataset.wide = document.documentElement.scrollWidth;
document.body.dataset.charts = seen('svg.chart').length;
document.body.dataset.panel = getComputedStyle(document.querySelector('.tile')).borderRadius;
const cut = [];
for (const t of seen('svg.chart text')) {
  const s = box(t.closest('svg')), b = box(t);
  if (b.left < s.left - 1 || b.right > s.right + 1 || b.top < s.top - 1 || b.bottom > s.bottom + 1)
    cut.push(t.textContent);
}
const scrolled = seen('.scroll').filter(e => e.scrollWidth > e.clientWidth + 1);
document.body.dataset.scrolled = scrolled.map(e => e.textContent.slice(0, 40)).join('|');
document.body.dataset.cut = cut.join('|');
</script></body>"""


@pytest.mark.parametrize("width", [1200, 390])
def test_nothing_is_wider_than_the_screen_and_no_label_is_cut(
    browse: Browse, tmp_path: Path, width: int
) -> None:
    policy_off = page().replace("Content-Security-Policy", "X-Off").replace("</body>", PROBE)
    write(tmp_path / "report.html", policy_off)
    frame = f'<iframe src="report.html" width="{width}" height="900" id="f"></iframe>'
    tell = (
        "<script>onload = () => { const d = f.contentDocument.body.dataset;"
        "document.body.append(JSON.stringify(d)); }</script>"
    )
    outer = write(tmp_path / "frame.html", f"<body>{frame}{tell}</body>")
    dumped = browse(outer, "--allow-file-access-from-files", "--dump-dom")
    told = msgspec.json.decode(dumped[dumped.index("{", dumped.index("</script>")) :].split("<")[0])
    assert told["panel"] == "10px"
    assert told["charts"] == "3"
    assert told["cut"] == ""
    assert told["scrolled"] == "" or width < 1000
    assert int(told["wide"]) <= width


def test_the_style_is_applied_under_the_page_s_own_policy(browse: Browse, tmp_path: Path) -> None:
    """A wrong hash would leave a white page: compare screenshots with and without the style."""
    whole, bare = tmp_path / "whole.html", tmp_path / "bare.html"
    write(whole, page())
    write(bare, page().replace("sha256-", "sha256-X"))
    sizes = []
    for path in (whole, bare):
        picture = tmp_path / f"{path.stem}.png"
        browse(path, "--window-size=1000,800", f"--screenshot={picture}")
        sizes.append(picture.read_bytes())
    assert sizes[0] != sizes[1]


def test_hostile_titles_fetch_nothing(
    browse: Browse, tmp_path: Path, visited: tuple[str, list[str]]
) -> None:
    address, paths = visited
    control = write(tmp_path / "control.html", f'<img src="{address}/control">')
    browse(control, "--dump-dom")
    assert paths == ["/control"], "the test must be able to see a fetch"
    attacks = (
        f'<img src="{address}/a">',
        f'"><script src="{address}/b"></script>',
        f"</style><style>@import url({address}/c);</style>",
        f'</svg><image href="{address}/d"/>',
    )
    browse(write(tmp_path / "report.html", page(" ".join(attacks))), "--dump-dom")
    assert paths == ["/control"]


def test_even_injected_markup_could_not_run_or_fetch(
    browse: Browse, tmp_path: Path, visited: tuple[str, list[str]]
) -> None:
    """The page's own policy is the second wall: markup forced into it does nothing."""
    address, paths = visited
    forced = (
        f'<img src="{address}/x"><script>document.title = "owned"</script>'
        f'<style>body {{ background: url("{address}/y") }}</style>'
    )
    broken = page().replace("<main>", f"<main>{forced}")
    dumped = browse(write(tmp_path / "report.html", broken), "--dump-dom")
    assert "<title>owned" not in dumped
    assert paths == []


def test_it_prints_on_a_few_pages_of_a4(browse: Browse, tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    browse(write(tmp_path / "report.html", page()), f"--print-to-pdf={target}")
    content = target.read_bytes()
    assert content.startswith(b"%PDF")
    pages = content.count(b"/Type /Page\n") + content.count(b"/Type /Page ")
    assert 5 <= pages <= 12
    assert b"/MediaBox [0 0 594.95996 841.91998]" in content or b"[0 0 595" in content
