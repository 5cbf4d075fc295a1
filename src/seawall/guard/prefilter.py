"""Which of many expressions may match a text: one Hyperscan pass, compiled once, kept on disk."""

import hashlib
import re
import threading
from collections.abc import Sequence
from functools import lru_cache, partial
from importlib.metadata import version
from typing import Any

import hyperscan

from seawall.core.kept import kept

# Repeats up to the first stay as they are; of larger ones at most the second stays a minimum.
_SMALL_REPEAT, _MOST_LEAST = 6, 12
_REPEAT = re.compile(r"(?<!\\)(?<!\\x)\{(\d+)(,(\d+))?\}")
# Characters by number beyond ASCII, and by property.
_BY_NUMBER = re.compile(r"\\(?:x(?!0|[1-7][0-9A-Fa-f])|[pPNXC])")
_BASE = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY
Expression = tuple[str, bool]


class Prefilter:
    """Names the expressions that may match. Thread-safe; a pass is linear in the text.

    Text in ASCII alone is read by a database of its own, in which most expressions need not know
    UTF-8: half the time.
    """

    def __init__(self, expressions: Sequence[Expression]) -> None:
        """Compile (expression, case-sensitive) pairs, or read what was compiled before.

        An expression that Hyperscan cannot take may always match.
        """
        expressions = tuple(expressions)
        plain = frozenset(i for i, (text, _) in enumerate(expressions) if _plain(text))
        self._any = _Pass(expressions, frozenset())
        self._ascii = _Pass(expressions, plain) if plain else self._any

    def candidates(self, text: str) -> set[int]:
        """Return the indexes of the expressions that may match; never misses one that does."""
        return (self._ascii if text.isascii() else self._any).candidates(text)


class _Pass:
    """One database; the expressions `plain` are matched byte by byte."""

    def __init__(self, expressions: tuple[Expression, ...], plain: frozenset[int]) -> None:
        self._expressions, self._plain = expressions, plain
        self._always: frozenset[int] = frozenset()
        self._database = self._ready() if self._expressions else None
        self._local = threading.local()

    def candidates(self, text: str) -> set[int]:
        found = set(self._always)
        if self._database is None:
            return found
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)

        def seen(index: int, *_: object) -> None:
            found.add(index)

        data = text.encode("utf-8", "replace")
        self._database.scan(data, match_event_handler=seen, scratch=scratch)
        return found

    def _ready(self) -> Any:
        name = f"patterns-{_digest(self._expressions, self._plain)}.db"
        read: list[Any] = []
        blob = kept(name, lambda: self._dumped(self._compiled()), usable=partial(_usable, read))
        if read:
            return read[-1]
        return self._compiled() if blob is None else _database(blob)

    def _dumped(self, database: Any) -> bytes | None:
        """Return the database as bytes; None for one that leaves expressions out."""
        return None if self._always else bytes(hyperscan.dumpb(database))

    def _compiled(self) -> Any:
        indexes = list(range(len(self._expressions)))
        try:
            return self._database_of(indexes)
        except hyperscan.error:
            usable = [index for index in indexes if self._fits(index)]
        self._always = frozenset(indexes) - frozenset(usable)
        return self._database_of(usable) if usable else None

    def _fits(self, index: int) -> bool:
        try:
            self._database_of([index])
        except hyperscan.error:
            return False
        return True

    def _database_of(self, indexes: Sequence[int]) -> Any:
        chosen = [self._expressions[index] for index in indexes]
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[relaxed(expression).encode() for expression, _ in chosen],
            ids=list(indexes),
            elements=len(chosen),
            flags=[self._flags(index) for index in indexes],
        )
        return database

    def _flags(self, index: int) -> int:
        flags = _BASE & ~hyperscan.HS_FLAG_UTF8 if index in self._plain else _BASE
        return flags if self._expressions[index][1] else flags | hyperscan.HS_FLAG_CASELESS


@lru_cache(maxsize=32)
def prefilter(expressions: tuple[Expression, ...]) -> Prefilter:
    """Return the one prefilter of these expressions."""
    return Prefilter(expressions)


def relaxed(expression: str) -> str:
    """Return an expression that matches at least as much, without large bounded repeats.

    Hyperscan unrolls X{2,60}; X{2,} costs nothing and RE2 confirms what it lets through.
    """

    def relax(match: re.Match[str]) -> str:
        low, high = int(match[1]), int(match[3] or match[1])
        return match.group() if high <= _SMALL_REPEAT else f"{{{min(low, _MOST_LEAST)},}}"

    return _REPEAT.sub(relax, expression)


def _plain(expression: str) -> bool:
    """Return whether bytes will do for an expression on ASCII: it names no other characters.

    Regardless of case, U+017F is an s and U+212A a k: a class with them matches ASCII too.
    """
    return expression.isascii() and _BY_NUMBER.search(expression) is None


def _digest(expressions: tuple[Expression, ...], plain: frozenset[int]) -> str:
    """Return what a compiled database depends on, as a short name."""
    known = hashlib.blake2b(repr(sorted(plain)).encode() if plain else b"", digest_size=16)
    taken = (f"{relaxed(expression)!r}, {sensitive}" for expression, sensitive in expressions)
    for part in (version("hyperscan"), str(_BASE), *taken):
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
