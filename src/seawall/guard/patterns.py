"""All detectors' patterns in one Hyperscan pass; RE2 confirms and gives exact offsets."""

import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import hyperscan
import re2

from seawall.core.errors import InputError
from seawall.guard.contract import Hit, Pattern, View

MAX_HITS = 1_000
_SMALL_REPEAT = 6
_REPEAT = re.compile(r"(?<!\\)(?<!\\x)\{(\d+)(,(\d+))?\}")
_BASE = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY


class TooManyHitsError(Exception):
    """A text matches so often that the pass was cut off; the verdict cannot be CLEAN."""


class PatternSet:
    """A compiled set of (detector id, pattern). Thread-safe; `scan` is linear in the text.

    Equal expressions of several detectors are compiled and matched once.
    """

    def __init__(self, patterns: Iterable[tuple[str, Pattern]]) -> None:
        self._expressions: list[Pattern] = []
        self._confirm: list[Any] = []
        self._uses: list[list[tuple[str, str]]] = []
        known: dict[tuple[str, bool], int] = {}
        for owner, pattern in patterns:
            key = (pattern.expression, pattern.case_sensitive)
            if key not in known:
                known[key] = len(self._expressions)
                self._expressions.append(pattern)
                self._confirm.append(_compile(owner, pattern))
                self._uses.append([])
            self._uses[known[key]].append((owner, pattern.name))
        self._always: tuple[int, ...] = ()
        self._database = self._prefilter() if self._expressions else None
        self._local = threading.local()

    def _prefilter(self) -> Any:
        """Build the database; an expression that Hyperscan cannot take is always confirmed."""
        usable = list(range(len(self._expressions)))
        try:
            return self._database_of(usable)
        except hyperscan.error:
            usable = [index for index in usable if self._fits(index)]
        self._always = tuple(i for i in range(len(self._expressions)) if i not in usable)
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
            expressions=[relaxed(pattern.expression).encode() for pattern in chosen],
            ids=list(indexes),
            elements=len(chosen),
            flags=[
                _BASE | (0 if pattern.case_sensitive else hyperscan.HS_FLAG_CASELESS)
                for pattern in chosen
            ],
        )
        return database

    def _candidates(self, text: str) -> set[int]:
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

    def candidates(self, text: str) -> frozenset[str]:
        """Return the names of the patterns that may match the text (never misses one that does)."""
        return frozenset(name for i in self._candidates(text) for _, name in self._uses[i])

    def scan(self, views: Sequence[View]) -> dict[str, tuple[Hit, ...]]:
        """Return confirmed hits by detector. Raises TooManyHitsError beyond MAX_HITS."""
        hits: dict[str, list[Hit]] = {}
        total = 0
        for number, view in enumerate(views):
            for index in sorted(self._candidates(view.text)):
                for match in self._confirm[index].finditer(view.text):
                    total += 1
                    if total > MAX_HITS:
                        raise TooManyHitsError(f"more than {MAX_HITS} pattern hits")
                    for owner, name in self._uses[index]:
                        hit = Hit(rule=name, view=number, start=match.start(), end=match.end())
                        hits.setdefault(owner, []).append(hit)
        return {owner: tuple(found) for owner, found in hits.items()}


def relaxed(expression: str) -> str:
    """Return an expression that matches at least as much, without large bounded repeats.

    Hyperscan unrolls X{2,60}; X{2,} costs nothing and RE2 confirms what it lets through.
    """

    def relax(match: re.Match[str]) -> str:
        low, high = int(match[1]), int(match[3] or match[1])
        return match.group() if high <= _SMALL_REPEAT else f"{{{min(low, _SMALL_REPEAT)},}}"

    return _REPEAT.sub(relax, expression)


def _compile(owner: str, pattern: Pattern) -> Any:
    options = re2.Options()
    options.case_sensitive = pattern.case_sensitive
    options.log_errors = False
    options.max_mem = 64 << 20
    try:
        return re2.compile(pattern.expression, options)
    except re2.error as error:
        raise InputError(f"detector {owner}, pattern {pattern.name}: {error}.") from None
