"""Fills the arguments of any offered tool from a text, by the names of its parameters."""

import re
from collections.abc import Callable, Iterator
from typing import Any

_I = re.IGNORECASE
_ADDRESS = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]*://|localhost[:/])[^\s\"'`<>)]*[^\s\"'`<>).,;:!?]", _I
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_QUOTED = re.compile(
    r"`([^`]{1,400})`|\"([^\"\n]{1,400})\"|[“„]([^”“]{1,400})[”“]|[«]\s?([^»]{1,400}?)\s?»"
)
_ID = re.compile(r"\b[A-Z]{2,4}-\d{3,12}\b")
_ALL = re.compile(
    r"\b(?:all|every|everything|everybody|alle[sn]?|sämtliche|tous|toutes|todos|todas|tutt[ie]|allemaal)\b", _I
)  # fmt: skip
_NUMBER = re.compile(r"(?<![\w-])(\d[\d.,]*)")
_ROLE = re.compile(r"\b(?:admin\w*|owner|superuser|root|manager|full|write|unlimited)\b", _I)
_PATH = re.compile(
    r"(?<![\w:/])(?:\.{0,2}/)?[\w.+-]+(?:/[\w.+-]+)+|\B\.\w[\w.]+|\b[\w-]+\.(?:ya?ml|py|json|sh|env|txt)\b"
)
_SQL = re.compile(r"\b(?:select|update|delete from|drop|insert into|union|truncate)\b[^\"`]*", _I)


def _quoted(text: str) -> str:
    match = _QUOTED.search(text)
    return next(filter(None, match.groups()), "").strip() if match else ""


def _first(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def find(text: str) -> str:
        match = pattern.search(text)
        return match.group().strip() if match else ""

    return find


def _tail(text: str) -> str:
    return text.partition(": ")[2].strip()


def _several(text: str) -> str:
    """Return "all" where everything is meant, else the ids named."""
    return "all" if _ALL.search(text) else ", ".join(_ID.findall(text))


def _amount(text: str) -> str:
    """Return the last number: ids and names come before amounts."""
    found = _NUMBER.findall(re.sub(_ID, " ", text))
    return found[-1].rstrip(".,") if found else ""


_BY_NAME: dict[str, Callable[[str], str]] = {
    "url": _first(_ADDRESS),
    "to": _first(_EMAIL),
    "role": _first(_ROLE),
    "scope": _first(_ROLE),
    "path": _first(_PATH),
    "order_ids": _several,
    "amount": _amount,
    "price": _amount,
    "quantity": _amount,
    "query": lambda text: _quoted(text) or _first(_SQL)(text),
    "table": lambda text: _quoted(text) or (_after(text, "table") or _several(text)),
}
_WORDS = ("order_id", "customer_id", "account_id", "user_id", "product_id")


def _after(text: str, word: str) -> str:
    match = re.search(
        rf"\b{word} (\w+)|\b(?!(?:a|the|this|of|in|from|our|my)\b)(\w+) {word}\b", text, _I
    )
    return next(filter(None, match.groups()), "") if match else ""


def _value(name: str, text: str) -> str:
    if name in _WORDS:
        return _first(_ID)(text)
    if name in _BY_NAME:
        return _BY_NAME[name](text)
    return _quoted(text) or _tail(text)


def arguments(tool: dict[str, Any], text: str) -> dict[str, Any] | None:
    """Return the tool's arguments as far as the text gives them; None when a needed one lacks.

    Where the schema asks for a number, a text that is one becomes it.
    """
    schema = tool.get("parameters", {})
    properties = schema.get("properties", {})
    found = {name: _value(name, text) for name in properties}
    if any(not found[name] for name in schema.get("required", ()) if name in found):
        return None
    return {name: _typed(value, properties[name]) for name, value in found.items() if value}


def _typed(value: str, schema: Any) -> str | int | float:
    if not isinstance(schema, dict) or schema.get("type") != "number":
        return value
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def meant(tools: dict[str, dict[str, Any]], line: str) -> Iterator[str]:
    """Yield the tools all of whose name's words a line uses: "cancel my orders", cancel_orders."""
    words = re.findall(r"[a-z]+", line.casefold())
    for name in tools:
        parts = [part.rstrip("s") for part in name.split("_")]
        if len(parts) > 1 and all(any(w.startswith(part) for w in words) for part in parts):
            yield name
