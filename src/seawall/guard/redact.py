"""Taking findings out of a text: the value itself, or the whole passage of an instruction."""

import re
from collections.abc import Iterable

from seawall.core.verdicts import Finding

# A stranger's instruction goes on beyond the words that gave it away.
_PASSAGE_DETECTORS = frozenset({"injection", "disclosure-request", "misuse-fraud", "misuse-cyber"})
# Possessive, and an open string is taken whole: linear on any text.
_JSON_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*+(?:"|$|(?=\n)|\\)')
NOTICE = "[removed by Seawall: {label}]"
IMAGE_NOTICE = "[image removed by Seawall: {label}]"


def _string_around(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the inside of the JSON string that holds a range, so that the JSON stays valid."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    for match in _JSON_STRING.finditer(text):
        if match.start() < start and end < match.end():
            return match.start() + 1, match.end() - 1
        if match.start() >= end:
            break
    return None


def _passage(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a range to its paragraph (between empty lines), in JSON to its string."""
    inside = _string_around(text, start, end)
    if inside is not None:
        return inside
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


def ranges(text: str, findings: Iterable[Finding]) -> list[tuple[int, int, str]]:
    """Return the merged (start, end, label) ranges that redaction replaces, in order."""
    wanted: list[tuple[int, int, str]] = []
    for found in findings:
        start, end = _word_bounds(text, max(0, found.start), min(len(text), found.end))
        if found.detector in _PASSAGE_DETECTORS:
            start, end = _passage(text, start, end)
        wanted.append((start, end, found.label))
    merged: list[tuple[int, int, str]] = []
    for start, end, label in sorted(wanted):
        if merged and start < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = (first, max(last, end), kept)
        else:
            merged.append((start, end, label))
    return merged


def redact(text: str, findings: Iterable[Finding]) -> str:
    """Return the text with every finding replaced by a notice that names its label."""
    pieces: list[str] = []
    last = 0
    for start, end, label in ranges(text, findings):
        pieces += [text[last:start], NOTICE.format(label=label)]
        last = end
    return "".join([*pieces, text[last:]])
