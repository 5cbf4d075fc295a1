"""Confidential data goes only where its class is cleared: what calls carry of tools' results."""

import base64
import functools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec

from seawall.core.exchange import Role
from seawall.policy.model import DataClass
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.keys import fields_of
from seawall.policy.provenance.trusted import leaves
from seawall.policy.reach import listed_host, listed_recipient

if TYPE_CHECKING:
    from seawall.policy.provenance import Provenance
    from seawall.policy.provenance.sources import Source

_MOST = 4000
_RUN = 5  # so many words in a row are a quotation
_LETTERS, _MIXED, _DIGITS = 8, 4, 3
_APART = 5  # digits of a number that somebody spells one by one
_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d[\d.,']*\d(?!\w)")
_TELLS = re.compile(r"\d|@")
_ALIGNED = 3  # base64 writes three bytes as four signs


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """A call that carries data of the class `name` where it is not cleared. Holds no value."""

    name: str
    reason: str
    rule: DataClass
    argument: str = ""


def leak_of(
    tool: str, arguments: dict[str, Any], classes: dict[str, DataClass], origins: "Provenance"
) -> Leak | None:
    """Return the first class whose data a call carries to where it may not go."""
    for name, rule in classes.items():
        if tool in rule.returned_by:
            continue
        pieces = _pieces(origins.sources, rule)
        if not pieces:
            continue
        carrying = next((one for one, value in arguments.items() if _carries(value, pieces)), None)
        if carrying is None:
            continue
        if tool not in rule.tools:
            reason = f"The argument {carrying!r} carries data of the class {name!r}, for which the tool is not cleared."  # noqa: E501
            return Leak(name=name, reason=reason, rule=rule, argument=carrying)
        if (target := _elsewhere(tool, arguments, rule, origins)) is not None:
            reason = f"The argument {target!r} is not cleared for data of the class {name!r}."
            return Leak(name=name, reason=reason, rule=rule, argument=target)
    return None


def _elsewhere(
    tool: str, arguments: dict[str, Any], rule: DataClass, origins: "Provenance"
) -> str | None:
    """Return the argument with a recipient or host that a cleared tool may not reach."""
    if not (rule.recipients or rule.hosts):
        return None
    for value in origins.values(tool, arguments):
        name = value.argument.split("/")[1]
        goes = value.kind == "target" or (value.shape in ("email", "url") and not value.long)
        if not goes or value.empty:
            continue
        known = listed_host(value.value, rule.hosts) if value.shape == "url" else \
            listed_recipient(value.value, rule.recipients)  # fmt: skip
        if not known:
            return name
    return None


class _Text:
    """A folded text in the forms in which pieces are looked for."""

    def __init__(self, folded: str) -> None:
        self.folded = folded
        self.words = texts.words(folded)
        self.spoken = " ".join(self.words)
        self.compact = texts.compact(folded)

    @functools.cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        """Return all words in a row that would be a quotation."""
        ends = range(_RUN, len(self.words) + 1)
        return frozenset(tuple(self.words[end - _RUN : end]) for end in ends)

    def holds(self, value: str) -> bool:
        """Say whether a value stands here as words of its own, or grouped in another way."""
        bare = texts.compact(value)
        if len(bare) >= _LETTERS and any(map(str.isdigit, bare)):
            return bare in self.compact
        return texts.alone(" ".join(texts.words(value)), self.spoken)

    def counts(self, number: float, digits: str) -> bool:
        """Say whether a number stands here, in any format."""
        if digits[0] not in self.folded:
            return False
        if texts.number_at(self.folded, number) >= 0 or texts.alone(digits, self.folded):
            return True
        apart = re.escape(digits) if len(digits) >= _APART else "(?!)"
        return re.search(rf"(?<!\d){apart}(?!\d)", self.compact) is not None


class _Pieces(msgspec.Struct, frozen=True):
    """What tells a class's texts from all others of a conversation."""

    values: tuple[str, ...]
    numbers: dict[float, str]
    runs: frozenset[tuple[str, ...]]

    def __bool__(self) -> bool:
        return bool(self.values or self.numbers or self.runs)


def _pieces(sources: Sequence["Source"], rule: DataClass) -> _Pieces:
    """Return the pieces of the texts of a class that stand in no other text of the conversation."""
    own = tuple(s.text for s in sources if _of(s, rule))
    others = (s.text for s in sources if s.origin not in ("model", "definition"))
    return _telling(own, "\n".join(s for s in others if s not in own) if own else "")


def _of(source: "Source", rule: DataClass) -> bool:
    return source.part.role is Role.TOOL and source.part.name in rule.returned_by


@functools.lru_cache(maxsize=32)
def _telling(own: tuple[str, ...], others: str) -> _Pieces:
    known, numbers, values = _Text(others), dict[float, str](), dict[str, None]()
    runs: frozenset[tuple[str, ...]] = frozenset()
    for text in own:
        runs |= _Text(text).runs
        for one in _said(text):
            if _NUMBER.fullmatch(one):
                numbers |= dict.fromkeys(texts.readings(one), _digits(one))
            elif len(values) < _MOST:
                values[one] = None
    said = texts.numbers(others)
    return _Pieces(
        values=tuple(one for one in values if not known.holds(one)),
        numbers={one: digits for one, digits in numbers.items() if one not in said},
        runs=runs - known.runs,
    )


def _said(text: str) -> Iterator[str]:
    """Yield the values, numbers and addresses that a text gives."""
    for field in fields_of(text):
        value = text[field.start : field.end].strip()
        if _tells(value):
            yield value
    for match in _NUMBER.finditer(text):
        if len(_digits(match[0])) >= _DIGITS:
            yield match[0]
    yield from texts.identifiers(text)


def _tells(value: str) -> bool:
    """Say whether a field holds more than a word that stands anywhere by chance."""
    if _NUMBER.fullmatch(value):
        return len(_digits(value)) >= _DIGITS
    size = len(texts.compact(value))
    return size >= _LETTERS or (size >= _MIXED and _TELLS.search(value) is not None)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _carries(argument: Any, pieces: _Pieces) -> bool:
    return any(_holds(leaf, pieces) for leaf in leaves(argument))


def _holds(leaf: Any, pieces: _Pieces) -> bool:
    if isinstance(leaf, bool) or leaf is None:
        return False
    if isinstance(leaf, int | float):
        return leaf in pieces.numbers
    raw = str(leaf)
    folded = texts.fold(raw)
    plain = {folded, unquote(folded), *texts.turned(folded)}
    plain |= {texts.fold(one) for _, _, one in texts.decoded(raw)}
    return any(_carried(_Text(text), pieces) for text in plain) or any(
        code in raw or code in folded
        for piece in (*pieces.values, *pieces.numbers.values()) for code in _codes(piece)
    )  # fmt: skip


def _carried(text: _Text, pieces: _Pieces) -> bool:
    return (
        not pieces.runs.isdisjoint(text.runs)
        or any(text.counts(number, digits) for number, digits in pieces.numbers.items())
        or any(text.holds(value) for value in pieces.values)
    )


@functools.lru_cache(maxsize=8192)
def _codes(piece: str) -> tuple[str, ...]:
    """Return a piece as common encodings write it; decoding finds longer texts that hold it."""
    if len(piece) < _MIXED:
        return ()
    found = [piece.encode().hex()]
    for spelt in {piece, piece.upper(), piece.title()}:
        data = spelt.encode()
        found.append(base64.b64encode(data[: len(data) // _ALIGNED * _ALIGNED]).decode())
        found.append(base64.b64encode(data).decode().rstrip("="))
    return tuple(one for one in found if len(one) > _MIXED + 1)
