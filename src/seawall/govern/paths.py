"""Attack paths of a picture: from where outsiders enter to where something can be lost."""

from collections import deque
from collections.abc import Mapping, Sequence

import msgspec

from seawall.core.profile import Element, Flow, Profile
from seawall.govern.threats import Threat, place_of

_ENTERS = ("person", "external")
_WORKS = ("process", "model")
_LOST = ("store", "person", "external")


class AttackPath(msgspec.Struct, frozen=True, kw_only=True):
    """The shortest way from an entry to a loss. `steps` are places of threats, in their order.

    `entry` and `loss` are ids of elements; `crosses` the boundaries on the way; `open` the number
    of open threats along it. `stopped_by` is a flow on the way whose threats are all handled or not
    relevant, empty while every flow is open.
    """

    entry: str
    loss: str
    steps: tuple[str, ...]
    crosses: tuple[str, ...]
    open: int
    stopped_by: str


def paths(profile: Profile, threats: Sequence[Threat]) -> tuple[AttackPath, ...]:
    """Return a way from each person or external element to each store, and to whom data can leave.

    It leads through a process or a model: what nobody works on loses nothing. Ways that nothing
    stops come first, those with most boundaries before the rest.
    """
    elements = {one.id: one for one in profile.elements}
    out: dict[str, list[Flow]] = {}
    for flow in profile.flows:
        out.setdefault(flow.source, []).append(flow)
    by_place: dict[str, list[Threat]] = {}
    for threat in threats:
        by_place.setdefault(threat.place, []).append(threat)
    found = [
        _path(entry, loss, flows, elements, by_place)
        for entry in profile.elements
        if entry.kind in _ENTERS
        for loss, flows in _reached(entry, out, elements).items()
        if elements[loss].kind in _LOST
    ]
    return tuple(
        sorted(
            found, key=lambda one: (bool(one.stopped_by), -len(one.crosses), one.entry, one.loss)
        )
    )


def _reached(
    entry: Element, out: Mapping[str, Sequence[Flow]], elements: Mapping[str, Element]
) -> dict[str, list[Flow]]:
    """Return the shortest way, as flows, to each element that an entry reaches by a worker."""
    ways: dict[tuple[str, bool], list[Flow]] = {(entry.id, False): []}
    queue = deque(ways)
    while queue:
        here = queue.popleft()
        for flow in out.get(here[0], ()):
            worked = here[1] or elements[flow.target].kind in _WORKS
            there = (flow.target, worked)
            if flow.target != entry.id and there not in ways:
                ways[there] = [*ways[here], flow]
                queue.append(there)
    return {key: flows for (key, worked), flows in ways.items() if worked}


def _path(
    entry: Element, loss: str, flows: Sequence[Flow], elements: Mapping[str, Element],
    by_place: Mapping[str, Sequence[Threat]],
) -> AttackPath:  # fmt: skip
    steps = [entry.id]
    crosses = []
    for flow in flows:
        steps += [place_of(flow), flow.target]
        source, target = elements[flow.source].zone, elements[flow.target].zone
        if source != target:
            crosses.append(f"{source} -> {target}")
    waiting = [
        threat for step in dict.fromkeys(steps) for threat in by_place.get(step, ())
        if threat.status == "open"
    ]  # fmt: skip
    at = {threat.place for threat in waiting}
    stopped = next((place_of(flow) for flow in flows if place_of(flow) not in at), "")
    return AttackPath(
        entry=entry.id, loss=loss, steps=tuple(steps), crosses=tuple(crosses), open=len(waiting),
        stopped_by=stopped,
    )  # fmt: skip
