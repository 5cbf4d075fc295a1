"""Taking findings out of a text: the value itself, or the whole passage of an instruction."""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from seawall.core.notjson import is_json
from seawall.core.verdicts import Finding

# A stranger's instruction goes on beyond the words that gave it away.
_PASSAGE_DETECTORS = frozenset(
    {
        "injection",
        "disclosure-request",
        "misuse-fraud",
        "misuse-cyber",
        "learnt-attack",
        "learnt-harm",
    }
)
BEGINNING = "[removed by Seawall: "
NOTICE = BEGINNING + "{label}]"
IMAGE_NOTICE = "[image removed by Seawall: {label}]"
Range = tuple[int, int, str]
_NOTICE = re.compile(rf"{re.escape(BEGINNING)}([^\[\]\n]{{1,76}}?)(?: [0-9]{{1,3}})?\]")

# Strings (possessive: linear on any text) and what else stands for a value: numbers, true, null.
SCALAR = re.compile(r'"(?:[^"\\]|\\.)*+"|[^\s\[\]{}:,"]+')
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)")


def _paragraph(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a range to its paragraph (between empty lines)."""
    before = text.rfind("\n\n", 0, start)
    after = text.find("\n\n", end)
    return (0 if before < 0 else before + 2, len(text) if after < 0 else after)


def _word_bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen an empty range to the word it stands in, so that something is always taken out."""
    if end > start:
        return start, end
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, max(end, min(start + 1, len(text)))


def _unsplit(text: str, scalar: tuple[int, int], start: int, end: int) -> tuple[int, int]:
    """Widen a range inside a JSON string so that no escape is cut in two."""
    for match in _ESCAPE.finditer(text, *scalar):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            end = match.end()
    return start, end


def _in_scalars(text: str, wanted: list[tuple[Range, bool]]) -> Iterator[Range]:
    """Yield the ranges cut to the JSON values they touch: what is left is valid JSON.

    A passage takes its whole string; a bare value, such as a number, goes whole.
    """
    waiting = deque(sorted(wanted))
    active: list[tuple[Range, bool]] = []
    for scalar in SCALAR.finditer(text):
        bare = scalar.group()[0] != '"'
        low, high = scalar.span() if bare else (scalar.start() + 1, scalar.end() - 1)
        while waiting and waiting[0][0][0] < high:
            active.append(waiting.popleft())
        active = [item for item in active if item[0][1] > low]
        for (start, end, notice), passage in active:
            inner = (low, high)
            if not (bare or passage):
                inner = _unsplit(text, inner, max(start, low), min(end, high))
            yield (*inner, f'"{notice}"' if bare else notice)


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end, notice in sorted(ranges):
        if merged and start < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = (first, max(last, end), kept)
        else:
            merged.append((start, end, notice))
    return merged


def _wanted(text: str, findings: Iterable[Finding]) -> Iterator[tuple[Range, bool]]:
    for found in findings:
        start, end = _word_bounds(text, max(0, found.start), min(len(text), found.end))
        notice = NOTICE.format(label=found.label)
        yield (start, end, notice), found.detector in _PASSAGE_DETECTORS


def _narrowed(findings: list[Finding]) -> list[Finding]:
    """Leave out passages inside which another reading of JSON found one: its string, no keys."""
    places: defaultdict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for found in findings:
        if found.detector in _PASSAGE_DETECTORS and found.end > found.start:
            places[found.detector, found.label].add((found.start, found.end))
    wide = {(*key, *place) for key, spans in places.items() for place in _around_others(spans)}
    return [one for one in findings if (one.detector, one.label, one.start, one.end) not in wide]


def _around_others(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield those of different spans that hold another one."""
    ends: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        while ends and -ends[0][0] >= end:
            last, first = heappop(ends)
            yield first, -last
        heappush(ends, (-end, start))


def label_of(text: str) -> str:
    """Return the label of a text that is nothing but a notice, "" for others."""
    found = _NOTICE.fullmatch(text)
    return found[1] if found else ""


def another(notice: str, before: int) -> str:
    """Return the notice for one more value, so many others having the same."""
    return f"{notice[:-1]} {before + 1}]" if before else notice


def ranges(text: str, findings: Iterable[Finding]) -> list[Range]:
    """Return the merged ranges that redaction replaces, in order, each with its notice."""
    if is_json(text, ("{", "[", '"')):
        return _merged(_in_scalars(text, list(_wanted(text, _narrowed(list(findings))))))
    return _merged(
        (*_paragraph(text, start, end), notice) if passage else (start, end, notice)
        for (start, end, notice), passage in _wanted(text, findings)
    )


def redact(text: str, findings: Iterable[Finding]) -> str:
    """Return the text with every finding replaced by a notice that names its label.

    JSON stays JSON: the notice for a number is a string.
    """
    return replaced(text, ranges(text, findings))


def replaced(text: str, wanted: Iterable[Range]) -> str:
    """Return the text with ranges (in order, apart) replaced by their notices."""
    pieces: list[str] = []
    last = 0
    for start, end, notice in wanted:
        pieces += [text[last:start], notice]
        last = end
    return "".join([*pieces, text[last:]])
