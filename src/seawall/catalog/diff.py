"""What a new version of a framework's index touches: changed entries, and cards that name them."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from seawall.catalog.load import Catalog
from seawall.catalog.model import Framework
from seawall.core.errors import InputError

Change = Literal["gone", "renumbered", "renamed", "new"]


class EntryChange(msgspec.Struct, frozen=True, kw_only=True):
    """One entry that is not what it was. `to` is its new id where it was renumbered.

    `touched` are the cards that name it, "kind id"; they are to be read again.
    """

    change: Change
    entry: str
    to: str
    before: str
    after: str
    touched: tuple[str, ...]


def diff(new: Framework, catalog: Catalog) -> list[EntryChange]:
    """Return how an index differs from the pinned one of the same id: what is touched comes first.

    An entry whose title stands under another id was renumbered, where that title is unique. Raises
    InputError for a framework that is not pinned.
    """
    old = catalog.frameworks.get(new.id)
    if old is None:
        known = ", ".join(catalog.frameworks)
        raise InputError(f"No framework {new.id!r} is pinned.", hint=f"Pinned: {known}.")
    gone = [key for key in old.entries if key not in new.entries]
    fresh = [key for key in new.entries if key not in old.entries]
    moved = _moved(old, new, gone, fresh)
    changes: list[EntryChange] = []
    for key in old.entries:
        before, after = old.entries[key], new.entries.get(moved.get(key, key), "")
        if key in moved:
            change: Change = "renumbered"
        elif key in gone:
            change = "gone"
        elif _plain(before) != _plain(after):
            change = "renamed"
        else:
            continue
        changes.append(
            EntryChange(change=change, entry=key, to=moved.get(key, ""), before=before,
                        after=after, touched=touched(new.id, key, old, catalog))
        )  # fmt: skip
    changes += [
        EntryChange(change="new", entry=key, to="", before="", after=new.entries[key], touched=())
        for key in fresh
        if key not in moved.values()
    ]
    order: tuple[Change, ...] = ("gone", "renumbered", "renamed", "new")
    return sorted(changes, key=lambda one: (not one.touched, order.index(one.change)))


def _moved(old: Framework, new: Framework, gone: list[str], fresh: list[str]) -> dict[str, str]:
    """Return old id -> new id of entries that kept their title."""
    places: dict[str, list[str]] = {}
    for key in fresh:
        places.setdefault(_plain(new.entries[key]), []).append(key)
    titles = [_plain(old.entries[key]) for key in gone]
    found = {}
    for key, title in zip(gone, titles, strict=True):
        if title and titles.count(title) == 1 and len(places.get(title, ())) == 1:
            found[key] = places[title][0]
    return found


def touched(framework: str, entry: str, old: Framework, catalog: Catalog) -> tuple[str, ...]:
    """Return the cards that name an entry or a paragraph of it, as "kind id"."""
    kinds: dict[str, Mapping[str, Any]] = {
        "risk": catalog.risks, "control": catalog.controls, "clause": catalog.clauses,
        "probe": catalog.all_probes,
    }  # fmt: skip
    found = []
    for kind, cards in kinds.items():
        for key, card in cards.items():
            named = [one.id for one in getattr(card, "references", ()) if one.fw == framework]
            if kind == "clause" and card.fw == framework:
                named.append(card.ref)
            if any(_entry_of(name, old) == entry for name in named):
                found.append(f"{kind} {key}")
    return tuple(found)


def _entry_of(name: str, old: Framework) -> str:
    """Return the entry that a reference rests on: a paragraph's is its article."""
    return name if name in old.entries else name.partition("(")[0]


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())
