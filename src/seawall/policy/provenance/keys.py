"""The scalars of a record, each with its key and the object that it stands in."""

import functools
import itertools
import re
from collections.abc import Iterator

import msgspec

from seawall.policy.provenance.columns import cells_of

_FIELDS = 4000
# A string that nothing closes ends with the text: no second look begins within it.
_TOKEN = re.compile(r'"([^"\\]*(?:\\[\s\S][^"\\]*)*)(?:"(\s*:)?|\\?\Z)|[^\s{}\[\],:"]+|[{}\[\]]')
_QUOTED = r"""'(?:[^']|'')*(?:'|\Z)|"(?:[^"\\]|\\[\s\S])*(?:"|\\?\Z)"""
# Nor does one here; an apostrophe within a word opens none.
_IN_BRACES = re.compile(
    rf"""([\w.-]{{1,40}}): ?({_QUOTED}|[^\s,{{}}\[\]'"][^,{{}}\[\]\n]*)|"""
    rf"""(?<![^\s,{{\[])(?:{_QUOTED})|[{{}}\[\]]"""
)
_LINE = re.compile(r"( *)((?:- )?)([\w .-]{1,40}):(?: |$)")


class Field(msgspec.Struct, frozen=True):
    """A scalar of a record: where it stands, its key, where the object around it begins, and that one's key."""

    start: int
    end: int
    key: str
    owner: int
    within: str = ""


@functools.lru_cache(maxsize=64)
def fields_of(text: str) -> tuple[Field, ...]:
    """Return the scalars of folded JSON or YAML, in their order, or the cells of a plain table."""
    if text.lstrip()[:1] in ("{", "["):
        return tuple(itertools.islice(_of_json(text), _FIELDS))
    if in_braces(text):
        return tuple(itertools.islice(_of_braces(text), _FIELDS))
    cells = tuple(Field(*one) for one in itertools.islice(cells_of(text), _FIELDS))
    return cells or tuple(itertools.islice(_of_lines(text), _FIELDS))


def field_at(text: str, at: int) -> Field | None:
    """Return the scalar of a record that holds a place, None where none does."""
    return next((one for one in fields_of(text) if one.start <= at < one.end), None)


def is_scalar(text: str, start: int, end: int) -> bool:
    """Say whether a range is all of one scalar of a JSON text, of its structure and not its look."""
    structured = text.lstrip()[:1] in ("{", "[") or in_braces(text)
    return structured and (start, end) in _scalars(text)


def in_braces(text: str) -> bool:
    """Say whether a text is a YAML list whose records stand in braces: `- {id: 3, by: Ann}`."""
    return text.lstrip()[:3] == "- {"


@functools.lru_cache(maxsize=64)
def _scalars(text: str) -> frozenset[tuple[int, int]]:
    return frozenset((one.start, one.end) for one in fields_of(text))


def _of_json(text: str) -> Iterator[Field]:
    stack: list[tuple[int, str, str]] = []
    key = ""
    around, within = 0, ""
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if match[2]:
            key = match[1]
        elif match[1] is not None:
            yield Field(*match.span(1), key, around, within)
        elif mark in ("{", "["):
            stack.append((around, within, key))
            around, within = match.start() if mark == "{" else around, key
        elif mark not in ("}", "]"):
            yield Field(*match.span(), key, around, within)
        elif stack:
            around, within, key = stack.pop()


def within_field(text: str, at: int, bounds: tuple[int, int]) -> tuple[int, int]:
    """Return the bounds of a sentence, cut to its own entry where records stand in braces."""
    own = field_at(text, at) if in_braces(text) else None
    return bounds if own is None else (max(bounds[0], own.start), min(bounds[1], own.end))


def _of_braces(text: str) -> Iterator[Field]:
    """Yield the entries of a YAML list of records in braces; what is quoted is one, whatever it holds."""
    around, at, deep = 0, 0, 0
    while (match := _IN_BRACES.search(text, at)) is not None:
        at = match.end()
        if match[0] in ("{", "["):
            around, deep = (match.start() if match[0] == "{" else around), deep + 1
        elif match[0] in ("}", "]"):
            deep -= 1
        elif match[1] is not None and deep:
            value = match[2]
            quoted = value[:1] in ("'", '"')
            closed = quoted and len(value) > 1 and value[-1] == value[0]
            low, high = match.span(2)
            yield Field(low + quoted, high - closed, match[1], around)


def _of_lines(text: str) -> Iterator[Field]:
    """Yield the entries of a YAML dump; what is deeper than a key goes on with its value."""
    at, deep, owners = 0, 0, [(0, 0)]
    held: tuple[int, str, int] | None = None
    filled = False
    for line in text.split("\n"):
        match = _LINE.match(line)
        column = len(match[1]) + len(match[2]) if match else 0
        if match is not None and not (filled and column > deep):
            if held is not None:
                yield Field(held[0], at, *held[1:])
            indent, deep = len(match[1]), column
            if match[2]:
                owners = [one for one in owners if one[0] < indent] + [(indent, at)]
            else:
                owners = [one for one in owners if one[0] < max(indent, 1)] or owners[:1]
            held = at + match.end(), match[3], owners[-1][1]
            filled = bool(line[match.end() :].strip())
        at += len(line) + 1
    if held is not None:
        yield Field(held[0], len(text), *held[1:])
