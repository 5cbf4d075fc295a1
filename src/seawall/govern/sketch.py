"""A data-flow picture drawn from the facts of a profile, where nobody drew one yet.

What is not known is drawn and says so: it is taken out by an answer, never by silence.
"""

from collections.abc import Iterator

import msgspec

from seawall.core.profile import Element, Flow, Profile

_OWN, _OUTSIDE, _STAFF = "application", "internet", "staff"
_HERE = ("self_hosted", "own_trained")


def sketch(profile: Profile) -> Profile:
    """Return the profile with elements and flows; one that has elements stays as it is.

    Ids come from the facts (`model:NAME`, `tool:NAME`), so that notes stay with their threat.
    """
    if profile.elements:
        return profile
    elements: dict[str, Element] = {}
    flows: list[Flow] = []
    for element, given in _parts(profile):
        if element.id not in elements:
            elements[element.id] = element
            flows += given
    return msgspec.structs.replace(profile, elements=tuple(elements.values()), flows=tuple(flows))


def _parts(profile: Profile) -> Iterator[tuple[Element, list[Flow]]]:
    yield _element("app", profile.title, "process", _OWN), []
    for key, name in _names(profile, "audience", "users"):
        zone = _STAFF if key == "employees" else _OUTSIDE
        yield _both(f"person:{key}", name, "person", zone, "question", "answer")
    zone = _OWN if profile.value("model.hosting") in _HERE else "provider"
    for key, name in _names(profile, "model.ids", "model"):
        yield _both(f"model:{key}", name, "model", zone, "answer", "prompt")
    yield from _stores(profile)
    for key, name in _names(profile, "tools.list", "tools"):
        yield _both(f"tool:{key}", name, "external", "tools", "result", "call")


def _stores(profile: Profile) -> Iterator[tuple[Element, list[Flow]]]:
    if (used := profile.value("rag.used")) is not False:
        documents = _element("documents", _said("documents", used), "store", _OWN)
        yield documents, [_flow("documents", "app", "passages")]
        if (outsiders := profile.value("rag.sources_trust")) is not False:
            writers = _element("writers", _said("who writes documents", outsiders), "external",
                               _OUTSIDE)  # fmt: skip
            yield writers, [_flow("writers", "documents", "texts")]
    if (kept := profile.value("memory.persistent")) is not False:
        name = _said("memory", kept)
        yield _both("memory", name, "store", _OWN, "earlier turns", "turns")
    if profile.value("logging") != "none":
        logs = _element("logs", _said("logs", profile.value("logging")), "store", _OWN)
        yield logs, [_flow("app", "logs", "records")]


def _both(
    key: str, name: str, kind: str, zone: str, to_app: str, from_app: str
) -> tuple[Element, list[Flow]]:
    flows = [_flow(key, "app", to_app), _flow("app", key, from_app)]
    return _element(key, name, kind, zone), flows


def _names(profile: Profile, fact: str, otherwise: str) -> list[tuple[str, str]]:
    """Return (key, name) of what a fact lists; one that says so where it is not known."""
    value = profile.value(fact)
    if value is None:
        return [("unknown", _said(otherwise, None))]
    return [(str(one), str(one)) for one in value]


def _said(name: str, value: object) -> str:
    return f"{name} (not known)" if value is None else name


def _element(key: str, name: str, kind: str, zone: str) -> Element:
    return Element(id=key, name=name, kind=kind, zone=zone)


def _flow(source: str, target: str, label: str) -> Flow:
    return Flow(source=source, target=target, label=label)
