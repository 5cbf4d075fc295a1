"""One connection to Valkey or Redis: a thread sends what waits, together, in order."""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from importlib.resources import files
from typing import Any

import msgspec

from seawall.core.errors import InputError, MissingPartError

log = logging.getLogger("seawall.gateway")
ANSWER_SECONDS = 1.0
RETRY_SECONDS = 0.5
BEAT_SECONDS = 2.0
_MOST_AT_ONCE = 128
_SCHEMES = ("redis://", "rediss://", "valkey://", "valkeys://", "unix://")


class CountersAwayError(MissingPartError):
    """The server that counts does not answer; nothing is known about the request."""

    code = "counters_unavailable"
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("Limits cannot be counted at the moment.", hint="Try again soon.")


class Asked(msgspec.Struct):
    """A message to the script and the future of its answer. `kept`: sent again after an outage."""

    message: list[Any]
    answer: "Future[list[Any]]"
    kept: bool = False


class Line:
    """Asks the script and keeps what must not be lost. Safe to share between threads.

    `came_back` runs on the line's own thread after each connection, before anything else is asked;
    it may `call`. `beat` returns the message that is sent every two seconds; its last value says
    whether `came_back` has to run again.
    """

    def __init__(
        self, url: str, prefix: str, *, came_back: Callable[[], None], beat: Callable[[], list[Any]]
    ) -> None:
        self._client = client_of(url)
        self._prefix = prefix
        self._came_back = came_back
        self._beat = beat
        self._source = (files(__package__) / "counters.lua").read_text(encoding="utf-8")
        self._sha = ""
        self._condition = threading.Condition()
        self._waiting: deque[Asked] = deque()
        self._open = True
        self._away_since: float | None = time.monotonic()
        self._connected = threading.Event()
        self._tried = False
        self._beaten = 0.0
        self._thread = threading.Thread(target=self._work, name="counters", daemon=True)
        self._thread.start()

    @property
    def away_seconds(self) -> float:
        """How long the server has not answered; 0.0 while it does."""
        since = self._away_since
        return 0.0 if since is None else max(0.001, time.monotonic() - since)

    def wait(self, seconds: float) -> bool:
        """Wait for the first connection; say whether it is there."""
        return self._connected.wait(seconds)

    def ask(self, message: list[Any], *, kept: bool = False) -> "Future[list[Any]]":
        """Send a message; the future raises CountersAwayError, for a kept one only at the end."""
        asked = Asked(message, Future(), kept)
        with self._condition:
            if not self._open or (self._away_since is not None and not kept):
                asked.answer.set_exception(CountersAwayError())
                return asked.answer
            self._waiting.append(asked)
            self._condition.notify()
        return asked.answer

    def call(self, message: list[Any]) -> list[Any]:
        """Send a message at once, on the line's own thread."""
        return self._send([message])[0]

    def suspect(self) -> None:
        """Connect anew before anything else is asked: the server has forgotten what it knew."""
        with self._condition:
            if self._away_since is None:
                self._away_since = time.monotonic()
                self._tried = False

    def close(self) -> None:
        """Send what waits, as far as the server answers, and end the thread."""
        with self._condition:
            self._open = False
            self._condition.notify()
        self._thread.join(ANSWER_SECONDS * 3)
        with contextlib.suppress(Exception):
            self._client.close()

    def _work(self) -> None:
        while True:
            batch = self._next()
            if not batch and not self._open:
                return
            try:
                if self._away_since is not None:
                    self._return()
                self._exchange(batch)
            except Exception as error:  # noqa: BLE001 - whatever fails, every caller must hear
                self._lost(batch, error)

    def _next(self) -> list[Asked]:
        with self._condition:
            if self._away_since is not None:
                if self._tried:
                    self._condition.wait_for(lambda: not self._open, RETRY_SECONDS)
                self._tried = True
            else:
                self._condition.wait_for(lambda: self._waiting or not self._open, BEAT_SECONDS)
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))]

    def _return(self) -> None:
        """Connect; reconcile before anybody may ask."""
        self._sha = _text(self._client.script_load(self._source))
        self._came_back()
        self._beaten = 0.0
        with self._condition:
            self._away_since = None
        self._connected.set()

    def _exchange(self, batch: list[Asked]) -> None:
        if time.monotonic() - self._beaten >= BEAT_SECONDS:
            message = self._beat()
            if not self.call(message)[1] or message[-1]:  # it was emptied, or must hear something
                self._came_back()
            self._beaten = time.monotonic()
        if not batch:
            return
        for asked, answer in zip(batch, self._send([x.message for x in batch]), strict=True):
            asked.answer.set_result(answer)

    def _send(self, messages: list[list[Any]]) -> list[list[Any]]:
        from redis.exceptions import NoScriptError

        pipe = self._client.pipeline(transaction=False)
        for message in messages:
            pipe.evalsha(self._sha, 1, self._prefix, msgspec.msgpack.encode(message))
        answers = pipe.execute(raise_on_error=False)
        unknown = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:  # the server was restarted: these did not run
            self._sha = _text(self._client.script_load(self._source))
            again = self._send([messages[index] for index in unknown])
            found = dict(zip(unknown, again, strict=True))
            return [found.get(i) or _decoded(answer) for i, answer in enumerate(answers)]
        return [_decoded(answer) for answer in answers]

    def _lost(self, batch: list[Asked], error: Exception) -> None:
        if self._away_since is None:
            log.warning("the counters' server does not answer (%s)", type(error).__name__)
        with contextlib.suppress(Exception):
            self._client.connection_pool.disconnect()
        with self._condition:
            if self._away_since is None:
                self._away_since = time.monotonic()
                self._tried = False
            again = [asked for asked in (*batch, *self._waiting) if asked.kept and self._open]
            failed = [x for x in (*batch, *self._waiting) if not (x.kept and self._open)]
            self._waiting = deque(again)
        for asked in failed:
            if not asked.answer.done():
                asked.answer.set_exception(CountersAwayError())


def _decoded(answer: Any) -> list[Any]:
    if isinstance(answer, Exception):
        raise answer
    decoded: list[Any] = msgspec.msgpack.decode(answer)
    return decoded


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def client_of(url: str) -> Any:
    """Return a client of redis-py. Raises InputError (the URL), MissingPartError (no redis-py)."""
    if not url.startswith(_SCHEMES):
        raise InputError(
            "The counters' URL cannot be read.",
            hint="It looks like valkey://HOST:6379/0 or rediss://USER:PASSWORD@HOST:6379/0 (TLS).",
        )
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ModuleNotFoundError:
        raise MissingPartError(
            "The client for Valkey is not installed.", hint="pip install 'seawall[valkey]'"
        ) from None
    spoken = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url
    return redis.Redis.from_url(
        spoken,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
