"""Read an application's profile: facts checked against the catalogue's questions."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from seawall.catalog.load import load_catalog
from seawall.catalog.model import Question
from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.profile import KINDS, Element, Fact, Flow, Profile
from seawall.core.spelling import nearest

KEYS = ("application", "title", "currency", "per_eur", "facts", "elements", "flows")
_FACT_KEYS = ("key", "value", "source", "date", "owner", "grounds")
# Somewhere on earth a day begins so long before it does in UTC.
_AHEAD = timedelta(hours=14)
_UNKNOWN = ("unknown", "?", "")
_NOTHING = ("none", "nothing", "-")
_EXPONENT = re.compile(r"(\d+(?:\.\d*)?)[eE]([+-]?)(\d+)", re.ASCII)


class SourceText:
    """A profile's text with its name, for errors that name the line and the field."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name

    def error(self, keys: list[str | int], message: str, hint: str = "") -> InputError:
        field = ".".join(str(key) for key in keys)
        line = yamlfile.line_of(self.text, keys)
        stop = "" if message.endswith("?") else "."
        return InputError(f"{self.name}:{line}: {field}: {message}{stop}", hint=hint)


def load_profile(path: Path) -> Profile:
    """Read a profile file. Raises InputError naming file, line and field."""
    if not Path(path).exists():
        raise InputError(
            f"{path}: there is no such profile.", hint=f"`seawall init {path}` makes one."
        )
    return parse_profile(yamlfile.read_text(Path(path)), str(path), load_catalog().questions)


def parse_profile(text: str, name: str, questions: Mapping[str, Question]) -> Profile:
    """Read a profile from YAML text. Raises InputError naming file, line and field.

    `facts` maps a question's fact to an answer, or to {value, source, date, owner, grounds}. An
    answer of null or "unknown", and a fact that is not there, are unknown.
    """
    file = SourceText(text, name)
    raw = yamlfile.parse(text, name)
    if not isinstance(raw, dict):
        raise InputError(f"{name}:1: a profile is a mapping with application, title and facts.")
    for key in raw:
        if key not in KEYS:
            raise file.error([key], f"unknown field{near(str(key), KEYS)}")
    application = _text(file, raw, "application")
    currency = _text(file, raw, "currency", "EUR")
    return Profile(
        application=application,
        title=_text(file, raw, "title", application),
        currency=currency,
        per_eur=_per_eur(file, raw, currency),
        facts=_facts(file, raw.get("facts"), questions),
        **_picture(file, raw),
    )


def near(word: str, known: Any) -> str:
    """Return ", did you mean ...?" where a known word is close, or nothing."""
    close = nearest(word, known)
    return f", did you mean {close!r}?" if close else ""


def _text(file: SourceText, raw: Mapping[str, Any], key: str, default: str = "") -> str:
    value = raw.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise file.error([key], "must be a text that is not empty")
    return value


def _per_eur(file: SourceText, raw: Mapping[str, Any], currency: str) -> float:
    value = raw.get("per_eur", 1.0 if currency == "EUR" else None)
    if not _number(value) or value <= 0:
        raise file.error(
            ["per_eur" if "per_eur" in raw else "currency"],
            f"say how many {currency} one EUR buys, as per_eur: the catalogue's losses are in EUR",
        )
    return float(value)


def _facts(file: SourceText, raw: Any, questions: Mapping[str, Question]) -> dict[str, Fact]:
    if not isinstance(raw, dict):
        raise file.error(["facts"], "must map facts to answers")
    facts = {}
    for key, entry in raw.items():
        question = questions.get(str(key))
        if question is None:
            close = near(str(key), questions)
            raise file.error(
                ["facts", key],
                f"no question of the catalogue asks this{close}",
                "`seawall catalog list questions` shows every fact.",
            )
        facts[question.fact] = read_fact(file, ["facts", question.fact], entry, question)
    return facts


def read_fact(file: SourceText, where: list[str | int], entry: Any, question: Question) -> Fact:
    """Return the fact at the keys `where`: an answer, or an answer with where it comes from.

    Raises InputError naming file, line and field.
    """
    details = entry if isinstance(entry, dict) else {"value": entry}
    for key, value in details.items():
        if key not in _FACT_KEYS:
            raise file.error([*where, key], f"unknown field{near(str(key), _FACT_KEYS)}")
        if key == "grounds":
            if not isinstance(value, list) or not all(isinstance(place, str) for place in value):
                raise file.error([*where, key], "must be a list of texts")
        elif key != "value" and not isinstance(value, str):
            raise file.error([*where, key], "must be a text")
        elif key == "date" and value and (problem := _day_problem(value)):
            raise file.error([*where, key], problem)
    if details.get("key", question.fact) != question.fact:
        raise file.error([*where, "key"], f"is not {question.fact!r}")
    try:
        value = read_answer(details.get("value"), question)
    except ValueError as error:
        raise file.error(where, str(error), f"The question: {question.ask}") from None
    return Fact(
        key=question.fact,
        value=value,
        source=details.get("source", ""),
        date=details.get("date", ""),
        owner=details.get("owner", ""),
        grounds=tuple(details.get("grounds", ())),
    )


def _day_problem(text: str) -> str:
    """Return why a text is no day on which somebody can have answered; empty where it is one."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        return "must be a day, like 2026-11-02"
    if day > (datetime.now(UTC) + _AHEAD).date():
        return f"{text} is to come: this is the day on which it was answered"
    return ""


def read_answer(value: Any, question: Question) -> Any:
    """Return an answer as rules read it, None for unknown. Raises ValueError saying what fits."""
    if isinstance(value, str) and value.strip().lower() in _UNKNOWN:
        value = None
    return None if value is None else _READERS[question.type](value, question)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _read_yes_no(value: Any, question: Question) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be yes, no or unknown")  # noqa: TRY004 - one error type for a fact
    return value


def _read_number(value: Any, question: Question) -> float:
    if not _number(value) or value < 0:
        raise ValueError(f"must be a number of at least 0, or unknown{_spelled(value)}")
    if value > question.most:
        raise ValueError(f"must be at most {question.most:,.0f}, or unknown")
    return float(value)


def _spelled(value: Any) -> str:
    """Say how to write a number that YAML 1.1 reads as text, such as 1e15."""
    match = _EXPONENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return ""
    digits, sign, power = match.groups()
    mantissa = digits if "." in digits else f"{digits}.0"
    return f"; YAML reads {value.strip()} as text, so write {mantissa}e{sign or '+'}{power}"


def _read_text(value: Any, question: Question) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text, or unknown")  # noqa: TRY004 - one error type for a fact
    return value


def _items(value: Any, question: Question) -> Any:
    """Return what a list holds; a lone `none` is an empty one, unless it is an option."""
    items = [value] if isinstance(value, str) else value
    if isinstance(items, list) and len(items) == 1 and "none" not in question.options:
        word = items[0]
        return [] if isinstance(word, str) and word.strip().lower() in _NOTHING else items
    return items


def _read_list(value: Any, question: Question) -> tuple[str, ...]:
    items = _items(value, question)
    if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
        raise ValueError("must be a list of texts, or unknown")
    return tuple(items)


def _option(value: Any, question: Question) -> str:
    word = value.strip().lower().replace("-", "_").replace(" ", "_") if _is_text(value) else value
    if word not in question.options:
        close = near(str(word), question.options)
        options = ", ".join(question.options)
        raise ValueError(f"{value!r} is no answer{close or f'; answers: {options}'}")
    return str(word)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _read_choices(value: Any, question: Question) -> tuple[str, ...]:
    items = _items(value, question)
    listed = items if isinstance(items, list) else [items]
    return tuple(_option(item, question) for item in listed)


_READERS: dict[str, Callable[[Any, Question], Any]] = {
    "yes-no": _read_yes_no,
    "number": _read_number,
    "text": _read_text,
    "list": _read_list,
    "choice": _option,
    "choices": _read_choices,
}


def _picture(file: SourceText, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read the data-flow picture; every flow joins two elements that exist."""
    elements = [_struct(file, raw, "elements", i, Element) for i in _range(file, raw, "elements")]
    flows = [_struct(file, raw, "flows", i, Flow) for i in _range(file, raw, "flows")]
    known: set[str] = set()
    for index, element in enumerate(elements):
        if element.kind not in KINDS:
            raise file.error(["elements", index, "kind"], f"must be one of {', '.join(KINDS)}")
        if element.id in known:
            raise file.error(["elements", index, "id"], f"{element.id!r} is used twice")
        known.add(element.id)
    for index, flow in enumerate(flows):
        for end in ("source", "target"):
            name = getattr(flow, end)
            if name not in known:
                close = near(name, known)
                raise file.error(["flows", index, end], f"no element {name!r}{close}")
    return {"elements": tuple(elements), "flows": tuple(flows)}


def _range(file: SourceText, raw: Mapping[str, Any], key: str) -> range:
    items = raw.get(key) or []
    if not isinstance(items, list):
        raise file.error([key], "must be a list")
    return range(len(items))


def _struct(file: SourceText, raw: Mapping[str, Any], key: str, index: int, kind: Any) -> Any:
    item = raw[key][index]
    fields = kind.__struct_fields__
    if not isinstance(item, dict):
        raise file.error([key, index], f"must have {', '.join(fields)}")
    for name in item:
        if name not in fields:
            raise file.error([key, index, name], f"unknown field{near(str(name), fields)}")
    for name in kind.__struct_fields__[: -len(kind.__struct_defaults__)]:
        if not isinstance(item.get(name), str):
            raise file.error([key, index, name], "must be a text")
    try:
        return msgspec.convert(item, kind)
    except msgspec.ValidationError as error:
        where = str(error).rpartition("`$.")[2].rstrip("`").partition("[")[0]
        raise file.error([key, index, where], str(error).partition(" - at")[0].lower()) from None
