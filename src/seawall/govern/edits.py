"""What a person changes in a drawn data-flow picture; it is laid over each new drawing."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from seawall.core.errors import InputError
from seawall.core.profile import KINDS, Element, Flow, Profile
from seawall.govern.threats import place_of


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another name, kind, zone, place (column, row) or note of an element; None leaves it.

    Of a flow `name` is the label; it has a note too, and nothing else.
    """

    name: str | None = None
    kind: str | None = None
    zone: str | None = None
    at: tuple[int, int] | None = None
    note: str | None = None


class Added(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Elements and flows that no fact shows."""

    elements: tuple[Element, ...] = ()
    flows: tuple[Flow, ...] = ()


class Edits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of edits: `add`; `change` and `notes` by id; `remove` ids.

    The id of a flow is `source->target:label`.
    """

    add: Added = Added()
    change: dict[str, Change] = {}
    notes: dict[str, str] = {}
    remove: tuple[str, ...] = ()


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """The picture with the edits laid over it. `left` are ids of edits that fit nothing in it."""

    profile: Profile
    left: tuple[str, ...]


def lay(profile: Profile, edits: Edits) -> Edited:
    """Lay edits over a picture; flows go with a removed end, and one that is there is not doubled.

    Raises InputError for an added flow without an end, a kind that does not exist or a bad place.
    """
    gone = {*edits.remove}
    elements = {one.id: one for one in profile.elements} | {
        one.id: one for one in edits.add.elements
    }
    kept = {key: _changed(one, edits) for key, one in elements.items() if key not in gone}
    for flow in edits.add.flows:
        for end in (flow.source, flow.target):
            if end not in elements:
                raise InputError(
                    f"The added flow {place_of(flow)} names {end!r}, which the picture has not.",
                    hint=f"Elements: {', '.join(kept)}.",
                )
    flows = {place_of(one): one for one in (*profile.flows, *edits.add.flows)}
    left_flows = (
        _relabelled(key, flow, edits)
        for key, flow in flows.items()
        if key not in gone and flow.source in kept and flow.target in kept
    )
    edited = msgspec.structs.replace(
        profile,
        elements=tuple(kept.values()),
        flows=tuple({place_of(one): one for one in left_flows}.values()),
    )
    named = dict.fromkeys((*edits.change, *edits.notes, *edits.remove))
    unfit = {key for key in flows if _only_elements(edits.change.get(key))}
    left = tuple(key for key in named if key in unfit or key not in {*elements, *flows})
    return Edited(profile=edited, left=left)


def _only_elements(change: Change | None) -> bool:
    """Return whether a change sets what a flow has not."""
    return change is not None and (change.kind, change.zone, change.at) != (None, None, None)


def _relabelled(key: str, flow: Flow, edits: Edits) -> Flow:
    change = edits.change.get(key, Change())
    note = edits.notes.get(key, flow.note) if change.note is None else change.note
    label = flow.label if change.name is None else change.name
    return msgspec.structs.replace(flow, label=label, note=note)


def _changed(element: Element, edits: Edits) -> Element:
    fields: dict[str, Any] = {"note": edits.notes.get(element.id, element.note)}
    if change := edits.change.get(element.id):
        given = msgspec.structs.asdict(change)
        fields |= {key: value for key, value in given.items() if value is not None}
    raw: Mapping[str, Any] = msgspec.structs.asdict(element) | fields
    if raw["kind"] not in KINDS:
        raise InputError(
            f"The edit of {element.id} has the kind {raw['kind']!r}.",
            hint=f"Kinds: {', '.join(KINDS)}.",
        )
    try:
        return msgspec.convert(raw, Element)
    except msgspec.ValidationError as error:
        raise InputError(f"The edit of {element.id} does not fit: {error}.") from None


def noted(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield (id, note) of what people wrote to elements and flows."""
    for element in profile.elements:
        if element.note:
            yield element.id, element.note
    for flow in profile.flows:
        if flow.note:
            yield place_of(flow), flow.note
