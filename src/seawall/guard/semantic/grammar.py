"""Cues: rules over word classes ("override" near "previous" near "instructions")."""

import threading
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, cached_property, reduce
from importlib import resources
from itertools import chain
from operator import or_
from typing import Annotated

import msgspec
from msgspec import Meta

from seawall.core import yamlfile
from seawall.guard.semantic import structure, text
from seawall.guard.semantic.lexicon import Mark, load

Share = Annotated[float, Meta(ge=0, lt=1)]
_MOST = 24
# A class in a rule's `unless` counts when it stands this near to what matched (characters).
_NEAR = 14


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One cue. Every slot ("A|B" = either class) must be filled by its own words.

    `within`: widest range in characters. `across`: sentence ends it may go over. `ordered`: the
    slots stand in this order. `unless`: classes that spoil the match. `direct` and `untrusted`:
    weight in a user's own words and in documents, tool results and files.
    """

    id: str
    label: str
    slots: Annotated[tuple[str, ...], Meta(min_length=1)]
    within: int = 90
    across: int = 0
    ordered: bool = False
    unless: tuple[str, ...] = ()
    direct: Share = 0.0
    untrusted: Share = 0.0


class Cue(msgspec.Struct, frozen=True):
    """A rule that matched at a range of one view's text."""

    rule: Rule
    start: int
    end: int


class Marked:
    """A text with its sentences, and marks by class. What no rule asks for is not worked out."""

    def __init__(self, content: str) -> None:
        self.text = content
        self._spots = load().spotted(text.words_in(content))
        self._joined = load().joined(content)
        self._shapes = structure.possible(content)

    @cached_property
    def kinds(self) -> int:
        """Return all classes that the text may have marks of, a bit each."""
        found = {kind for _, _, kind, _ in self._spots}
        if self._joined:
            found.update(kind for _, _, kind in self._joined)
        if structure.SPOKEN_TO in found:
            found.add(structure.ADDRESSED)
        return bits_of(chain(found, structure.kinds(self._shapes)))

    @cached_property
    def by_kind(self) -> dict[str, list[Mark]]:
        """Return the marks of each class, in order of the text but for joined ones."""
        content = self.text
        marks = load().marks(self._spots, text.tokens(content).bounds, self._joined)
        marks += structure.addressed(content, marks)
        marks += structure.shapes(content, self._shapes)
        found: dict[str, list[Mark]] = {}
        for item in marks:
            found.setdefault(item.kind, []).append(item)
        return found

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Return the ranges of sentences; most texts have no cue that asks for them."""
        return text.sentences(self.text)

    def sentence_at(self, offset: int) -> int:
        """Return the index of the sentence that holds an offset."""
        return bisect_right(self.sentences, (offset, 1 << 60)) - 1

    def has(self, kind: str, start: int, end: int) -> bool:
        """Return whether a mark of the class overlaps a range."""
        return any(m.start < end and m.end > start for m in self.by_kind.get(kind, ()))


@cache
def rules(topic: str) -> tuple[Rule, ...]:
    """Return the rules of a topic. Raises InputError when its file is broken."""
    entry = resources.files("seawall.guard.semantic").joinpath("rules", f"{topic}.yaml")
    return yamlfile.decode(entry.read_text(encoding="utf-8"), entry.name, tuple[Rule, ...])


def prepare(topic: str) -> None:
    """Read a topic's rules, and the lexicon. Raises InputError when a file is broken."""
    load()
    structure.prepare()
    for untrusted in (False, True):
        _masks(topic, untrusted)


def weight(rule: Rule, *, untrusted: bool) -> float:
    """Return what a cue counts by who wrote the text."""
    return max(rule.direct, rule.untrusted) if untrusted else rule.direct


def most(marked: Marked, topic: str, *, untrusted: bool) -> float:
    """Return a bound of the score that all cues of a topic can have in a text, quick to say."""
    present, rest = marked.kinds, 1.0
    for _, masks, share in _masks(topic, untrusted):
        for mask in masks:
            if not present & mask:
                break
        else:
            rest *= 1.0 - share
    return 1.0 - rest


def cues(marked: Marked, topic: str, *, untrusted: bool) -> list[Cue]:
    """Return what the topic's rules that count find, in order of the text."""
    found: list[Cue] = []
    present = bits_of(marked.by_kind)
    for rule, masks, _ in _masks(topic, untrusted):
        if all(present & mask for mask in masks):
            found += _apply(rule, marked)
    return sorted(found, key=lambda cue: cue.start)


class _Bits(dict[str, int]):
    """A bit for each class that is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def __missing__(self, kind: str) -> int:
        with self._lock:
            return self.setdefault(kind, 1 << len(self))


_BITS = _Bits()


def bits_of(kinds: Iterable[str]) -> int:
    """Return the bits of classes."""
    return reduce(or_, map(_BITS.__getitem__, kinds), 0)


@cache
def _masks(topic: str, untrusted: bool) -> tuple[tuple[Rule, tuple[int, ...], float], ...]:
    """Return the rules that count, each with the classes that fill each of its slots, and what it
    counts.
    """
    return tuple(
        (rule, tuple(bits_of(slot.split("|")) for slot in rule.slots), share)
        for rule in rules(topic)
        if (share := weight(rule, untrusted=untrusted)) > 0
    )


def _candidates(rule: Rule, marked: Marked) -> list[list[Mark]]:
    slots: list[list[Mark]] = []
    for slot in rule.slots:
        marks = [m for kind in slot.split("|") for m in marked.by_kind.get(kind, ())]
        if not marks:
            return []
        slots.append(marks)
    return slots


def _apply(rule: Rule, marked: Marked) -> list[Cue]:
    slots = _candidates(rule, marked)
    if not slots:
        return []
    anchor = min(range(len(slots)), key=lambda i: len(slots[i]))
    found: list[Cue] = []
    last_end = -1
    for mark_ in sorted(slots[anchor], key=lambda m: m.start):
        if mark_.start < last_end:
            continue
        span = _fill(rule, slots, anchor, mark_)
        if span is None or not _allowed(rule, marked, span):
            continue
        found.append(Cue(rule, *span))
        last_end = mark_.end
        if len(found) >= _MOST:
            break
    return found


def _fill(rule: Rule, slots: list[list[Mark]], anchor: int, first: Mark) -> tuple[int, int] | None:
    """Fill the other slots with the nearest fitting marks; return the range, or None."""
    chosen = {anchor: first}
    for index in sorted(range(len(slots)), key=lambda i: len(slots[i])):
        if index == anchor:
            continue
        best = _nearest(rule, slots[index], index, chosen)
        if best is None:
            return None
        chosen[index] = best
    return min(m.start for m in chosen.values()), max(m.end for m in chosen.values())


def _nearest(rule: Rule, marks: list[Mark], index: int, chosen: dict[int, Mark]) -> Mark | None:
    low = min(m.start for m in chosen.values())
    high = max(m.end for m in chosen.values())
    best: Mark | None = None
    best_width = rule.within + 1
    for candidate in marks:
        width = max(high, candidate.end) - min(low, candidate.start)
        if width < best_width and _fits(rule, candidate, index, chosen):
            best, best_width = candidate, width
    return best


def _fits(rule: Rule, candidate: Mark, index: int, chosen: dict[int, Mark]) -> bool:
    for other, mark_ in chosen.items():
        if candidate.start < mark_.end and mark_.start < candidate.end:
            return False
        if not candidate.langs & mark_.langs:
            return False
        if rule.ordered and (index < other) != (candidate.start < mark_.start):
            return False
    return True


def _allowed(rule: Rule, marked: Marked, span: tuple[int, int]) -> bool:
    start, end = span
    if marked.sentence_at(end - 1) - marked.sentence_at(start) > rule.across:
        return False
    return not any(marked.has(kind, start - _NEAR, end + _NEAR) for kind in rule.unless)
