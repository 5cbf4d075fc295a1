"""Which of many expressions may match a text: one Hyperscan pass, compiled once, kept on disk."""

import hashlib
import re
import threading
from collections.abc import Sequence, Set
from functools import lru_cache, partial
from importlib.metadata import version
from typing import Any

import hyperscan

from seawall.core.kept import kept

# Repeats up to the first stay as they are; of larger ones at most the second stays a minimum.
_SMALL_REPEAT, _MOST_LEAST = 8, 26
_REPEAT = re.compile(r"(?<!\\)(?<!\\x)\{(\d+)(,(\d+))?\}")
_CLASS = r"\[((?:[^\]\[\\^]|\\[^pPxdDwWsSQE])+)\]"
_LEADING_WORD = re.compile(rf"\A(?:\\b)?{_CLASS}(?<![^\\]-\]){_CLASS}\{{0,\d+\}}(?=[^?+])")
# Characters by number beyond ASCII, and by property.
_BY_NUMBER = re.compile(r"(?<!\\)(?:\\\\)*\\(?:x(?!0|[1-7][0-9A-Fa-f])|[pPNXC])")
# What takes any characters but some, once escapes and all other classes are out of the way.
_ANY_BUT = re.compile(r"\\[WSDQ]|\[\^|\.")
_LITERALS = re.compile(r"\\[^WSDQ]|\[(?!\^)\]?(?:\\[^WSD]|\[:[a-z]+:\]|[^\]\\\[])*\]")
_ALL_BUT = "[:^"
_IGNORED_CASE = re.compile(r"\(\?[a-zA-Z]*i")
# Letters beyond ASCII that are, regardless of case, an s and a k.
_LIKE_S, _LIKE_K = "\u017f", "\u212a"
# Every scan lets other threads go first: a text of fewer characters takes one.
_SHORT = 1_500
# Of fewer alternatives at its beginning an expression is not divided.
_MANY_NAMES = 8
_QUANTIFIERS = tuple("?*+{")
# What opens, closes and parts alternatives; escapes and classes hold none.
_SIGNS = re.compile(r"(\\.|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]|[()|])", re.DOTALL)
# A switch reaches over the alternatives behind it; quoted text has signs of its own.
# A group that begins an expression, captured or not.
_OPENING = re.compile(r"\((?:\?:|(?!\?))")
_SWITCH = re.compile(r"\(\?[a-zA-Z]*(?:-[a-zA-Z]+)?\)|\\Q")
_BASE = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY
Expression = tuple[str, bool]


class Prefilter:
    """Names the expressions that may match. Thread-safe; a pass is linear in the text.

    Text in ASCII alone is read by databases of its own, in which most expressions need not know
    UTF-8: half the time. `passes`: the indexes of those that are read for together, all of them
    by default: some slow one another down, though not in short texts. `in_ascii`: what stands for
    the expressions there. `confirmed`: nothing is made of what is named too much; one database,
    which stays near the processor, then reads all texts, most of its expressions as bytes.
    """

    def __init__(
        self,
        expressions: Sequence[Expression],
        *,
        passes: Sequence[Sequence[int]] = (),
        in_ascii: Sequence[Expression] | None = None,
        confirmed: bool = False,
    ) -> None:
        """Compile (expression, case-sensitive) pairs, or read what was compiled before.

        An expression that Hyperscan cannot take may always match.
        """
        expressions = tuple(expressions)
        simpler = expressions if in_ascii is None else tuple(in_ascii)
        plain = frozenset(i for i, (text, _) in enumerate(simpler) if _plain(text))
        whole = (range(len(expressions)),)
        alike = frozenset(i for i, (text, _) in enumerate(expressions) if _bytewise(text))
        alike = alike if confirmed else frozenset()
        # Neither bytes nor classes of letters show that letters like an s or a k may match.
        self._regardless = frozenset(
            i for i, one in enumerate(expressions) if confirmed and _ignores_case(*one)
        )
        same = confirmed or (not plain and simpler == expressions)
        self._any = _Passes(expressions, whole, alike)
        self._ascii = self._any if same else _Passes(simpler, whole, plain)
        self._long_any, self._long_ascii = self._any, self._ascii
        if passes:
            self._long_any = _Passes(expressions, passes, alike)
            self._long_ascii = self._long_any if same else _Passes(simpler, passes, plain)

    def candidates(self, text: str, known: Set[int] = frozenset()) -> set[int]:
        """Return the indexes of the expressions that may match; never misses one that does.

        `known`: those that need not be looked for.
        """
        short = len(text) < _SHORT
        if text.isascii():
            return (self._ascii if short else self._long_ascii).candidates(text, known)
        found = (self._any if short else self._long_any).candidates(text, known)
        if self._regardless and (_LIKE_S in text or _LIKE_K in text):
            found |= self._regardless
        return found


class _Passes:
    """Several databases that read a text one after another; their indexes are the whole's."""

    def __init__(
        self,
        expressions: tuple[Expression, ...],
        groups: Sequence[Sequence[int]],
        plain: frozenset[int],
    ) -> None:
        each = [_Pass(expressions, tuple(group), plain) for group in groups if group]
        self.always: frozenset[int] = frozenset().union(*(one.always for one in each))
        self._databases = [
            (frozenset(group), one.database)
            for group, one in zip(filter(None, groups), each, strict=True)
            if one.database is not None
        ]
        self._local = threading.local()

    def candidates(self, text: str, known: Set[int] = frozenset()) -> set[int]:
        found = set(self.always)
        scans = getattr(self._local, "scans", None)
        if scans is None:
            scans = [(own, one.scan, hyperscan.Scratch(one)) for own, one in self._databases]
            self._local.scans = scans

        def seen(index: int, *_: object) -> None:
            found.add(index)

        data = text.encode("utf-8", "replace")
        for own, scan, scratch in scans:
            if own <= known:
                continue
            scan(data, match_event_handler=seen, scratch=scratch)
        return found


class _Pass:
    """One database of the expressions at `indexes`; those in `plain` are matched byte by byte."""

    def __init__(
        self, expressions: tuple[Expression, ...], indexes: tuple[int, ...], plain: frozenset[int]
    ) -> None:
        self._expressions, self._indexes, self._plain = expressions, indexes, plain
        self.always: frozenset[int] = frozenset()
        self.database = self._ready()

    def _ready(self) -> Any:
        taken = [(i, i in self._plain, *self._expressions[i]) for i in self._indexes]
        name = f"patterns-{_digest(taken)}.db"
        read: list[Any] = []
        blob = kept(name, lambda: self._dumped(self._compiled()), usable=partial(_usable, read))
        if read:
            return read[-1]
        return self._compiled() if blob is None else _database(blob)

    def _dumped(self, database: Any) -> bytes | None:
        """Return the database as bytes; None for one that leaves expressions out."""
        return None if self.always else bytes(hyperscan.dumpb(database))

    def _compiled(self) -> Any:
        try:
            return self._database_of(self._indexes)
        except hyperscan.error:
            usable = [index for index in self._indexes if self._fits(index)]
        self.always = frozenset(self._indexes) - frozenset(usable)
        return self._database_of(usable) if usable else None

    def _fits(self, index: int) -> bool:
        try:
            self._database_of([index])
        except hyperscan.error:
            return False
        return True

    def _database_of(self, indexes: Sequence[int]) -> Any:
        chosen = [
            (index, relaxed(branch).encode())
            for index in indexes
            for branch in branches(self._expressions[index][0])
        ]
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[expression for _, expression in chosen],
            ids=[index for index, _ in chosen],
            elements=len(chosen),
            flags=[self._flags(index) for index, _ in chosen],
        )
        return database

    def _flags(self, index: int) -> int:
        flags = _BASE & ~hyperscan.HS_FLAG_UTF8 if index in self._plain else _BASE
        return flags if self._expressions[index][1] else flags | hyperscan.HS_FLAG_CASELESS


@lru_cache(maxsize=32)
def prefilter(expressions: tuple[Expression, ...]) -> Prefilter:
    """Return the one prefilter of these expressions; what it names must be confirmed."""
    return Prefilter(expressions, confirmed=True)


def branches(expression: str) -> list[str]:
    """Return expressions that match together what one does that begins with many alternatives.

    Hyperscan finds a hundred names, each with the same behind it, in a tenth of the time of one
    expression for them all. Every other expression is returned as it is.
    """
    opening = _OPENING.match(expression)
    if opening is None or _SWITCH.search(expression):
        return [expression]
    at = opening.end()
    parts, depth, names = _SIGNS.split(expression[at:]), 1, [at]
    for sign in parts:
        at += len(sign)
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 1:
            names.append(at)
        if not depth:
            break
    rest = expression[at:]
    if depth or len(names) < _MANY_NAMES or rest[:1] in _QUANTIFIERS or _splits(rest):
        return [expression]
    bounds = zip(names, [*(name - 1 for name in names[1:]), at - 1], strict=True)
    return [f"(?:{expression[start:end]}){rest}" for start, end in bounds]


def _splits(rest: str) -> bool:
    """Return whether alternatives stand outside every group of an expression."""
    depth = 0
    for sign in _SIGNS.split(rest):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            return True
    return False


def relaxed(expression: str) -> str:
    """Return an expression that matches at least as much, without large bounded repeats.

    Hyperscan unrolls X{2,60}; X{2,} costs nothing and RE2 confirms what it lets through.
    """

    def relax(match: re.Match[str]) -> str:
        low, high = int(match[1]), int(match[3] or match[1])
        return match.group() if high <= _SMALL_REPEAT else f"{{{min(low, _MOST_LEAST)},}}"

    # Whether there is a match at all, the last sign of a word that it begins with decides.
    return _REPEAT.sub(relax, _LEADING_WORD.sub(r"[\1\2]", expression))


def _plain(expression: str) -> bool:
    """Return whether bytes will do for an expression on ASCII: it names no other characters.

    Regardless of case, U+017F is an s and U+212A a k: a class with them matches ASCII too.
    """
    return expression.isascii() and _BY_NUMBER.search(expression) is None


def _bytewise(text: str) -> bool:
    """Return whether bytes will do for an expression on any text, letters like s and k apart.

    All that it takes are characters in ASCII that it names, or their classes.
    """
    named = _plain(text) and _ALL_BUT not in text
    return named and _ANY_BUT.search(_LITERALS.sub("", text)) is None


def _ignores_case(expression: str, sensitive: bool) -> bool:
    """Return whether some of an expression is matched regardless of case."""
    return not sensitive or _IGNORED_CASE.search(expression) is not None


def _digest(taken: Sequence[tuple[int, bool, str, bool]]) -> str:
    """Return what a compiled database depends on, as a short name."""
    known = hashlib.blake2b(digest_size=16)
    each = (
        f"{index} {plain} {[*map(relaxed, branches(expression))]!r}, {sensitive}"
        for index, plain, expression, sensitive in taken
    )
    for part in (version("hyperscan"), str(_BASE), *each):
        known.update(part.encode() + b"\0")
    return known.hexdigest()


def _database(blob: bytes) -> Any:
    return hyperscan.loadb(blob, hyperscan.HS_MODE_BLOCK)


def _usable(read: list[Any], blob: bytes) -> bool:
    """Return whether this machine can run a database, and then add it to `read`.

    Another processor's it cannot.
    """
    try:
        database = _database(blob)
        hyperscan.Scratch(database)
    except hyperscan.error:
        return False
    read.append(database)
    return True
