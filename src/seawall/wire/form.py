"""Multipart forms: their fields as one object, as the official clients write them."""

import re
from typing import Any

import msgspec

from seawall.core.errors import RequestError
from seawall.wire import checks

_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63})(?:\[([A-Za-z0-9_]{0,64})\])?")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_FLOAT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE]-?[0-9]{1,3})?")


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a form: the field it came in, the name and type that the client gave it."""

    field: str
    name: str
    media_type: str
    data: bytes


class Form(msgspec.Struct, kw_only=True):
    """A form: `values` by field (text, a list for `x[]`, an object for `x[key]`), and its files."""

    values: dict[str, Any]
    uploads: list[Upload]

    def files(self, field: str, *, most: int = 1) -> list[Upload]:
        """Return the files of a field, which may be sent as `field` or `field[]`.

        Raises RequestError for more than `most`.
        """
        found = [upload for upload in self.uploads if upload.field in (field, f"{field}[]")]
        if len(found) > most:
            checks.refuse(f"/{field}", f"must be {most} file{'s' if most > 1 else ''} at most")
        return found

    def only(self, fields: tuple[str, ...]) -> None:
        """Refuse files of other fields, by name."""
        for upload in self.uploads:
            name = upload.field.removesuffix("[]")
            if name not in fields:
                checks.refuse(f"/{name[:80]}", "is not a known file", code="unknown_field")


def nest(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Return fields as one object. Raises RequestError for odd names and for one sent twice."""
    values: dict[str, Any] = {}
    for raw, text in pairs:
        match = _NAME.fullmatch(raw)
        if match is None:
            head = raw.partition("[")[0][:80]
            raise RequestError(
                f"/{head} has an unknown form.", code="unknown_field", param=f"/{head}"
            )
        name, key = match[1], match[2]
        if key is None:
            _put(values, name, text, name)
        elif key == "":
            found = values.setdefault(name, [])
            if not isinstance(found, list):
                raise _twice(name)
            found.append(text)
        else:
            inner = values.setdefault(name, {})
            if not isinstance(inner, dict):
                raise _twice(name)
            _put(inner, key, text, f"{name}/{key}")
    return values


def _put(holder: dict[str, Any], key: str, text: str, name: str) -> None:
    if key in holder:
        raise _twice(name)
    holder[key] = text


def _twice(name: str) -> RequestError:
    return RequestError(f"/{name} is sent twice.", code="unknown_field", param=f"/{name}")


def flat(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the fields of an object as the pairs of a form."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, dict):
            pairs += [(f"{name}[{key}]", _text(item)) for key, item in value.items()]
        elif isinstance(value, list):
            pairs += [(f"{name}[]", _text(item)) for item in value]
        else:
            pairs.append((name, _text(value)))
    return pairs


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def typed(values: dict[str, Any], numbers: tuple[str, ...], switches: tuple[str, ...]) -> None:
    """Turn the texts of numbers and of true and false into what they stand for, in place."""
    for key in numbers:
        text = values.get(key)
        if isinstance(text, str) and _INTEGER.fullmatch(text):
            values[key] = int(text)
        elif isinstance(text, str) and _FLOAT.fullmatch(text):
            values[key] = float(text)
    for key in switches:
        if values.get(key) in ("true", "false"):
            values[key] = values[key] == "true"


def plain_name(name: str, usual: str) -> str:
    """Return a file's name when it is made of letters, digits, `_`, `.` and `-`; else `usual`."""
    return name if _PLAIN_NAME.fullmatch(name) else usual
