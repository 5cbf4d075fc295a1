"""From signals to facts, and how they stand to what people answered."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from seawall.assess.applicability import shown
from seawall.assess.discover.signals import Signal
from seawall.assess.interview.relevance import FOLLOWS
from seawall.catalog.model import Question
from seawall.core.profile import DISCOVERED, Fact, Profile

MAX_GROUNDS = 8
# Of several answers to a choice the one that counts more against the application stands.
_WORST: dict[str, tuple[str, ...]] = {
    "model.hosting": ("vendor_api", "cloud_hosted", "self_hosted", "own_trained"),
    "supply.components": ("unpinned", "pinned", "pinned_and_hashed"),
    "tools.approval": ("none", "high_impact", "all"),
}


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of a person that the repository does not bear out. The answer stays.

    kind: `differs`, or `unknown` where the person did not know and the repository shows it.
    """

    fact: str
    kind: Literal["differs", "unknown"]
    answer: Any
    found: Any
    grounds: tuple[str, ...]
    sentence: str


def counted(signals: Iterable[Signal]) -> list[Signal]:
    """Return the signals that count: weak ones only beside a model, a tool or a prompt."""
    found = sorted(set(signals), key=lambda s: (s.path, s.line, s.kind, s.what))
    if any(s.kind in ("model-call", "mcp-server", "prompt") for s in found):
        return found
    return [s for s in found if not s.weak]


def facts_of(
    signals: Iterable[Signal], questions: Mapping[str, Question], today: str
) -> dict[str, Fact]:
    """Return what the signals say, by fact in the catalogue's order, with file and line.

    Nothing is ever concluded from what was not seen: a repository without retrieval in it may
    retrieve elsewhere. A fact with signals that do not settle it has the value None.
    """
    said: dict[str, list[tuple[Any, Signal]]] = {}
    for signal in signals:
        for fact, value in signal.says:
            said.setdefault(fact, []).append((value, signal))
    return {
        key: Fact(
            key=key,
            value=_value(question, [value for value, _ in said[key] if value is not None]),
            source=DISCOVERED,
            date=today,
            grounds=_grounds([signal for _, signal in said[key]]),
        )
        for key, question in questions.items()
        if key in said
    }


def _value(question: Question, values: list[Any]) -> Any:
    if not values:
        return None
    if question.type == "yes-no":
        return any(values)
    if question.type == "choice":
        order = _WORST.get(question.fact, question.options)
        return next(option for option in order if option in values)
    if question.type == "choices":
        return tuple(option for option in question.options if option in values)
    return tuple(dict.fromkeys(str(value) for value in values))


def _grounds(signals: list[Signal]) -> tuple[str, ...]:
    lines = list(dict.fromkeys(f"{signal.place} {signal.what}" for signal in signals))
    more = len(lines) - MAX_GROUNDS
    return (*lines[:MAX_GROUNDS], *((f"and {more} more",) if more > 0 else ()))


def human(fact: Fact | None) -> bool:
    """Return whether a fact came from elsewhere than a repository."""
    return fact is not None and fact.source != DISCOVERED


def changes(profile: Profile, found: Mapping[str, Fact]) -> dict[str, Fact | None]:
    """Return what discovery may write: its own facts, new or renewed; None takes an old one out."""
    written: dict[str, Fact | None] = {
        key: fact
        for key, fact in found.items()
        if not human(profile.facts.get(key)) and not _same(profile.facts.get(key), fact)
    }
    for key, fact in profile.facts.items():
        if not human(fact) and key not in found:
            written[key] = None
    return written


def _same(old: Fact | None, new: Fact) -> bool:
    """Return whether only the date differs: then the first date stays."""
    return old is not None and (old.value, old.grounds) == (new.value, new.grounds)


def conflicts(
    profile: Profile, found: Mapping[str, Fact], *, shows: str = "the repository"
) -> list[Conflict]:
    """Return where people's answers and the facts differ, in the catalogue's order.

    `shows` says in a sentence where the facts come from.
    """
    result = []
    for key, fact in found.items():
        given = profile.facts.get(key)
        if given is None or not human(given) or fact.value is None:
            continue
        if given.source.startswith(FOLLOWS):
            continue  # nobody said it: the answer that it follows from is compared
        if given.value is None:
            sentence = f"{key} is unknown, and {shows} shows {shown(fact.value)}"
            result.append(_conflict(given, fact, "unknown", fact.value, sentence))
        elif (missing := _missing(given.value, fact.value)) is not None:
            sentence = f"{key} is answered with {_answer(given.value)}, and {shows} shows"
            sentence = f"{sentence} {shown(missing)}"
            result.append(_conflict(given, fact, "differs", missing, sentence))
    return result


def _answer(value: Any) -> str:
    return shown(value) if value or isinstance(value, bool) else "nothing"


def _conflict(
    given: Fact, fact: Fact, kind: Literal["differs", "unknown"], found: Any, sentence: str
) -> Conflict:
    words = [str(item).replace("_", " ") for item in (found if isinstance(found, tuple) else ())]
    words += list(map(str, found)) if isinstance(found, tuple) else []
    shows = [ground for ground in fact.grounds if any(word in ground for word in words)]
    return Conflict(
        fact=fact.key, kind=kind, answer=given.value, found=found, grounds=fact.grounds,
        sentence=f"{sentence} ({(shows or fact.grounds)[0]}).",
    )  # fmt: skip


def _missing(answer: Any, found: Any) -> Any:
    """Return what was found and is not in the answer, None where they agree."""
    if isinstance(found, tuple) and isinstance(answer, tuple):
        known = {str(item).casefold() for item in answer}
        missing = tuple(item for item in found if str(item).casefold() not in known)
        return missing or None
    return found if answer != found else None
