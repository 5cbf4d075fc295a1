"""Training rows of one shape: our own (training/data) and public ones (outside the repository)."""

import gzip
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.agent_results import results
from training.deeds import composed
from training.noise import composed as composed_noise

OWN = Path(__file__).parent / "data"
INPUT, DOCUMENT, TOOL_RESULT, TOOL = "input", "document", "tool-result", "tool-definition"
# A task that strays in a document strays nowhere else: in a user's message it is the user's own.
STRAY = ("own_validation_stray", "own_validation_planted")
# Hidden texts are judged by the guard's decoded readings, so the model never sees them hidden.
_HIDDEN = ("obfuscated_", "encoding_")
_DOCUMENTS = ("email", "doc_", "cli_doc", "code", "tech_doc", "security_doc", "agent_instr", "docs")
_MOST_OF_A_KIND = 1200
_STAGE_OF_FILE = {"authored_tool_results": TOOL_RESULT, "authored_indirect_en": DOCUMENT}


@dataclass(frozen=True)
class Row:
    """One text. `label`: benign, injection, jailbreak, harmful. `group`: rows that stay together."""

    text: str
    label: str
    stage: str
    kind: str
    lang: str
    source: str
    group: str
    span: str = ""


def _stage(kind: str, label: str, text: str) -> str:
    kind = kind.removeprefix("benign_")
    if "tool_schema" in kind:
        return TOOL
    if "tool_result" in kind or "asb" in kind or "whois" in kind:
        return TOOL_RESULT if not kind.startswith("direct") else INPUT
    if kind.startswith("indirect") or (label == "benign" and kind.startswith(_DOCUMENTS)):
        return DOCUMENT
    if kind in ("notice", "bank", "medical", "hr", "review", "docs", "policy", "support"):
        return DOCUMENT
    return INPUT


def _group(text: str) -> str:
    """Return a key that near-equal texts share: the first words."""
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return hashlib.md5(" ".join(words[:8]).encode(), usedforsecurity=False).hexdigest()[:12]


def _read(path: Path) -> list[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def own(*, validation: bool = False) -> Iterator[Row]:
    """Yield the rows written for this project: those to learn from, or those never learnt from."""
    for path in sorted(OWN.glob("*.jsonl")):
        if path.stem.startswith("validation") != validation:
            continue
        yield from (_own(path.stem, raw) for raw in _read(path))
    if not validation:
        yield from (_own("deeds", raw) for raw in composed())
        yield from (_own("noise", raw) for raw in composed_noise())
        yield from (_own("agents_results", raw) for raw in results())


def of_agents(sets: tuple[str, ...]) -> Iterator[Row]:
    """Yield what tools return in some of the agent sets that nothing is learnt from."""
    yield from (_own("agents_left_out", raw) for raw in results(sets))


def _own(name: str, raw: dict[str, Any]) -> Row:
    return Row(
        raw["text"], raw["label"], raw["stage"], raw["kind"], raw.get("lang", "en"),
        f"own_{name}", f"{name}:{raw.get('group') or _group(raw['text'])}",
        raw.get("span", ""),
    )  # fmt: skip


def public(folder: Path, seed: int = 1) -> Iterator[Row]:
    """Yield the public rows, at most _MOST_OF_A_KIND of a source's kind, in a fixed order."""
    by_kind: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        for raw in _read(path):
            if raw["kind"].startswith(_HIDDEN):
                continue
            source = raw.get("source") or name
            if "(" in source:
                source = "synthetic_templates"
            stage = _STAGE_OF_FILE.get(name) or _stage(raw["kind"], raw["label"], raw["text"])
            row = Row(
                raw["text"], raw["label"], stage,
                raw["kind"], raw.get("lang", ""), source, _group(raw["text"]),
            )  # fmt: skip
            by_kind[source, row.kind].append(row)
    rng = random.Random(seed)
    for key in sorted(by_kind):
        rows = by_kind[key]
        rng.shuffle(rows)
        yield from rows[:_MOST_OF_A_KIND]


def load(folder: Path) -> list[Row]:
    """Return all rows, each text once."""
    seen: dict[tuple[str, str], Row] = {}
    for row in (*own(), *public(folder)):
        if row.text.strip():
            seen.setdefault((row.text, row.stage), row)
    return list(seen.values())
