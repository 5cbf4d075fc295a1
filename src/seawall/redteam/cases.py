"""Saved cases: a finding as a probe card of its own, so that it is tried in every later run."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from seawall.catalog.load import load_catalog
from seawall.catalog.model import ProbeCard
from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.files import write_atomically
from seawall.redteam.minimise import Smallest
from seawall.redteam.oracles import oracle_of
from seawall.redteam.planning import Planned
from seawall.redteam.seeds import read_seeds
from seawall.redteam.slots import used
from seawall.redteam.strategies import select, strategy_of

TRIES = 4


def case_id(fault: str) -> str:
    """Return the probe id of a finding's case: F-1a2b3c4d becomes PRB-CASE-1A2B3C4D."""
    return f"PRB-CASE-{fault.removeprefix('F-').upper()}"


def case(fault: str, planned: Planned, smallest: Smallest) -> dict[str, Any]:
    """Return the card of a case: the shortest text, the disguise it needs, the probe's oracle.

    What could not be shortened, or did not succeed each time again, is kept as it was.
    """
    if not smallest.steady:
        return _card(fault, planned, planned.seed.attack, planned.strategy)
    return _card(fault, planned, smallest.text, smallest.disguise)


def found_case(fault: str, planned: Planned, how: str, texts: Sequence[str]) -> dict[str, Any]:
    """Return the card of what a search found: `how` a seed was dressed, or, where a model wrote
    the `texts`, these, with the slots put back."""
    try:
        strategy_of(how)
    except InputError:
        *earlier, last = (_with_slots(planned, text) for text in texts)
        made = _card(fault, planned, last, "plain")
        (seed,) = made["seeds"]
        if seed.get("messages"):
            seed["messages"] = [*seed["messages"][:-1], *earlier, last]
        elif earlier:
            seed["messages"] = [*earlier, seed.pop("text")]
        return made
    return _card(fault, planned, planned.seed.attack, how)


def _with_slots(planned: Planned, text: str) -> str:
    """Return the text with the values that this attempt drew for its slots taken out again."""
    names = set[str]().union(*(used(one) for one in planned.seed.texts))
    drawn = {name: planned.slots[name] for name in names if planned.slots[name]}
    for name, value in sorted(drawn.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        text = text.replace(value, f"{{{name}}}")
    return text


def _card(fault: str, planned: Planned, text: str, disguise: str) -> dict[str, Any]:
    card, seed = planned.card, msgspec.to_builtins(planned.seed)
    kept = {key: value for key, value in seed.items() if value not in ("", 0, [], ())}
    if kept.get("messages"):
        kept["messages"] = [*kept["messages"][:-1], text]
    elif text:
        kept["text"] = text
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
        "strategies": [disguise],
        "seeds": [kept],
    }


def digest(card: ProbeCard) -> str:
    """Return what ties a result to a case: 32 hex digits of all that decides an attempt and its
    verdict. The title may change."""
    told = msgspec.structs.replace(card, title="")
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:32]


def save(folder: Path, made: dict[str, Any]) -> Path:
    """Write a case into the folder; an earlier one of the same finding is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{made['id']}.yaml"
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=98)
    write_atomically(path, text)
    return path


def load(path: Path) -> dict[str, ProbeCard]:
    """Return the cards of a file or of all files of a folder.

    Raises InputError naming the file: for ids of the catalogue's probes, ids that stand twice, a
    risk or control that the catalogue does not have, and what no attack can be made of.
    """
    catalog = load_catalog()
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    found: dict[str, ProbeCard] = {}
    for file in files:
        card = yamlfile.load(file, ProbeCard)
        _check(card, file)
        if card.id in found:
            raise InputError(f"{file}: the id {card.id} is used twice.")
        if card.id in catalog.all_probes:
            raise InputError(f"{file}: {card.id} is the id of a probe of the catalogue.")
        if card.risk not in catalog.risks:
            raise InputError(
                f"{file}: unknown risk {card.risk}.", hint="`seawall catalog list risks`."
            )
        if unknown := set(card.controls) - set(catalog.controls):
            raise InputError(f"{file}: unknown control {min(unknown)}.")
        found[card.id] = card
    if not found:
        raise InputError(f"{path}: no cases.", hint="`seawall attack case` writes them.")
    return found


def _check(card: ProbeCard, file: Path) -> None:
    try:
        oracle_of(card.oracle.kind)
        for seed in read_seeds(card):
            if not select(card.strategies, card.channel, exact=seed.exact):
                raise InputError(f"no strategy fits the seed {seed.id}.")
    except InputError as error:
        raise InputError(f"{file}: {error.message}", hint=error.hint) from None
