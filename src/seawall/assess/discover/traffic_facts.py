"""Recorded traffic against the profile: facts to write, and where the two differ."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from seawall.assess.discover.facts import Conflict, conflicts, facts_of
from seawall.assess.discover.signals import Signal
from seawall.assess.discover.traffic import Sight, Traffic
from seawall.catalog.model import Question
from seawall.core.profile import OBSERVED, Fact, Profile
from seawall.core.register import Remark

# Fewer requests than this may be a finding that is none, or a page that somebody pasted.
LEAST = 3
_VOLUME = 1.5
_PATH = "audit"
_SURFACES: dict[str, tuple[tuple[str, Any], ...]] = {
    "images": (("interface.modalities_out", "image"),),
    "fine-tuning": (("model.tuned", True),),
    "files/fine-tune": (("interface.modalities_in", "training_file"),),
    "files/assistants": (("interface.modalities_in", "file"),),
    "files/user_data": (("interface.modalities_in", "file"),),
    "files/vision": (("interface.modalities_in", "image"),),
    "vector-stores": (("rag.used", True),),
}


def facts(
    traffic: Traffic,
    questions: Mapping[str, Question],
    profile: Profile | None = None,
    models: Mapping[str, str] | None = None,
) -> dict[str, Fact]:
    """Return what the traffic says, by fact, with the first audit record of each as its grounds.

    `models` maps names of the gateway to the provider's (its policy's `upstream_model`). A model
    that the profile knows is written as there. Kinds of data, documents and images count from
    LEAST requests on. Nothing is concluded from what was not seen.
    """
    known = {_bare(name): name for name in _listed(profile, "model.ids")}
    signals = [signal for one in traffic.sights for signal in _signals(one, known, models or {})]
    found = facts_of(signals, questions, traffic.until)
    return {
        key: Fact(
            key=key, value=one.value, source=OBSERVED, date=one.date, grounds=one.grounds
        )
        for key, one in found.items()
    }  # fmt: skip


def _signals(one: Sight, known: Mapping[str, str], models: Mapping[str, str]) -> Iterator[Signal]:
    says: tuple[tuple[str, Any], ...] = ()
    if one.kind == "model":
        name = models.get(one.name, one.name)
        says = (("model.ids", known.get(_bare(name), name)),)
    elif one.kind == "tool":
        says = (("tools.list", one.name),)
    elif one.kind == "surface":
        says = _SURFACES.get(one.name, ())
    elif one.requests >= LEAST and one.kind == "data":
        says = (("data.classes_in_prompt", one.name),)
    elif one.requests >= LEAST and one.kind == "document":
        says = (("rag.used", True),)
    elif one.requests >= LEAST and one.kind == "image":
        says = (("interface.modalities_in", "image"),)
    if says:
        what = f"{one.kind} {one.name}"
        yield Signal(kind="traffic", what=what, path=_PATH, line=one.first, says=says)


def changes(profile: Profile, found: Mapping[str, Fact]) -> dict[str, Fact | None]:
    """Return what may be written: new facts, and more items for what was only discovered.

    Nothing is ever taken out, and no answer of a person is changed.
    """
    written: dict[str, Fact | None] = {}
    for key, fact in found.items():
        old = profile.facts.get(key)
        if old is None:
            written[key] = fact
        elif old.partial and (new := _joined(old, fact)) is not None:
            written[key] = new
    return written


def _joined(old: Fact, new: Fact) -> Fact | None:
    """Return both together; None where the new one adds nothing."""
    value = new.value
    if isinstance(old.value, tuple) and isinstance(new.value, tuple):
        value = tuple(dict.fromkeys((*old.value, *new.value)))
    if value == old.value:
        return None
    grounds = tuple(dict.fromkeys((*old.grounds, *new.grounds)))
    return Fact(key=old.key, value=value, source=OBSERVED, date=new.date, grounds=grounds)


def answers(profile: Profile, found: Mapping[str, Fact]) -> list[Conflict]:
    """Return where people's answers and the traffic differ; the answers stay."""
    people = {key: fact for key, fact in profile.facts.items() if not fact.partial}
    mine = Profile(application=profile.application, title=profile.title, facts=people)
    return conflicts(mine, found, shows="the gateway's traffic")


def drift(traffic: Traffic, profile: Profile, found: Mapping[str, Fact]) -> list[Remark]:
    """Return why the profile is not about what passes, each in a sentence; for the gate.

    A log without a request of the application, or with records that cannot be read, shows nothing.
    """
    return list(_drift(traffic, profile, found))


def _drift(traffic: Traffic, profile: Profile, found: Mapping[str, Fact]) -> Iterator[Remark]:
    name = profile.application
    if not traffic.requests:
        text = f"No request of {name} is recorded from {traffic.since} to {traffic.until}: nothing "
        yield Remark(subject=name, sentence=f"{text}shows what passes the gateway.")
    if traffic.unreadable or traffic.cut:
        many = f"{traffic.unreadable} audit records" if traffic.unreadable else "Some names"
        text = f"{many} could not be read, so what they show is unknown: `seawall audit verify`."
        yield Remark(subject=name, sentence=text)
    for key, fact in found.items():
        if fact.value is not None and profile.facts.get(key) is None:
            text = f"{key} is not answered, and the gateway's traffic shows it ({fact.grounds[0]})."
            yield Remark(subject=key, sentence=f"{text} `seawall discover --traffic` fills it in.")
    for item in answers(profile, found):
        yield Remark(subject=item.fact, sentence=f"{item.sentence} Correct the answer.")
    expected = profile.value("volume.requests_per_day")
    if expected is not None and traffic.busiest > _VOLUME * float(expected):
        text = f"{traffic.busiest} requests passed on the busiest day, and volume.requests_per_day"
        text = f"{text} is answered with {float(expected):g}: correct it, the losses rest on it."
        yield Remark(subject="volume.requests_per_day", sentence=text)


def notes(traffic: Traffic, profile: Profile, found: Mapping[str, Fact]) -> list[str]:
    """Return what a person should look at and no gate can judge."""
    said = [
        f"{one.requests} requests of {one.name} pass this gateway too: has it a profile?"
        for one in traffic.of("application")
    ]
    for key, what in (("model.ids", "model"), ("tools.list", "tool")):
        seen = {_bare(str(item)) for item in (found[key].value if key in found else ())}
        said += [
            f"The {what} {item} is in the profile and was not seen: it is not used, or goes round "
            "the gateway."
            for item in _listed(profile, key)
            if traffic.requests and _bare(item) not in seen
        ]
    if traffic.of("surface") and any(one.name == "audio" for one in traffic.of("surface")):
        ways = (*_listed(profile, "interface.modalities_in"),
                *_listed(profile, "interface.modalities_out"))  # fmt: skip
        if "audio" not in ways:
            said.append("Sound passes, and the profile names audio neither as input nor as output.")
    return said


def _listed(profile: Profile | None, key: str) -> tuple[str, ...]:
    value = None if profile is None else profile.value(key)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _bare(name: str) -> str:
    """Return a name without its provider."""
    return re.split(r"[/:]", name.strip().casefold())[-1]
