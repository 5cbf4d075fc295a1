"""What is committed names no package index, no registry and no path of somebody's machine."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Written in pieces, so that this file does not find itself.
INDEX = re.compile(
    r"--(?:extra-)?index-"
    + r"url\b|\bindex-"
    + r"url\s*=|--find-"
    + r"links\b|--trusted-"
    + r"host\b"
    r"|(?:PIP|UV)_(?:EXTRA_|DEFAULT_)?INDEX" + r"|\bregistry\s*=\s*https?:"
)
REGISTRY = re.compile(
    r"pypi\.org/" + r"simple|files\.python" + r"hosted\.org|registry\.npmjs" + r"\.org"
    r"|(?:artifactory|nexus|jfrog|devpi|pypiserver)[\w.-]*[/:.]\w|proxy\.golang" + r"\.org"
)
# Attack texts and harmless texts speak of files; those are nobody's.
DATA = re.compile(r"\.ya?ml$|/data/|/strategies/|/oracles/|/lexicon/|^tests/")
PERSONAL = re.compile(r"(?<![\w.])/(?:Users|home)/[a-z]\w+/")
BINARY = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".onnx", ".npz", ".npy", ".woff2"}


def committed() -> Iterator[tuple[str, str]]:
    """Name and text of every tracked file that is text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix not in BINARY and path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for name, text in committed()
        for match in pattern.finditer(text)
    ]


def test_no_package_index() -> None:
    assert found(INDEX) == []


def test_no_registry_host() -> None:
    assert found(REGISTRY) == []


def test_no_path_of_this_checkout() -> None:
    assert len(ROOT.parts) > 2, "a checkout at the root of the disk cannot be told from others"
    assert found(re.compile(re.escape(str(ROOT)) + r"\b")) == []


def test_no_home_folder_of_a_person() -> None:
    assert [place for place in found(PERSONAL) if not DATA.search(place.partition(":")[0])] == []


def test_locks_pin_by_hash_and_by_nothing_else() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        for line in (ROOT / name).read_text().splitlines():
            assert re.match(
                r"\s+--hash=sha256:[0-9a-f]{64}( \\)?$|[a-zA-Z0-9._-]+(\[[\w,-]+\])?==|#|$", line
            ), line


def test_no_key_or_secret_file() -> None:
    names = [name for name, _ in committed()]
    private = re.compile(r"(^|/)(pepper|audit\.(key|head|pub|lock)|\.env|id_\w+|[^/]+\.(pem|db))$")
    assert [name for name in names if private.search(name)] == []
    header = "-----BEGIN " + "PRIVATE KEY-----\nM"
    assert [name for name, text in committed() if header in text and not DATA.search(name)] == []


@pytest.mark.parametrize(
    ("pattern", "text", "hit"),
    [
        (INDEX, "pip install --index-" + "url https://x", True),
        (INDEX, "--no-emit-index-url", False),
        (INDEX, "index-" + "url = https://x", True),
        (REGISTRY, "https://pypi.org/" + "simple/seawall", True),
        (REGISTRY, "https://pypi.org/project/seawall", False),
        (REGISTRY, "https://artifactory" + ".corp/pypi", True),
        (PERSONAL, "/home/" + "alice/x", True),
        (PERSONAL, "docs/home/" + "alice/x", False),
    ],
)
def test_the_patterns_themselves(pattern: re.Pattern[str], text: str, hit: bool) -> None:
    assert bool(pattern.search(text)) is hit
