"""Move the catalogue to a framework's next index: cards get the new ids of renumbered entries."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import yaml

from seawall.catalog.diff import EntryChange, diff
from seawall.catalog.load import Catalog
from seawall.catalog.model import Framework
from seawall.core.errors import InputError
from seawall.core.files import write_atomically

_FOLDERS = {"risk": "risks", "control": "controls", "clause": "clauses"}
_REF = re.compile(r"^(ref: )(['\"]?)([^'\"\n]+)(['\"]?)$", re.MULTILINE)


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: `cards` ("kind id") got the new ids of `moved`; `left` is to be read."""

    framework: str
    moved: dict[str, str]
    cards: tuple[str, ...]
    left: tuple[EntryChange, ...]


def migrate(new: Framework, catalog: Catalog) -> Migration:
    """Put a new index in place, and its renumbered ids into the cards that name the old ones.

    The index keeps old id -> new id, so that what was stored under an old id is still found. Raises
    InputError, before anything is written, where a card names an entry that is gone.
    """
    changes = diff(new, catalog)
    if gone := [one for one in changes if one.change == "gone" and one.touched]:
        named = "; ".join(f"{one.entry} by {', '.join(one.touched)}" for one in gone)
        raise InputError(
            f"{new.id} has entries no more that cards name: {named}.",
            hint="Name others in these cards first; `seawall catalog diff` shows what is there.",
        )
    moved = {one.entry: one.to for one in changes if one.change == "renumbered"}
    cards = sorted({card for one in changes if one.entry in moved for card in one.touched})
    texts = {card: _moved_text(card, new.id, moved, catalog) for card in cards}
    for card, text in texts.items():
        write_atomically(_path(card, catalog), text)
    old = catalog.frameworks[new.id].renumbered
    earlier = {**old, **new.renumbered}
    known = {key: moved.get(now, now) for key, now in earlier.items()} | moved
    index = msgspec.to_builtins(msgspec.structs.replace(new, renumbered=known))
    write_atomically(
        catalog.root / "frameworks" / f"{new.id}.yaml",
        yaml.safe_dump(index, sort_keys=False, allow_unicode=True, width=110),
    )
    left = tuple(one for one in changes if one.change == "renamed" and one.touched)
    return Migration(framework=new.id, moved=moved, cards=tuple(cards), left=left)


def _path(card: str, catalog: Catalog) -> Path:
    kind, _, key = card.partition(" ")
    return catalog.root / _FOLDERS[kind] / f"{key}.yaml"


def _moved_text(card: str, framework: str, moved: Mapping[str, str], catalog: Catalog) -> str:
    """Return a card's text with new ids. Raises InputError where one was not found in it."""
    path = _path(card, catalog)
    text = path.read_text(encoding="utf-8")
    wanted = _named(yaml.safe_load(text), framework, lambda one: _new(one, moved))
    pattern = re.compile(
        rf"(\{{fw: {re.escape(framework)}, id: )(['\"]?)([^'\",}}]+)(['\"]?)(?=\}})"
    )

    def put(match: re.Match[str]) -> str:
        start, quote, old = match.group(1), match.group(2), match.group(3)
        return f"{start}{_quoted(_new(old, moved), quote)}"

    changed = pattern.sub(put, text)
    if yaml.safe_load(text).get("fw") == framework:
        changed = _REF.sub(put, changed)
    if _named(yaml.safe_load(changed), framework, lambda one: one) != wanted:
        raise InputError(
            f"{path}: a reference to {framework} is not written as `{{fw: …, id: …}}`.",
            hint="Write it in one line, then run this again.",
        )
    return changed


def _new(entry: str, moved: Mapping[str, str]) -> str:
    """Return the new id of an entry or of a paragraph of it: 50(1) follows 50."""
    if entry in moved:
        return moved[entry]
    head, bracket, rest = entry.partition("(")
    return f"{moved.get(head, head)}{bracket}{rest}"


def _quoted(text: str, quote: str) -> str:
    mark = quote or ("'" if not isinstance(yaml.safe_load(text), str) else "")
    return f"{mark}{text}{mark}"


def _named(card: Mapping[str, object], framework: str, change: Callable[[str], str]) -> list[str]:
    """Return the entries of a framework that a card names, each changed, in order."""
    references = card.get("references") or ()
    assert isinstance(references, list | tuple)
    found = [change(str(one["id"])) for one in references if one["fw"] == framework]
    if card.get("fw") == framework:
        found.append(change(str(card["ref"])))
    return found
