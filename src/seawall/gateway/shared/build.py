"""Build what counts limits: in this process, or on a server that replicas share."""

import time
from collections.abc import Mapping

from seawall.gateway.accounts import Book, periods_of
from seawall.gateway.books import books_of
from seawall.gateway.counters import Subject
from seawall.gateway.shared.counters import SharedCounters
from seawall.store.db import COUNTERS_ENV, Store
from seawall.store.spend import spent_on, used_in


def shared_counters(
    application: str, store: Store, env: Mapping[str, str]
) -> SharedCounters | None:
    """Return the counters that SEAWALL_COUNTERS_URL names; None without it.

    Raises InputError (the URL), MissingPartError (the client is not installed).
    """
    url = env.get(COUNTERS_ENV, "")
    if not url:
        return None

    def used() -> Mapping[Subject, Mapping[str, Book]]:
        at = periods_of(time.time())
        return books_of(used_in(store, at.month), spent_on(store, at.day), at)

    return SharedCounters(url, application, source=used)
