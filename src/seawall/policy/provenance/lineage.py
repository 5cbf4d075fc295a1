"""The file that a retrieved text stands in: as the retrieving tool says, or as it is known again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from seawall.policy.provenance.traced import File

NAMED, SUSPECT, INSTRUCTION = 1, 2, 3
"""What is known of a file's text: its file, that it is not to be trusted, that it gives orders."""
CHUNK = 2_000
"""Characters of a chunk, as the gateway counts them."""
# What search tools and vector databases call them; the first that stands there counts.
_IDS = ("file_id", "fileid", "document_id", "doc_id", "source_id")
_NAMES = ("filename", "file_name", "source", "document_name", "document", "file", "path")
_CHUNKS = ("chunk", "chunk_index", "chunk_id", "chunk_number")
_KEYS = frozenset((*_IDS, *_NAMES, *_CHUNKS))
_BESIDE = frozenset({"metadata", "attributes", "meta", "document"})
_SIGN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
# One of these stands in each of the keys: what holds none need not be read.
_HINTS = ("file", "doc", "source", "path")
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LONGEST, _MOST, _DIGITS = 200, 2_000, 10


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A character range of a text, the file that it stands in, and the file's label (1 to 3)."""

    start: int
    end: int
    file: File
    level: int = NAMED


def said_files(text: str) -> tuple[Known, ...]:
    """Return the records of a JSON text that say which file they are of, inner ones first.

    Linear in the text. What stands inside a string is no record, and text without braces has none.
    """
    if text[:99].lstrip()[:1] not in ("{", "["):
        return ()
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return ()
    found: list[Known] = []
    for start, end, fields in _records(text):
        file = File(
            id=_first(fields, _IDS), name=_first(fields, _NAMES), chunk=_whole(fields, _CHUNKS)
        )
        if file.id or file.name:
            found.append(Known(start=start, end=end, file=file))
        if len(found) >= _MOST:
            break
    return tuple(found)


class _Open(msgspec.Struct):
    """An object or list that is not closed yet: its place (-1: a list), fields, and own key."""

    start: int
    under: str
    fields: dict[str, Any] = {}


def _records(text: str) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """Yield (start, end, what it says of its file) of each object, an inner one before its outer."""
    stack: list[_Open] = []
    key, last, valued = "", "", False
    for match in _SIGN.finditer(text):
        sign = match.group()
        if sign in "{[":
            stack.append(_Open(match.start() if sign == "{" else -1, key if valued else ""))
        elif sign in "}]":
            if not stack:
                return
            closed = stack.pop()
            if closed.start >= 0:
                yield closed.start, match.end(), closed.fields
            if closed.under in _BESIDE and stack:
                stack[-1].fields = {**closed.fields, **stack[-1].fields}
        elif sign == ":":
            key = last
        elif valued and key in _KEYS and stack:
            if (value := _value(sign)) is not None:
                stack[-1].fields.setdefault(key, value)
        elif not valued and sign[0] == '"':
            last = sign[1:-1].casefold()
        valued = sign == ":"


def _value(sign: str) -> str | int | None:
    """Return a short text or a whole number; None for anything else."""
    if sign.isdecimal() and len(sign) < _DIGITS:
        return int(sign)
    if sign[:1] != '"' or len(sign) > _LONGEST:
        return None
    try:
        return str(msgspec.json.decode(sign.encode("utf-8", "surrogatepass")))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((fields[one] for one in names if isinstance(fields.get(one), str)), "")


def _whole(fields: Mapping[str, Any], names: Sequence[str]) -> int | None:
    return next((fields[one] for one in names if isinstance(fields.get(one), int)), None)


def file_at(
    known: Sequence[Known], said: Sequence[Known], start: int, end: int, size: int
) -> File | None:
    """Return the file of a range of a text of `size` characters; None where nobody can say.

    What is known again by its content counts before what the text says of itself, within the
    record around the range. A range of the whole text has a file where there is only one.
    """
    whole = start == 0 and end >= size
    record = next((one for one in said if one.start <= start and end <= one.end), None)
    low, high = (record.start, record.end) if record else (start - CHUNK // 2, end + CHUNK // 2)
    near = [one for one in known if one.start < high and low < one.end]
    if near:
        if whole and len({one.file.id for one in near}) > 1:
            return None
        return min(near, key=lambda one: (_apart(one, start, end), -one.level)).file
    if record is not None:
        return record.file
    files = {(one.file.id, one.file.name): one.file for one in said}
    return next(iter(files.values())) if whole and len(files) == 1 else None


def _apart(one: Known, start: int, end: int) -> int:
    return max(0, one.start - end, start - one.end)


def told(file: File | None) -> str:
    """Return a sentence that names a file by its id and chunk, "" without a plain id.

    Never its name: a stranger may have chosen it, and the sentence is told to the model.
    """
    if file is None or not _PLAIN_ID.fullmatch(file.id):
        return ""
    chunk = f", chunk {file.chunk}" if file.chunk is not None else ""
    where = "stands" if file.known else "is said to stand"
    return f"Its value {where} in the file {file.id}{chunk}."
