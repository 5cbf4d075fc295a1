"""All detectors' patterns in one Hyperscan pass; RE2 confirms and gives exact offsets."""

from collections.abc import Iterable, Sequence
from typing import Any

import re2

from seawall.core.errors import InputError
from seawall.guard.contract import Hit, Pattern, View
from seawall.guard.prefilter import Expression, Prefilter, prefilter

# A text may match so often, a longer one once in so many characters; none oftener than the last.
MAX_HITS, PER_HIT, MOST_HITS = 1_000, 3, 20_000
# So many passes over a text cost less than one over the expressions of all detectors.
_FEW = 2
_Use = tuple[str, str]


class TooManyHitsError(Exception):
    """A text matches so often that the pass was cut off; the verdict cannot be CLEAN."""


def most_hits(size: int) -> int:
    """Return how often a text of so many characters may match: work stays in proportion to it."""
    return min(max(MAX_HITS, size // PER_HIT), MOST_HITS)


class PatternSet:
    """A compiled set of (detector id, pattern). Thread-safe; `scan` is linear in the text.

    Equal expressions of several detectors are compiled and matched once. `bundled`: groups of
    expressions that are compiled together whichever of them are wanted here, so that sets share
    them: each group alone where few are wanted, else all in one pass.
    """

    def __init__(
        self,
        patterns: Iterable[tuple[str, Pattern]],
        bundled: tuple[tuple[Expression, ...], ...] = (),
    ) -> None:
        uses: dict[Expression, list[_Use]] = {}
        for owner, pattern in patterns:
            key = (pattern.expression, pattern.case_sensitive)
            uses.setdefault(key, []).append((owner, pattern.name))
        known = tuple(dict.fromkeys(key for group in bundled for key in group))
        wanted = [group for group in bundled if any(key in uses for key in group)]
        wanted = wanted if len(wanted) <= _FEW else [known]
        own = tuple(key for key in uses if key not in set(known))
        self._groups = [_Group(group, uses) for group in (*wanted, own) if group]

    def candidates(self, text: str) -> frozenset[str]:
        """Return the names of the patterns that may match the text (never misses one that does)."""
        return frozenset(
            name
            for group in self._groups
            for index in group.candidates(text, group.uses)
            for _, name in group.uses[index]
        )

    def scan(
        self, views: Sequence[View], owners: frozenset[str] | None = None
    ) -> dict[str, tuple[Hit, ...]]:
        """Return confirmed hits by detector, the first view's text as it was written.

        `owners`: the detectors that ask, all by default. Raises TooManyHitsError for more of them,
        in all views together, than the first view allows.
        """
        hits: dict[str, list[Hit]] = {}
        total, most = 0, most_hits(len(views[0].text)) if views else 0
        each = ((group, group.uses_of(owners)) for group in self._groups)
        asked = [(group, uses) for group, uses in each if uses]
        for number, view in enumerate(views):
            for group, uses in asked:
                for index in group.candidates(view.text, uses):
                    for start, end in group.matches(index, view.text):
                        total += 1
                        if total > most:
                            raise TooManyHitsError(f"more than {most} pattern hits")
                        for owner, name in uses[index]:
                            hit = Hit(rule=name, view=number, start=start, end=end)
                            hits.setdefault(owner, []).append(hit)
        return {owner: tuple(found) for owner, found in hits.items()}


class _Group:
    """Expressions that are compiled together, and who uses which of them.

    Raises InputError for a used one that is not RE2's.
    """

    def __init__(
        self, expressions: tuple[Expression, ...], uses: dict[Expression, list[_Use]]
    ) -> None:
        self._prefilter: Prefilter = prefilter(expressions)
        self.uses = {i: uses[key] for i, key in enumerate(expressions) if key in uses}
        self._asked: dict[frozenset[str], dict[int, list[_Use]]] = {}
        self._confirm = {i: _compile(*own[0], *expressions[i]) for i, own in self.uses.items()}

    def uses_of(self, owners: frozenset[str] | None) -> dict[int, list[_Use]]:
        """Return who of some detectors uses which expressions; None stands for all."""
        if owners is None:
            return self.uses
        found = self._asked.get(owners)
        if found is None:
            own = {i: [use for use in each if use[0] in owners] for i, each in self.uses.items()}
            found = self._asked[owners] = {index: each for index, each in own.items() if each}
        return found

    def candidates(self, text: str, uses: dict[int, list[_Use]]) -> list[int]:
        """Return the used expressions that may match, in order."""
        return sorted(self._prefilter.candidates(text) & uses.keys())

    def matches(self, index: int, text: str) -> Iterable[tuple[int, int]]:
        """Yield the character ranges that an expression matches."""
        # Of ASCII alone a byte is a character: no place need be worked out.
        for match in self._confirm[index].finditer(text.encode() if text.isascii() else text):
            yield match.span()


def _compile(owner: str, name: str, expression: str, case_sensitive: bool) -> Any:
    try:
        return compiled(expression, case_sensitive=case_sensitive)
    except re2.error as error:
        raise InputError(f"detector {owner}, pattern {name}: {error}.") from None


def compiled(expression: str, *, case_sensitive: bool) -> Any:
    """Return an expression that says where it matches, with all that it needs for that.

    Equal ones that are asked for soon after one another are the same. Raises re2.error.
    """
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    options.max_mem = 64 << 20
    # Only where a match begins and ends is asked for, which is sooner found.
    options.never_capture = True
    found = re2.compile(expression, options)
    # What finds where a match begins is compiled when it is first asked for.
    _ = found.reverseprogramsize
    return found
