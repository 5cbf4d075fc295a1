"""All detectors' patterns in one Hyperscan pass; RE2 confirms and gives exact offsets."""

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import hyperscan
import re2

from seawall.core.errors import InputError
from seawall.guard.contract import Hit, Pattern, View

MAX_HITS = 1_000
_BASE = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY


class TooManyHitsError(Exception):
    """A text matches so often that the pass was cut off; the verdict cannot be CLEAN."""


class PatternSet:
    """A compiled set of (detector id, pattern). Thread-safe; `scan` is linear in the text."""

    def __init__(self, patterns: Iterable[tuple[str, Pattern]]) -> None:
        self._owners: list[str] = []
        self._names: list[str] = []
        self._confirm: list[Any] = []
        expressions: list[Pattern] = []
        for owner, pattern in patterns:
            self._owners.append(owner)
            self._names.append(pattern.name)
            self._confirm.append(_compile(owner, pattern))
            expressions.append(pattern)
        self._always: tuple[int, ...] = ()
        self._database = self._prefilter(expressions) if expressions else None
        self._local = threading.local()

    def _prefilter(self, expressions: Sequence[Pattern]) -> Any:
        """Build the database; an expression that Hyperscan cannot take is always confirmed."""
        usable: list[int] = []
        flags: list[int] = []
        always: list[int] = []
        for index, pattern in enumerate(expressions):
            flag = _usable_flags(pattern)
            if flag is None:
                always.append(index)
            else:
                usable.append(index)
                flags.append(flag)
        self._always = tuple(always)
        if not usable:
            return None
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[expressions[i].expression.encode() for i in usable],
            ids=usable,
            elements=len(usable),
            flags=flags,
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
                    hit = Hit(
                        rule=self._names[index], view=number, start=match.start(), end=match.end()
                    )
                    hits.setdefault(self._owners[index], []).append(hit)
        return {owner: tuple(found) for owner, found in hits.items()}


def _compile(owner: str, pattern: Pattern) -> Any:
    options = re2.Options()
    options.case_sensitive = pattern.case_sensitive
    options.log_errors = False
    options.max_mem = 64 << 20
    try:
        return re2.compile(pattern.expression, options)
    except re2.error as error:
        raise InputError(f"detector {owner}, pattern {pattern.name}: {error}.") from None


def _usable_flags(pattern: Pattern) -> int | None:
    """Return the flags under which Hyperscan takes the expression, or None."""
    case = 0 if pattern.case_sensitive else hyperscan.HS_FLAG_CASELESS
    for extra in (0, hyperscan.HS_FLAG_PREFILTER):
        flags = _BASE | case | extra
        try:
            trial = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            trial.compile(
                expressions=[pattern.expression.encode()], ids=[0], elements=1, flags=[flags]
            )
        except hyperscan.error:
            continue
        return flags
    return None
