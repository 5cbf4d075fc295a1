"""Where each value of a call comes from: one trace for each scalar of the arguments."""

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.addressees import addressees
from seawall.policy.provenance.arguments import argument_kind, split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.keys import field_at
from seawall.policy.provenance.sources import (
    ORDER,
    Hit,
    Source,
    find,
    find_date,
    find_number,
    find_rewritten,
    grams,
)
from seawall.policy.provenance.spans import ADDRESSED, ASKS
from seawall.policy.provenance.traced import File, Kind, Trace, ValueOrigin

TRUSTED = frozenset({"user", "operator", "trusted"})
_LONG = 80
# Smaller numbers stand anywhere by chance.
_NUMBERED = 100
_MAX_LEAVES = 400
_DIGITS, _KEYED = 4, 5
_LOOKED_AT = 1000
# Five words in a row, or three that a mark ends: somebody reads that, whatever its argument is called.
_SENTENCE = re.compile(
    r"\b(?:[^\W\d_][\w'’-]{0,40}[ ,;:]{1,2}){4}[^\W\d_]|"
    r"\b(?:[\w'’-]{1,40}[ ,;:]{1,2}){2}[\w'’-]{1,40}[.!?]$"
)


_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2})?(?:z|[+-]\d{2}:\d{2})?)?")


def in_fields(hits: Sequence[Hit]) -> bool:
    """Say whether a place is all of a field."""
    return any(hit.source.in_field(hit.start, hit.end) for hit in hits)


def keyed(source: Source, argument: str) -> Iterator[tuple[int, int]]:
    """Yield where numbers are all of a field that is called like the argument: `id: 12`."""
    name = split_name(argument.rsplit("/", 1)[-1])[-1:]
    if not name or name[0] not in source.text:
        return
    key = re.compile(
        rf"(?<![^\W_]){re.escape(name[0])}_?['\"]?: ?['\"]?(\d[\d.,]*)(?![^\s,'\"}}\]])"
    )
    for match in itertools.islice(key.finditer(source.text), _MAX_LEAVES):
        start, end = match.start(1), match.start(1) + len(match[1].rstrip(".,"))
        own = field_at(source.text, start)
        if own is not None and source.text[own.start : start].strip(" '\""):
            continue  # somebody wrote it into the text of another field
        if source.level(start, end) < ASKS and source.in_field(start, end):
            yield start, end


def figures(written: str) -> tuple[float, ...]:
    """Return what a field's number may be; with one point it is what machines write: 30.0 is 30."""
    return (float(written),) if _FIGURE.fullmatch(written) else tuple(texts.readings(written))


def keyed_numbers(source: Source, argument: str, number: float) -> list[Hit]:
    """Return where this number is all of a field that is called like the argument."""
    held = (one for one in keyed(source, argument)
            if number in figures(source.text[slice(*one)]))  # fmt: skip
    return [
        Hit(source=source, start=a, end=b, how="number") for a, b in itertools.islice(held, _KEYED)
    ]


class Value:
    """One scalar of the arguments, with every place where it stands."""

    def __init__(self, argument: str, kind: Kind, value: Any, sources: Sequence[Source]) -> None:
        self.argument = argument
        self.kind = kind
        self.value = value
        self.text = " ".join(texts.fold(value).split()) if isinstance(value, str) else ""
        dated = _DAY.fullmatch(self.text) is not None
        self.shape = texts.shape(self.text) if self.text and not dated else ""
        if dated and kind == "target":
            self.kind = "date"
        self.long = (len(self.text) > _LONG and self.shape != "url") or kind == "content"
        self.sources = sources
        self.hits = self._find()

    def _find(self) -> dict[str, list[Hit]]:
        """Look the value up as it stands; only what is nowhere is looked up in other forms."""
        found = self._by(self._plain)
        if not found and self.text and not self.long:
            found = self._by(self._rewritten)
        elif found and self.kind == "date" and "user" not in found:
            said = self._by(lambda one: find_date(one, self.text) if one.origin == "user" else [])
            found = {**found, **said}
        return found

    def _by(self, look: Callable[[Source], list[Hit]]) -> dict[str, list[Hit]]:
        found: dict[str, list[Hit]] = {}
        for source in self.sources:
            if source.origin == "definition" and (found or self.long):
                break
            if hits := look(source):
                found.setdefault(source.origin, []).extend(hits)
        return found

    def _plain(self, source: Source) -> list[Hit]:
        if isinstance(self.value, bool) or self.value is None:
            return []
        if isinstance(self.value, int | float):
            return self._number(source, float(self.value))
        hits = find(source, self.text) if self.text else []
        return self._no_moments(hits) if self.text.isdigit() else hits

    def _number(self, source: Source, number: float) -> list[Hit]:
        hits = find_number(source, number)
        named = self.kind in ("selector", "target") and isinstance(self.value, int)
        more: list[Hit] = []
        if hits and named and self.value >= _NUMBERED:
            more = find(source, str(self.value))
        elif hits and named and source.origin == "untrusted" and not in_fields(hits):
            more = keyed_numbers(source, self.argument, number)
        hits += [one for one in more if one.start != hits[0].start]
        return self._no_moments(hits) if named else hits

    def _no_moments(self, hits: list[Hit]) -> list[Hit]:
        """Leave out digits of dates and times where a record is named: it is not called so."""
        if self.kind not in ("selector", "target") or len(str(self.value)) > _DIGITS:
            return hits
        return [
            hit for hit in hits
            if hit.source.origin != "untrusted" or not texts.in_moment(hit.source.text, hit.start)
        ]  # fmt: skip

    def _rewritten(self, source: Source) -> list[Hit]:
        hits = find_rewritten(source, self.text)
        if not hits and self.kind in ("date", "other", "selector"):
            hits = find_date(source, self.text)
        if not hits and self.kind == "amount":
            for number in texts.numbers(self.text):
                hits = hits or find_number(source, number)
        return hits

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to come from anywhere."""
        if self.value is None or isinstance(self.value, bool) or self.value == "":
            return True
        return self.value == 0 and not any(hit.level for hit in self.untrusted)

    @property
    def numeric(self) -> bool:
        """Return whether it is a number, not a switch."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)

    @functools.cached_property
    def origin(self) -> ValueOrigin:
        """Return the most trusted origin; `instruction` where every untrusted place is one."""
        for origin in ORDER:
            hits = self.hits.get(origin)
            if hits and origin == "untrusted" and min(h.level for h in hits) >= ADDRESSED:
                return "instruction"
            if hits:
                return origin
        return "composed" if self._composed() else "nowhere"

    @property
    def untrusted(self) -> list[Hit]:
        """Return the places in untrusted text."""
        return self.hits.get("untrusted", [])

    def _composed(self) -> bool:
        """Say whether every word of the value is the user's, the operator's or of trusted data."""
        tokens = texts.words(self.text)
        known = [s for s in self.sources if s.origin in ("user", "operator", "trusted")]
        return bool(tokens) and all(any(t in s.words for s in known) for t in tokens)

    def trace(self, reason: str = "", *, stops: bool = False, shares: bool = False) -> Trace:
        """Return the trace, with the first place of its origin; `shares` of long texts cost."""
        origin = self.origin
        key = "untrusted" if origin == "instruction" else origin
        hits = sorted(self.hits.get(key, ()), key=lambda hit: -hit.level if stops else 0)
        first = hits[0] if hits else None
        return Trace(
            argument=self.argument,
            kind=self.kind,
            origin=origin,
            pointer=first.source.part.pointer if first else "",
            span=_absolute(first) if first else None,
            reason=reason or (first.how if first else ""),
            stops=stops,
            shares=self.shares() if shares and self.long else {},
            file=first.source.file_at(first.start, first.end) if first else self._copied(),
        )

    def _copied(self) -> File | None:
        """Return the retrieved file of which a long text repeats most runs of four words."""
        if not self.long:
            return None
        held = [(self.grams & one.grams, one) for one in self.sources if one.of_file]
        shared, source = max(held, key=lambda one: len(one[0]), default=(frozenset(), None))
        if not shared or source is None:
            return None
        run = re.search(r"[\W_]+".join(min(shared)), source.text)
        return source.file_at(*run.span()) if run else None

    @functools.cached_property
    def grams(self) -> frozenset[tuple[str, ...]]:
        """Return the value's runs of four words."""
        return grams(self.text)

    def shares(self) -> dict[str, float]:
        """Return which share of a long text's four-word runs stands in texts of each origin."""
        own = self.grams
        if not own:
            return {}
        found: dict[str, float] = {}
        for origin in ORDER:
            known = [s.grams for s in self.sources if s.origin == origin]
            share = sum(any(gram in k for k in known) for gram in own) / len(own)
            if share:
                found[origin] = round(share, 2)
        return found


def _absolute(hit: Hit) -> tuple[int, int]:
    start, end = hit.source.place(hit.start, hit.end)
    offset = hit.source.part.span[0] if hit.source.part.span else 0
    return start + offset, end + offset


def values_of(
    arguments: dict[str, Any], profile: ToolProfile, sources: Sequence[Source]
) -> list[Value]:
    """Return every scalar of the arguments as a Value."""
    return [
        Value(where, kind, value, sources)
        for where, kind, value in _leaves(arguments, "", "other", profile)
    ][:_MAX_LEAVES]


def _is_sentence(text: str) -> bool:
    """Say whether a text is said to somebody; a long one is a content anyway."""
    return len(text) <= _LOOKED_AT and _SENTENCE.search(text) is not None


def _leaves(
    node: Any, where: str, kind: Kind, profile: ToolProfile
) -> Iterator[tuple[str, Kind, Any]]:
    if isinstance(node, dict):
        for name, item in node.items():
            own = profile.kinds.get(name) or argument_kind(name)
            yield from _leaves(item, f"{where}/{name}", kind if own == "other" else own, profile)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _leaves(item, f"{where}/{index}", kind, profile)
    elif kind == "other" and isinstance(node, str) and _is_sentence(node):
        yield where, "content", node
    elif kind in ("target", "other") and isinstance(node, str) and (several := addressees(node)):
        yield from ((where, "target", one) for one in several)
    else:
        yield where, kind, node
