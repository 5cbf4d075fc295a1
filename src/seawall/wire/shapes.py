"""What an object may hold, said once: read strictly in a request, leniently in an answer.

A shape reads a value and returns what goes on. In a request, what does not fit is refused by name.
In an answer, unknown fields are left out, and what does not fit is an UpstreamError. Texts become
parts; ids are changed by whoever reads (`Reading.ids`), so that none passes as it is.
"""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from seawall.core.errors import RequestError, UpstreamError
from seawall.core.exchange import Part
from seawall.wire import checks, pointer
from seawall.wire.direct import answered, found, said

Json = dict[str, Any]
Shape = Callable[[Any, str, "Reader"], Any]
Ids = Callable[[str, str, str], str | None]
_MOST_ITEMS = 2_000
_GONE = object()


class Reader(msgspec.Struct, kw_only=True):
    """One reading: `ids(kind, value, pointer)` returns the id on the other side, None without."""

    ids: Ids
    request: bool
    parts: list[Part] = []

    def text(self, at: str, value: str, *, foreign: bool, editable: bool = True) -> None:
        """Keep a text to be inspected; `foreign`: strangers may have written it."""
        where = at if editable else f"{pointer.KEY_PREFIX}{at}"
        if self.request:
            self.parts.append(said(where, value))
        else:
            self.parts.append(found(where, value, "stored") if foreign else answered(where, value))


def read(value: Any, shape: Shape, ids: Ids, *, request: bool) -> tuple[Any, list[Part]]:
    """Return (what goes on, its parts). Raises RequestError, or UpstreamError for an answer."""
    reader = Reader(ids=ids, request=request, parts=[])
    if request:
        return shape(value, "", reader), reader.parts
    try:
        return shape(value, "", reader), reader.parts
    except RequestError as error:
        raise UpstreamError(f"The provider's answer cannot be read: {error.message}") from None


def obj(fields: Mapping[str, Shape], required: Collection[str] = ()) -> Shape:
    """Return the shape of an object with these fields."""

    def shape(value: Any, at: str, reader: Reader) -> Json:
        given = checks.obj(value, at)
        if reader.request:
            checks.known(given, at, fields)
        for key in required:
            checks.need(given, at, key)
        kept: Json = {}
        for key, inner in fields.items():
            if key in given:
                item = None if given[key] is None else inner(given[key], f"{at}/{key}", reader)
                if item is not _GONE:
                    kept[key] = item
        return kept

    return shape


def array(inner: Shape, *, most: int = _MOST_ITEMS) -> Shape:
    """Return the shape of a list."""

    def shape(value: Any, at: str, reader: Reader) -> list[Any]:
        items = checks.array(value, at, high=most)
        return [inner(item, f"{at}/{index}", reader) for index, item in enumerate(items)]

    return shape


def text(high: int = 1_000_000, *, foreign: bool = False) -> Shape:
    """Return the shape of a text, which is inspected."""

    def shape(value: Any, at: str, reader: Reader) -> str:
        kept = checks.string(value, at, high=high)
        reader.text(at, kept, foreign=foreign)
        return kept

    return shape


def labels(value: Any, at: str, reader: Reader) -> Json:
    """Read metadata or attributes: names with texts, numbers or switches; each is inspected."""
    kept: Json = {}
    given = checks.obj(value, at)
    if len(given) > 16:
        checks.refuse(at, "must have at most 16 entries")
    for key, item in given.items():
        where = at + pointer.join(key)
        checks.string(key, where, high=64)
        reader.text(where, key, foreign=True, editable=False)
        if isinstance(item, str):
            reader.text(where, checks.string(item, where, high=512), foreign=True)
        elif not isinstance(item, bool):
            number(item, where, reader)
        kept[key] = item
    return kept


def whole(value: Any, at: str, reader: Reader) -> int:
    """Read a whole number."""
    checks.integer(-(2**53), 2**53)(value, at)
    return int(value)


def number(value: Any, at: str, reader: Reader) -> float:
    """Read a number."""
    checks.number(-1e300, 1e300)(value, at)
    if isinstance(value, float) and not math.isfinite(value):
        checks.refuse(at, "must be a number")
    return value  # type: ignore[no-any-return]


def switch(value: Any, at: str, reader: Reader) -> bool:
    """Read true or false."""
    checks.boolean(value, at)
    return bool(value)


def one_of(*values: str, other: str | None = None) -> Shape:
    """Return the shape of a closed list; an answer's other words become `other`, or go."""

    def shape(value: Any, at: str, reader: Reader) -> Any:
        if not reader.request and value not in values:
            return _GONE if other is None else other
        checks.one_of(*values)(value, at)
        return value

    return shape


def fixed(value: Any) -> Shape:
    """Return the shape of what is always the same, whatever stands there."""
    return lambda given, at, reader: value


def ident(kind: str) -> Shape:
    """Return the shape of an id of that kind; an answer's unknown id is left out."""

    def shape(value: Any, at: str, reader: Reader) -> Any:
        checks.identifier(value, at)
        known = reader.ids(kind, value, at)
        return _GONE if known is None else known

    return shape


def dropped(value: Any, at: str, reader: Reader) -> Any:
    """Leave a field out, as nobody inspects it."""
    return _GONE


def refused(hint: str) -> Shape:
    """Return the shape of a field that is known and never let through."""

    def shape(value: Any, at: str, reader: Reader) -> Any:
        return checks.unsupported(at, hint)

    return shape


def either(*shapes: tuple[type, Shape]) -> Shape:
    """Return the shape of what may be of several JSON types."""

    def shape(value: Any, at: str, reader: Reader) -> Any:
        for kind, inner in shapes:
            if isinstance(value, kind) and not (kind is not bool and isinstance(value, bool)):
                return inner(value, at, reader)
        return checks.refuse(at, "has a wrong type")

    return shape
