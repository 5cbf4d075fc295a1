"""Every place of a client's published types where text can stand, with a value that has it there.

The types are the official clients' own: TypedDicts of requests and pydantic models of answers. What
this walk does not understand is an error, so that a new kind of type shows up as a failing test.
"""

import datetime
import io
import os
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, NotRequired, Required, Union

import pydantic
import typing_extensions as te
from typing_extensions import is_typeddict

MARK = "AKIAQ3EGRTZ5KLMNOP27"  # an access key, as the detector `secrets` knows them
_WRAPPERS = (Required, NotRequired, Annotated)
_PLAIN: dict[Any, Any] = {str: "x", int: 1, float: 1.0, bool: True, type(None): None}


_FILES: tuple[Any, ...] = (bytes, typing.IO, os.PathLike, io.BufferedReader)


@dataclass(frozen=True)
class Place:
    """One place. `value` is the smallest valid value that holds `MARK` there.

    `path` is the place's JSON pointer in `value`; `label` names it for people, with the kinds of
    the objects on the way: `messages[user].content[text].text`. `kind` is text, key, choice (a
    closed list that text was put into) or number.
    """

    path: str
    label: str
    kind: str
    value: Any

    def inside(self, key: str, label: str, wrap: Callable[[Any], Any]) -> "Place":
        """Return the same place one level up."""
        return replace(
            self, path=f"/{key}{self.path}", label=label + self.label, value=wrap(self.value)
        )


class Walk:
    """Walks types. `samples` gives values for fields by (type name or "", field name).

    `own` gives the places below a field that the types leave open (JSON Schema, metadata), by the
    same names: a list of (path, label, kind, value). `more` gives fields that providers add to a
    type, with their places. `skip` names fields that the client itself consumes.
    """

    def __init__(
        self,
        samples: Mapping[tuple[str, str], Any] | None = None,
        own: Mapping[tuple[str, str], Sequence[Place]] | None = None,
        skip: Iterable[tuple[str, str]] = (),
        more: Mapping[str, Mapping[str, Sequence[Place]]] | None = None,
    ) -> None:
        self._samples = dict(samples or {})
        self._own = dict(own or {})
        self._skip = set(skip)
        self._more = dict(more or {})

    def places(self, kind: Any) -> list[Place]:
        """Return every place of a type, each label once."""
        found: dict[tuple[str, str], Place] = {}
        for place in self._places(kind, ()):
            found.setdefault((place.label, place.kind), place)
        return list(found.values())

    def sample(self, kind: Any, stack: tuple[Any, ...] = ()) -> Any:
        """Return the smallest valid value of a type."""
        kind = bare(kind)
        if kind in _PLAIN:
            return _PLAIN[kind]
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if origin is Literal:
            return args[0]
        if origin in (Union, types.UnionType):
            last = TypeError(f"no sample of {kind}")
            for arg in sorted(args, key=lambda arg: bare(arg) in stack):
                try:
                    return self.sample(arg, stack)
                except (TypeError, RecursionError) as error:
                    last = TypeError(str(error))
            raise last
        if is_list(origin):
            return [] if bare(args[0]) in stack else [self.sample(args[0], stack)]
        if is_map(origin) or kind in (dict, object, Any):
            return {}
        if kind is datetime.datetime:
            return "2026-01-01T00:00:00Z"
        if fields := fields_of(kind):
            if kind in stack:
                raise RecursionError(kind.__name__)
            return {
                name: self._of_field(kind, name, field, (*stack, kind))
                for name, (field, required) in fields.items()
                if required or (kind.__name__, name) in self._samples
            }
        if kind is pydantic.BaseModel or is_typeddict(kind) or _is_model(kind):
            return {}
        raise TypeError(f"no sample of {kind!r}")

    def _of_field(self, kind: Any, name: str, field: Any, stack: tuple[Any, ...]) -> Any:
        for key in ((kind.__name__, name), ("", name)):
            if key in self._samples:
                return self._samples[key]
        return self.sample(field, stack)

    def _places(self, kind: Any, stack: tuple[Any, ...]) -> Iterator[Place]:
        kind = bare(kind)
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if kind is str:
            yield Place("", "", "text", MARK)
        elif kind in (int, float, bool):
            yield Place("", "", "number", MARK)
        elif kind is type(None):
            return
        elif origin is Literal:
            yield Place("", "", "choice", MARK)
        elif origin in (Union, types.UnionType):
            for arg in args:
                yield from self._places(arg, stack)
        elif is_list(origin):
            for place in self._places(args[0], stack):
                yield place.inside("0", "[]", lambda value: [value])
        elif is_map(origin):
            yield from self._in_map(args[1] if len(args) > 1 else object, stack)
        elif kind in (dict, object, Any):
            yield Place("", "", "text", MARK)
            yield Place("/note", ".*", "text", {"note": MARK})
            yield Place(f"/{MARK}", ".*", "key", {MARK: "x"})
        elif kind is datetime.datetime:
            yield Place("", "", "text", MARK)
        elif kind in _FILES or origin in _FILES:
            return  # in JSON, a file is the text of its base64
        elif is_typeddict(kind) or _is_model(kind):
            if stack.count(kind) < 1:
                yield from self._in_object(kind, (*stack, kind))
        else:
            raise TypeError(f"the walk does not know {kind!r}")

    def _in_map(self, item: Any, stack: tuple[Any, ...]) -> Iterator[Place]:
        yield Place(f"/{MARK}", ".*", "key", {MARK: self.sample(item, stack)})
        for place in self._places(item, stack):
            yield place.inside("note", ".*", lambda value: {"note": value})

    def _in_object(self, kind: Any, stack: tuple[Any, ...]) -> Iterator[Place]:
        base = self.sample(kind)
        tag = base.get("role") or base.get("type") or base.get("object")
        named = f"<{tag}>" if isinstance(tag, str) and tag != "x" else ""
        for name, (field, _) in fields_of(kind).items():
            key = (kind.__name__, name)
            if key in self._skip or ("", name) in self._skip:
                continue
            own = self._own.get(key) or self._own.get(("", name))
            for place in own or self._places(field, stack):
                yield place.inside(
                    name, f"{named}.{name}", lambda value, name=name: {**base, name: value}
                )
        for name, places in self._more.get(kind.__name__, {}).items():
            for place in places:
                yield place.inside(
                    name, f"{named}.{name}", lambda value, name=name: {**base, name: value}
                )
        yield Place(f"/{MARK}", f"{named}.(unknown field)", "key", {**base, MARK: "x"})


def bare(kind: Any) -> Any:
    """Return a type without what only describes it."""
    while True:
        if isinstance(kind, te.TypeAliasType):
            kind = kind.__value__
        elif typing.get_origin(kind) in _WRAPPERS:
            kind = typing.get_args(kind)[0]
        elif isinstance(kind, typing.TypeVar):
            kind = object
        else:
            return kind


def is_list(origin: Any) -> bool:
    """Return whether a type's origin is a list of one kind of thing."""
    return isinstance(origin, type) and issubclass(origin, Iterable) and not is_map(origin)


def is_map(origin: Any) -> bool:
    """Return whether a type's origin is a mapping."""
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)


@cache
def fields_of(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Return an object type's fields: name -> (type, required)."""
    if _is_model(kind):
        return {
            field.alias or name: (field.annotation, field.is_required())
            for name, field in kind.model_fields.items()
        }
    if not is_typeddict(kind):
        return {}
    hints = te.get_type_hints(kind, include_extras=True)
    return {name: (hint, _required(kind, name, hint)) for name, hint in hints.items()}


def _required(kind: Any, name: str, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin is Annotated:
        origin = typing.get_origin(typing.get_args(hint)[0])
    if origin is NotRequired:
        return False
    return origin is Required or name in kind.__required_keys__
