"""Take a provider's stream in: bytes to events to held text, and stop where somebody must act."""

from collections import deque

from seawall.core.errors import UpstreamError
from seawall.gateway.call import Call
from seawall.gateway.relay import Relay
from seawall.gateway.stream_cap import StreamCap
from seawall.policy.spotlight import unmark
from seawall.wire import sse
from seawall.wire.openai_answer import Answer
from seawall.wire.upstreams import Events

# What has arrived at once must not keep others waiting.
_EVENTS_A_TURN = 16


class Intake:
    """Reads one stream into a relay, where the bytes arrive: no task is woken for each.

    `take` and `step` return True when there is something to release, to read on, to end or to
    raise; they inspect nothing and raise nothing themselves: `check` does.
    """

    def __init__(self, call: Call, relay: Relay, reader: Events) -> None:
        self._call, self._relay, self._reader = call, relay, reader
        self._lines = sse.Reader()
        self._cap = StreamCap(call.estimate_output)
        # 1 KiB for each token that the stream may hold, and a start.
        self._room = 1024 * 1024 + call.estimate_output * 1024
        self._waiting: deque[str] = deque()
        self._error: Exception | None = None
        self.ended = False

    @property
    def waiting(self) -> bool:
        """Say whether events have come that were not read."""
        return bool(self._waiting)

    def take(self, piece: bytes) -> bool:
        """Take bytes as they come."""
        self._room -= len(piece)
        try:
            if self._room < 0:
                raise UpstreamError("The provider's stream is too large.")
            self._waiting += self._lines.feed(piece)
        except Exception as error:  # noqa: BLE001 - whoever reads the stream raises it: `check`
            self._error = error
            return True
        return bool(self._waiting) and self.step()

    def finish(self) -> None:
        """Take the end of the bytes."""
        self._waiting += self._lines.finish()
        self.step()

    def step(self) -> bool:
        """Read some of the events that wait."""
        waiting, reader, ready = self._waiting, self._reader, False
        try:
            for _ in range(min(len(waiting), _EVENTS_A_TURN)):
                data = waiting.popleft()
                if data and not data.isspace() and (answer := reader.event(data)) is not None:
                    ready = self._read(answer) or ready
                if reader.done or self.ended:
                    self.ended = True
                    waiting.clear()
                    return True
        except Exception as error:  # noqa: BLE001 - as above
            self._error = error
            return True
        return ready or bool(waiting)

    def _read(self, answer: Answer) -> bool:
        if self._call.mark:
            unmark_all(answer, self._call.mark)
        ready = self._relay.take(answer)
        if self._cap.over(answer, self._call.seen_chars):
            self.ended = True
            self._relay.cut()
        return ready

    def check(self) -> None:
        """Raise what went wrong; what had come before it may be released first."""
        if self._error is not None:
            raise self._error


def unmark_all(answer: Answer, mark: str) -> None:
    """Write blanks where the model copied the mark that stands for them."""
    for choice in answer.choices if mark else ():
        choice.content = unmark(choice.content, mark) if choice.content else choice.content
        choice.refusal = unmark(choice.refusal, mark) if choice.refusal else choice.refusal
