"""Finds detectors and their cards by scanning the folder: adding one edits no file."""

import hashlib
import importlib
import os
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from seawall import __version__
from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.kept import kept
from seawall.guard.contract import Card, Detector

_PACKAGE = "seawall.guard.detectors"
_Groups = tuple[tuple[tuple[str, bool], ...], ...]


@cache
def cards() -> dict[str, Card]:
    """Return all cards by detector id. Raises InputError for a card that does not fit its file."""
    found: dict[str, Card] = {}
    for entry in sorted(resources.files(_PACKAGE).iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".yaml"):
            continue
        card = yamlfile.decode(entry.read_text(encoding="utf-8"), entry.name, Card)
        if card.id.replace("-", "_") + ".yaml" != entry.name:
            raise InputError(f"{entry.name}: id {card.id!r} does not fit the file's name.")
        found[card.id] = card
    return found


def build(detector_id: str) -> Detector:
    """Return a new detector. Raises InputError for an id without card."""
    card = cards().get(detector_id)
    if card is None:
        raise InputError(
            f"there is no detector {detector_id!r}.", hint=f"Known: {', '.join(cards())}."
        )
    module = importlib.import_module(f"{_PACKAGE}.{detector_id.replace('-', '_')}")
    detector: Detector = module.build(card)
    return detector


@cache
def bundled_expressions() -> _Groups:
    """Return the (expression, case-sensitive) pairs of each detector that has some.

    What several detectors use stands in the group of the first.

    Kept for the next start. A list that no longer fits would cost time and miss nothing: what is
    not in it is compiled beside it (`patterns.PatternSet`).
    """
    name = f"expressions-{_state_of_files()}.json"
    content = kept(name, lambda: msgspec.json.encode(_gathered()), usable=_is_list)
    return _gathered() if content is None else msgspec.json.decode(content, type=_Groups)


def _is_list(content: bytes) -> bool:
    try:
        msgspec.json.decode(content, type=_Groups)
    except msgspec.MsgspecError:
        return False
    return True


def _state_of_files() -> str:
    """Return what changes when a file of the guard does, as a short name."""
    known = hashlib.blake2b(__version__.encode(), digest_size=16)
    for line in sorted(_states(str(Path(__file__).parent))):
        known.update(line.encode())
    return known.hexdigest()


def _states(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from () if entry.name == "__pycache__" else _states(entry.path)
            else:
                found = entry.stat()
                yield f"{entry.path}\0{found.st_size}\0{found.st_mtime_ns}\0"


def _gathered() -> _Groups:
    seen: set[tuple[str, bool]] = set()
    groups = []
    for card in cards().values():
        patterns = build(card.id).patterns() if card.patterns else ()
        own = dict.fromkeys((one.expression, one.case_sensitive) for one in patterns)
        groups.append(tuple(key for key in own if key not in seen))
        seen.update(own)
    return tuple(filter(None, groups))
