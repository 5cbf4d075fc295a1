"""Finds detectors and their cards by scanning the folder: adding one edits no file."""

import importlib
from functools import cache
from importlib import resources

from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.guard.contract import Card, Detector

_PACKAGE = "seawall.guard.detectors"


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
def bundled_expressions() -> tuple[tuple[str, bool], ...]:
    """Return the (expression, case-sensitive) pairs of all detectors that are quick to build."""
    found: dict[tuple[str, bool], None] = {}
    for card in cards().values():
        for pattern in () if card.costly else build(card.id).patterns():
            found[pattern.expression, pattern.case_sensitive] = None
    return tuple(found)
