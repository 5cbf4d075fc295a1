"""What was used before, as books of today and this month: from the store, for counters."""

from collections.abc import Iterable, Mapping

from seawall.gateway.accounts import Book, Periods
from seawall.gateway.counters import Subject
from seawall.store.spend import Used


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
