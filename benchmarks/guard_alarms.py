"""How often the guard takes natural, harmless text for an attack: this machine's, and yours.

Descriptions of installed packages and docstrings of Python's library; with SEAWALL_TEXTS=FOLDER the
texts of each of its subfolders too (mails, tickets, pages), as documents. No text is printed.
"""

import ast
import os
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from benchmarks.guard_speed import descriptions
from seawall import Guard
from seawall.core.stats import wilson

LIMIT = 0.05
FLAGGED = 0.5
_LEAST, _MOST = 200, 3_000
_TEXTS = 400


def _cut(text: str, rng: random.Random) -> str:
    """Return a piece of a text, as somebody pastes it: from anywhere, of any length."""
    size = rng.randint(_LEAST, _MOST)
    start = rng.randrange(max(1, len(text) - size))
    return text[start : start + size].strip()


def _docstrings() -> Iterator[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, kinds) and (text := ast.get_docstring(node)):
                yield text


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.read_text(encoding="utf-8", errors="replace")


def sources() -> dict[str, list[str]]:
    """Return up to _TEXTS pieces of harmless text by source."""
    found = {
        "descriptions of packages": descriptions(),
        "docstrings of Python's library": list(_docstrings()),
    }
    if given := os.environ.get("SEAWALL_TEXTS"):
        folder = Path(given)
        inner = [one for one in sorted(folder.iterdir()) if one.is_dir()] or [folder]
        found |= {one.name: list(_files(one)) for one in inner}
    rng = random.Random(5)
    for name, texts in found.items():
        fitting = [text for text in texts if len(text) >= _LEAST]
        found[name] = [_cut(one, rng) for one in rng.sample(fitting, min(_TEXTS, len(fitting)))]
    return found


def main() -> int:
    """Print the share flagged of each source with its interval; return 1 beyond the limit."""
    guard = Guard()
    worst = False
    for name, texts in sources().items():
        scores = [guard.scores(text, "document") for text in texts]
        flagged = sum(max(one.injection, one.jailbreak) >= FLAGGED for one in scores)
        low, high = wilson(flagged, len(texts))
        share = flagged / max(1, len(texts))
        figures = f"{flagged:4} of {len(texts):4} flagged {share:6.1%} [{low:.1%}, {high:.1%}]"
        print(f"{name:34} {figures}   limit {LIMIT:.0%}", flush=True)
        worst |= share > LIMIT
    return int(worst)
