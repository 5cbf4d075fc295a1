"""Saved cases: a finding as a probe card of its own, so that it is tried in every later run."""

from pathlib import Path
from typing import Any

import msgspec
import yaml

from seawall.catalog.model import ProbeCard
from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.files import write_atomically
from seawall.redteam.minimise import Smallest
from seawall.redteam.planning import Planned
from seawall.redteam.seeds import read_seeds

TRIES = 4


def case_id(fault: str) -> str:
    """Return the probe id of a finding's case: F-1a2b3c4d becomes PRB-CASE-1A2B3C4D."""
    return f"PRB-CASE-{fault.removeprefix('F-').upper()}"


def case(fault: str, planned: Planned, smallest: Smallest) -> dict[str, Any]:
    """Return the card of a case: the shortest text, the disguise it needs, the probe's oracle."""
    card, seed = planned.card, msgspec.to_builtins(planned.seed)
    kept = {key: value for key, value in seed.items() if value not in ("", 0, [], ())}
    if smallest.disguise == "plain":
        if kept.get("messages"):
            kept["messages"] = [*kept["messages"][:-1], smallest.text]
        else:
            kept["text"] = smallest.text
    kept["id"] = "shortest"
    return {
        "id": case_id(fault),
        "version": 1,
        "title": f"Case {fault}: {card.title}",
        "goal": card.goal,
        "risk": card.risk,
        "controls": list(card.controls),
        "channel": card.channel,
        "oracle": msgspec.to_builtins(card.oracle),
        "n": TRIES,
        "strategies": [smallest.disguise],
        "seeds": [kept],
    }


def save(folder: Path, made: dict[str, Any]) -> Path:
    """Write a case into the folder; an earlier one of the same finding is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{made['id']}.yaml"
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=98)
    write_atomically(path, text)
    return path


def load(path: Path) -> dict[str, ProbeCard]:
    """Return the cards of a file or of all files of a folder. Raises InputError naming the file."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    found: dict[str, ProbeCard] = {}
    for file in files:
        card = yamlfile.load(file, ProbeCard)
        read_seeds(card)
        if card.id in found:
            raise InputError(f"{file}: the id {card.id} is used twice.")
        found[card.id] = card
    if not found:
        raise InputError(f"{path}: no cases.", hint="`seawall attack minimise --save` writes them.")
    return found
