"""Make small repositories on disk and read them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from seawall.assess.discover.run import Discovery, discover
from seawall.catalog.load import load_catalog

QUESTIONS = load_catalog().questions
TODAY = "2026-11-28"
Reader = Callable[[Mapping[str, str | bytes]], Discovery]


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below `root` and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def read(root: Path, files: Mapping[str, str | bytes]) -> Discovery:
    """Write the files and read them as a repository."""
    return discover(write(root, files), QUESTIONS, today=TODAY)


def values(found: Discovery) -> dict[str, object]:
    """Facts by key, as plain values."""
    return {
        key: list(fact.value) if isinstance(fact.value, tuple) else fact.value
        for key, fact in found.facts.items()
    }


def kinds(found: Discovery) -> list[tuple[str, int]]:
    """Kind and line of each signal."""
    return [(signal.kind, signal.line) for signal in found.signals]
