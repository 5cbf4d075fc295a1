"""Build what counts limits: in this process, or on a server that replicas share."""

import logging
import time
from collections.abc import Mapping

from seawall.core.errors import InputError
from seawall.gateway.accounts import Book, periods_of
from seawall.gateway.books import books_of
from seawall.gateway.counters import Subject
from seawall.gateway.shared.counters import SharedCounters
from seawall.gateway.shared.fallback import FallbackCounters
from seawall.store.db import COUNTERS_ENV, Store
from seawall.store.spend import spent_on, used_in

log = logging.getLogger("seawall.gateway")
REPLICAS_ENV = "SEAWALL_REPLICAS"
_START_SECONDS = 3.0


def shared_counters(
    application: str, store: Store, env: Mapping[str, str]
) -> FallbackCounters | None:
    """Return the counters that SEAWALL_COUNTERS_URL names; None without it.

    A server that does not answer yet is waited for, then done without until it does. Raises
    InputError (the URL, SEAWALL_REPLICAS), MissingPartError (the client is not installed).
    """
    url = env.get(COUNTERS_ENV, "")
    if not url:
        return None
    replicas = _replicas(env.get(REPLICAS_ENV, "") or "2")

    def used() -> Mapping[Subject, Mapping[str, Book]]:
        at = periods_of(time.time())
        return books_of(used_in(store, at.month), spent_on(store, at.day), at)

    shared = SharedCounters(url, application, source=used)
    if not shared.line.wait(_START_SECONDS):
        log.warning("the counters' server does not answer: 1/%d of each limit is used", replicas)
    return FallbackCounters(shared, replicas)


def _replicas(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise InputError(
            f"{REPLICAS_ENV} must be a number of replicas, not {text!r}.",
            hint="While the server that counts is away, each uses its share of what was left.",
        )
    return int(text)
