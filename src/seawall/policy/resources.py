"""The policy file's types for resources: limits of every scope, loops, cost rates, the cache."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(gt=0, le=1)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: unknown keys are refused."""


class Limits(_Strict, frozen=True, kw_only=True):
    """Limits of one function, or of each team, user, key or session. Absent means no limit.

    Days and months are UTC. `wall_seconds`: the longest one request may take. `queue_seconds`
    (functions only): the longest a request waits for a slot at the provider.
    """

    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    requests_per_day: Count | None = None
    tokens_per_day: Count | None = None
    cost_per_day: Positive | None = None
    requests_per_month: Count | None = None
    tokens_per_month: Count | None = None
    cost_per_month: Positive | None = None
    concurrent: Count | None = None
    wall_seconds: Positive | None = None
    queue_seconds: Positive = 30.0


class ScopeLimits(_Strict, frozen=True, kw_only=True):
    """Limits of the whole policy (`organisation`) and of each team, user, key and session."""

    organisation: Limits = Limits()
    team: Limits = Limits()
    user: Limits = Limits()
    key: Limits = Limits()
    session: Limits = Limits()


class Wallet(_Strict, frozen=True, kw_only=True):
    """What costs money without being meant to. Both detectors are off unless set.

    `repeats`: how many requests of one session may be the same or nearly the same (`similarity`,
    of the word triples in what is new) within `repeat_seconds`. `cost_burst`: what a key may cost
    in ten minutes; beyond it, a key may cost `burst_factor` times its own average of a day.
    """

    repeats: Annotated[int, Meta(ge=2, le=1000)] | None = None
    repeat_seconds: Positive = 300.0
    similarity: Share = 0.9
    cost_burst: Positive | None = None
    burst_factor: Annotated[float, Meta(ge=1)] = 10.0


class Cache(_Strict, frozen=True, kw_only=True):
    """Whole answers kept for exactly the same request; off at 0 seconds.

    `scope`: who may be given the same answer, one user or everybody of the function.
    """

    seconds: Annotated[float, Meta(ge=0)] = 0.0
    max_entries: Count = 1000
    max_bytes: Count = 32 * 1024 * 1024
    scope: Literal["user", "function"] = "user"


class Timeouts(_Strict, frozen=True, kw_only=True):
    """Times of one request to a provider (seconds). Absent: taken from `timeout_seconds`.

    `connect`: to the connection. `first_byte`: to the answer's headers, connection included.
    `idle`: between two pieces of the answer. `total`: all together.
    """

    connect: Positive | None = None
    first_byte: Positive | None = None
    idle: Positive | None = None
    total: Positive | None = None


class Breaker(_Strict, frozen=True, kw_only=True):
    """A provider that fails `failures` times in a row is left alone, first for `seconds`."""

    failures: Count = 10
    seconds: Positive = 5.0
