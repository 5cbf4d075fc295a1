"""Server-sent events: a reader that survives any cut, and a writer (WHATWG HTML, 9.2.6)."""

import codecs
import io

from seawall.core.errors import UpstreamError

MAX_EVENT = 4 * 1024 * 1024
DONE = b"data: [DONE]\n\n"


def event(payload: bytes) -> bytes:
    """Return one event that carries `payload` (one line of JSON)."""
    return b"data: " + payload + b"\n\n"


def named(name: str, payload: bytes) -> bytes:
    """Return one event with a name (letters and `_`) that carries `payload` (one line of JSON)."""
    return b"event: " + name.encode("ascii") + b"\n" + event(payload)


class BrokenEventsError(UpstreamError):
    """The bytes cannot be read on; `events` holds the data of the events that came before that."""

    def __init__(self, message: str, events: list[str]) -> None:
        super().__init__(message)
        self.events = events


class Reader:
    """Collects events from bytes that may be cut anywhere, even inside a character or CR LF."""

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._max_event = max_event
        # The line that has begun, and its length: joined once, however many pieces it comes in.
        self._line, self._long = io.StringIO(), 0
        self._data: list[str] = []
        self._size = 0
        self._after_cr = False
        self._started = False
        # Whether nothing of an event, a line or a character waits for its rest.
        self._between = True

    def feed(self, chunk: bytes) -> list[str]:
        """Return the data of every event that `chunk` completes, in order.

        Raises BrokenEventsError for bytes that are not UTF-8 and for an event that is too large.
        """
        if self._between and (whole := self._whole(chunk)) is not None:
            return whole
        try:
            text = self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            events = self._read(error.object[: error.start].decode())
            raise BrokenEventsError("The provider's stream is not valid UTF-8.", events) from None
        events = self._read(text)
        if self._size + self._long > self._max_event:
            message = "The provider's stream holds an event that is too large."
            raise BrokenEventsError(message, events)
        waits = self._long or self._data or self._after_cr or self._decoder.getstate()[0]
        self._between = not waits
        return events

    def _read(self, text: str) -> list[str]:
        """Return the data of every event that `text` completes."""
        if not self._started and text:
            self._started = True
            text = text.removeprefix("\ufeff")
        if self._after_cr and text:
            self._after_cr = False
            text = text.removeprefix("\n")
        self._after_cr = self._after_cr or text.endswith("\r")
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if lines:
            lines[0] = self._begun() + lines[0]
        self._long += self._line.write(rest)
        return [data for line in lines if (data := self._take(line)) is not None]

    def _whole(self, chunk: bytes) -> list[str] | None:
        """Return the data of a chunk that is whole events of one line each, as most are."""
        if not chunk.startswith(b"data: ") or not chunk.endswith(b"\n\n") or b"\r" in chunk:
            return None
        if len(chunk) > self._max_event:
            return None
        try:
            text = chunk.decode()
        except UnicodeDecodeError:
            return None
        events = text[6:-2].split("\n\ndata: ")
        if text.count("\n") != 2 * len(events):
            return None
        self._started = True
        return events

    def finish(self) -> list[str]:
        """Return what a stream that ended without its last blank line still holds."""
        lines = (self._begun(), "")
        return [data for line in lines if (data := self._take(line)) is not None]

    def _begun(self) -> str:
        """Return the line that has begun, and begin the next."""
        if not self._long:
            return ""
        line = self._line.getvalue()
        self._line, self._long = io.StringIO(), 0
        return line

    def _take(self, line: str) -> str | None:
        """Take one line; return an event's data when the line ends it."""
        if not line:
            data, self._data, self._size = self._data, [], 0
            return "\n".join(data) if data else None
        field, _, value = line.partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))
            self._size += len(value)
        return None
