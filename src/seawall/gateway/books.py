"""What was used before, as books of today and this month: from the store, for counters."""

from collections.abc import Iterable, Mapping

import msgspec

from seawall.gateway.accounts import NANOS, Book, Periods, periods_of
from seawall.gateway.counters import Subject
from seawall.store.db import Store
from seawall.store.spend import Used, spent_in, spent_on, used_in


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """What was used in a period; `cost` in the policy's currency."""

    requests: int = 0
    tokens: int = 0
    cost: float = 0.0


class SubjectUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What one subject of a scope used since midnight and since the month's first day (UTC).

    `name` of users and sessions is a digest.
    """

    scope: str
    name: str
    today: Amounts
    month: Amounts


def used_now(store: Store, now: float) -> list[SubjectUsage]:
    """Return what was settled for every remembered subject, by scope and name."""
    at = periods_of(now)
    books = books_of(used_in(store, at.month), spent_on(store, at.day), at)
    for function, nanos in spent_in(store, at.month).items():
        book = books.setdefault(Subject("function", function), {}).setdefault(at.month, Book())
        book.nanos = max(book.nanos, nanos)
    return [
        SubjectUsage(
            scope=subject.scope, name=subject.name,
            today=_amounts(found.get(at.day)), month=_amounts(found.get(at.month)),
        )
        for subject, found in sorted(books.items())
    ]  # fmt: skip


def _amounts(book: Book | None) -> Amounts:
    if book is None:
        return Amounts()
    return Amounts(requests=book.requests, tokens=book.tokens, cost=book.nanos / NANOS)


def books_of(
    used: Iterable[Used], spent: Mapping[str, int], at: Periods
) -> dict[Subject, dict[str, Book]]:
    """Return the books of `at`'s day and month by subject and period.

    `used`: what limited subjects used this month; `spent`: billionths by function today.
    """
    books: dict[Subject, dict[str, Book]] = {}
    for row in used:
        for period in (at.day, at.month):
            if row.day.startswith(period):
                subject = Subject(row.share.scope, row.share.name)
                book = books.setdefault(subject, {}).setdefault(period, Book())
                # What comes back of a day that was erased meanwhile is nobody's credit.
                book.requests += max(0, row.requests)
                book.tokens += max(0, row.tokens)
                book.nanos += max(0, row.nanos)
    for function, nanos in spent.items():
        book = books.setdefault(Subject("function", function), {}).setdefault(at.day, Book())
        book.nanos = max(book.nanos, nanos)
    return books
