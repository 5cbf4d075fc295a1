"""The threat model of a data-flow picture: which threats meet which element and flow.

Ids come from what a threat is about, never from its place in the file, so that notes stay with
their threat when elements are added, moved or renamed.
"""

import hashlib
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

import msgspec

from seawall.catalog.model import Framework
from seawall.core.profile import Element, Flow, Profile

Method = Literal["STRIDE", "LINDDUN", "ATLAS"]
# Names a project and its parts in OTM; any fixed value will do.
_SPACE = uuid.UUID("5ea3a11e-0000-4000-8000-000000000002")
_STRIDE: dict[str, tuple[str, ...]] = {
    "person": ("Spoofing", "Repudiation"),
    "external": ("Spoofing", "Repudiation"),
    "process": (
        "Spoofing", "Tampering", "Repudiation", "Information disclosure", "Denial of service",
        "Elevation of privilege",
    ),
    "store": ("Tampering", "Repudiation", "Information disclosure", "Denial of service"),
    "model": ("Tampering", "Information disclosure", "Denial of service"),
    "flow": ("Tampering", "Information disclosure", "Denial of service"),
}  # fmt: skip
_LINDDUN: dict[str, tuple[str, ...]] = {
    "person": ("Linking", "Identifying", "Unawareness and unintervenability"),
    "external": ("Linking", "Identifying", "Data disclosure", "Non-compliance"),
    "process": (
        "Linking", "Identifying", "Non-repudiation", "Detecting", "Data disclosure",
        "Unawareness and unintervenability", "Non-compliance",
    ),
    "store": ("Linking", "Identifying", "Non-repudiation", "Detecting", "Data disclosure"),
    "model": ("Linking", "Identifying", "Data disclosure"),
    "flow": ("Linking", "Identifying", "Detecting", "Data disclosure"),
}  # fmt: skip
_PERSONAL = ("personal", "special_category", "health", "payment", "children", "biometrics")
# What nothing is read from poisons nobody: a log is no knowledge base.
_READ = "AML.T0070"
# ATLAS technique -> kinds of element it meets.
_ATLAS: dict[str, tuple[str, ...]] = {
    "AML.T0051.000": ("model",),
    "AML.T0051.001": ("model",),
    "AML.T0054": ("model",),
    "AML.T0057": ("model",),
    "AML.T0053": ("process",),
    "AML.T0070": ("store",),
    "AML.T0024": ("model",),
    "AML.T0029": ("model",),
}


class Threat(msgspec.Struct, frozen=True, kw_only=True):
    """One threat to one place. `place` is an element's id or `source->target:label` of a flow."""

    id: str
    method: Method
    category: str
    place: str
    crosses: str
    note: str = ""
    status: Literal["open", "handled", "not relevant"] = "open"


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person wrote to a threat, in the notes file, by its id."""

    note: str = ""
    status: Literal["open", "handled", "not relevant"] = "open"


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """All threats of a picture. `orphans` are notes whose threat the picture has no more."""

    application: str
    threats: tuple[Threat, ...]
    orphans: dict[str, Note]


def threats(profile: Profile, atlas: Framework, notes: Mapping[str, Note]) -> Model:
    """Return the threats of every element and flow with the notes of people.

    Techniques that the pinned index of ATLAS has no more are left out; a renumbered one keeps the
    threat's id. Personal data that is not ruled out brings LINDDUN in.
    """
    classes = profile.value("data.classes_in_prompt")
    private = classes is None or bool({*classes} & {*_PERSONAL})
    found: list[Threat] = []
    zones = {element.id: element.zone for element in profile.elements}
    read = {flow.source for flow in profile.flows}
    for element in profile.elements:
        left_out = () if element.id in read else (_READ,)
        found += _of(element.id, element.kind, "", private, atlas, left_out)
    for flow in profile.flows:
        source, target = zones[flow.source], zones[flow.target]
        crosses = "" if source == target else f"{source} -> {target}"
        found += _of(place_of(flow), "flow", crosses, private, atlas)
    known = {threat.id: threat for threat in found}
    noted = tuple(
        msgspec.structs.replace(one, note=notes[key].note, status=notes[key].status)
        if key in notes
        else one
        for key, one in known.items()
    )
    orphans = {key: note for key, note in notes.items() if key not in known}
    return Model(application=profile.application, threats=noted, orphans=orphans)


def place_of(flow: Flow) -> str:
    """Return what names a flow: its ends and its label."""
    return f"{flow.source}->{flow.target}:{flow.label}"


def _of(
    place: str, kind: str, crosses: str, private: bool, atlas: Framework,
    left_out: Collection[str] = (),
) -> Iterable[Threat]:  # fmt: skip
    named: list[tuple[Method, str, str]] = [("STRIDE", one, one) for one in _STRIDE[kind]]
    if private:
        named += [("LINDDUN", one, one) for one in _LINDDUN[kind]]
    for technique, kinds in _ATLAS.items():
        today = atlas.renumbered.get(technique, technique)
        if kind in kinds and today in atlas.entries and technique not in left_out:
            # Titles and numbers change; the id under which we first knew it is what counts.
            named.append(("ATLAS", technique, f"{today} {atlas.entries[today]}"))
    for method, key, category in named:
        digest = hashlib.sha256("\n".join((method, key, place)).encode()).hexdigest()
        yield Threat(
            id=f"THR-{digest[:10]}", method=method, category=category, place=place, crosses=crosses
        )


def mermaid(profile: Profile, model: Model, attacked: Collection[str] = ()) -> str:
    """Return the picture as a Mermaid flowchart: zones as boxes, open threats counted.

    Flows whose place is `attacked` are drawn thick.
    """
    names = {element.id: f"n{index}" for index, element in enumerate(profile.elements)}
    count = _open(model)
    lines = ["flowchart LR"]
    zones = dict.fromkeys(element.zone for element in profile.elements)
    for index, zone in enumerate(zones):
        lines.append(f'  subgraph z{index}["{_plain(zone)}"]')
        for element in profile.elements:
            if element.zone == zone:
                lines.append(f"    {names[element.id]}{_shape(element, count)}")
        lines.append("  end")
    for flow in profile.flows:
        label = f"{_plain(flow.label)} ({count.get(place_of(flow), 0)})"
        lines.append(f'  {names[flow.source]} -->|"{label}"| {names[flow.target]}')
    thick = [str(i) for i, flow in enumerate(profile.flows) if place_of(flow) in attacked]
    if thick:
        lines.append(f"  linkStyle {','.join(thick)} stroke:#b42318,stroke-width:3px")
    return "\n".join(lines) + "\n"


def _open(model: Model) -> dict[str, int]:
    count: dict[str, int] = {}
    for threat in model.threats:
        if threat.status == "open":
            count[threat.place] = count.get(threat.place, 0) + 1
    return count


def _shape(element: Element, count: Mapping[str, int]) -> str:
    text = f'"{_plain(element.name)} ({count.get(element.id, 0)})"'
    shapes = {"store": "[({})]", "model": "{{{{{}}}}}", "process": "({})"}
    return shapes.get(element.kind, "[{}]").format(text)


def _plain(text: str) -> str:
    """Return a label without what ends a quoted Mermaid text or is read as markup."""
    text = " ".join(text.split())
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return text


def otm(profile: Profile, model: Model) -> dict[str, Any]:
    """Return the threat model in the Open Threat Model format 0.2.0."""
    zones = list(dict.fromkeys(element.zone for element in profile.elements))
    by_place: dict[str, list[Threat]] = {}
    for threat in model.threats:
        by_place.setdefault(threat.place, []).append(threat)
    return {
        "otmVersion": "0.2.0",
        "project": {"name": profile.title, "id": profile.application},
        "trustZones": [
            {"id": _uuid("zone", zone), "name": zone, "risk": {"trustRating": 0}} for zone in zones
        ],
        "components": [
            {
                "id": element.id,
                "name": element.name,
                "type": element.kind,
                "parent": {"trustZone": _uuid("zone", element.zone)},
                "threats": _states(by_place.get(element.id, [])),
            }
            for element in profile.elements
        ],
        "dataflows": [
            {
                "id": _uuid("flow", place_of(flow)),
                "name": flow.label,
                "source": flow.source,
                "destination": flow.target,
                "threats": _states(by_place.get(place_of(flow), [])),
            }
            for flow in profile.flows
        ],
        "threats": [
            {
                "id": threat.id,
                "name": threat.category,
                "categories": [threat.method],
                "description": threat.note,
                "risk": {"likelihood": None, "impact": None},
            }
            for threat in model.threats
        ],
    }


def _states(found: Iterable[Threat]) -> list[dict[str, str]]:
    states = {"open": "exposed", "handled": "mitigated", "not relevant": "not-applicable"}
    return [{"threat": one.id, "state": states[one.status]} for one in found]


def _uuid(kind: str, name: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{kind}\n{name}"))
