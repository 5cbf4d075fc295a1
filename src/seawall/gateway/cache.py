"""Whole answers for exactly the same request. Off unless the policy gives it a time."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from seawall.gateway.call import Call, Route
from seawall.policy.model import Policy, Upstream
from seawall.wire import upstreams

_WHO = {"user", "safety_identifier", "prompt_cache_key", "metadata"}


class Kept(NamedTuple):
    """A provider's answer as it came: it is inspected again each time it is given out."""

    user: str
    upstream: Upstream
    body: bytes
    until: float


class AnswerCache:
    """Keeps answers by what was asked, by whom, and under which policy. For one event loop.

    `version` is the policy's hash; `clock` is monotonic seconds. What was asked longest ago goes
    first when there is no room.
    """

    def __init__(
        self, policy: Policy, version: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rules = policy.cache
        self._opt_out = policy.consent.training_opt_out
        self._version = version
        self._clock = clock
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._size = 0

    def key(self, call: Call, route: Route) -> bytes | None:
        """Return what the request is kept under; None when it is not kept at all."""
        exchange, key = call.exchange, call.key
        if self._rules.seconds <= 0 or exchange is None or key is None or exchange.stream:
            return None
        if upstreams.uses_hosted(exchange):  # what its tools find is new each time
            return None
        body = upstreams.of(route.upstream.kind).request(
            exchange,
            model=exchange.model,
            max_output_tokens=route.max_output_tokens,
            training_opt_out=self._opt_out,
            signed=route.upstream.signed,
        )
        user = exchange.user
        if self._rules.scope == "function":
            user, body = "", _of_nobody(body)
        digest = hashlib.sha256()
        names = (self._version, key.application, key.function, key.team, user, exchange.model)
        for part in (*(name.encode() for name in names), body):
            digest.update(b"%d:" % len(part) + part)
        return digest.digest()

    def get(self, key: bytes | None) -> Kept | None:
        """Return the answer that is kept under `key` and is not too old."""
        found = None if key is None else self._kept.get(key)
        if key is None or found is None:
            return None
        if self._clock() >= found.until:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found

    def put(self, key: bytes | None, user: str, upstream: Upstream, body: bytes) -> None:
        """Keep an answer to a user; one that is larger than all the room is not kept."""
        self._drop_old()
        if key is None or len(body) > self._rules.max_bytes:
            return
        if key in self._kept:
            self._drop(key)
        self._kept[key] = Kept(user, upstream, body, self._clock() + self._rules.seconds)
        self._size += len(body)
        while len(self._kept) > self._rules.max_entries or self._size > self._rules.max_bytes:
            self._drop(next(iter(self._kept)))

    def forget(self, user: str) -> None:
        """Drop every answer that a user got."""
        for key in [key for key, kept in self._kept.items() if kept.user == user]:
            self._drop(key)

    def _drop_old(self) -> None:
        """Drop what is too old among those that were asked for longest ago."""
        now = self._clock()
        while self._kept and now >= self._kept[key := next(iter(self._kept))].until:
            self._drop(key)

    def _drop(self, key: bytes) -> None:
        self._size -= len(self._kept.pop(key).body)


def _of_nobody(body: bytes) -> bytes:
    """Return a request without the fields that say who asks; they do not shape an answer."""
    value = msgspec.json.decode(body)
    return msgspec.json.encode({name: value[name] for name in value if name not in _WHO})
