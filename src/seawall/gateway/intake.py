"""Take a provider's stream in: bytes to events to held text, and stop where somebody must act."""

from collections import deque
from itertools import islice

from seawall.core.errors import UpstreamError
from seawall.gateway.call import Call
from seawall.gateway.relay import Relay
from seawall.gateway.stream_cap import StreamCap
from seawall.policy.spotlight import unmark
from seawall.wire import sse
from seawall.wire.halves import Halves
from seawall.wire.openai_answer import Answer
from seawall.wire.openai_responses.upstream import MOST_EVENT, ResponseStream
from seawall.wire.upstreams import Events

# Of a token that a provider's own tool brings: its item comes three times.
_RESULT_BYTES = 16
# What has arrived at once must not keep others waiting.
_EVENTS_A_TURN, _BYTES_A_TURN = 16, 16 * 1024


class Intake:
    """Reads one stream into a relay, where the bytes arrive: no task is woken for each.

    `take` and `step` return True when there is something to release, to read on, to end or to
    raise; they inspect nothing and raise nothing themselves: `check` does.
    """

    def __init__(self, call: Call, relay: Relay, reader: Events) -> None:
        self._call, self._relay, self._reader = call, relay, reader
        self._lines = sse.Reader()
        self._halves = Halves()
        self._cap = StreamCap(call.estimate_output)
        # 1 KiB for each token that the stream may hold, and a start.
        self._room = 1024 * 1024 + call.estimate_output * 1024
        if isinstance(reader, ResponseStream):
            self._room += call.estimate_input * _RESULT_BYTES
            self._lines = sse.Reader(MOST_EVENT)
        self._waiting: deque[str] = deque()
        self._error: Exception | None = None
        # What broke the bytes behind the events that wait.
        self._broken: Exception | None = None
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
            events = self._fed(piece)
            few = len(piece) <= _BYTES_A_TURN and not self._waiting and self._broken is None
            few = few and not self._halves.waiting
            if few and events and self._texts(*self._reader.all_alike(events)):
                return self._relay.ready
        except Exception as error:  # noqa: BLE001 - whoever reads the stream raises it: `check`
            self._error = error
            return True
        self._waiting += events
        return (bool(self._waiting) or self._broken is not None) and self.step()

    def _fed(self, piece: bytes) -> list[str]:
        """Return the events that a piece completes; what breaks behind them is raised later."""
        try:
            return self._lines.feed(piece)
        except sse.BrokenEventsError as error:
            self._broken = error
            return error.events

    def finish(self) -> None:
        """Take the end of the bytes."""
        self._waiting += self._lines.finish()
        self.step()

    def step(self) -> bool:
        """Read some of the events that wait."""
        waiting, reader = self._waiting, self._reader
        turn = min(len(waiting), _EVENTS_A_TURN)
        try:
            while turn > 0:
                if alike := self._alike(turn):
                    turn -= alike
                    continue
                turn -= 1
                data = waiting.popleft()
                if data and not data.isspace() and (answer := reader.event(data)) is not None:
                    self._take(answer)
                    if self._cap.over(answer, self._call.seen_chars):
                        self.ended = True
                        self._relay.cut()
                if reader.done or self.ended:
                    self.ended = True
                    waiting.clear()
                    return True
        except Exception as error:  # noqa: BLE001 - as above
            self._error = error
            return True
        if self._broken is not None and not waiting:
            self.fail(self._broken)
            return True
        return self._relay.ready or bool(waiting)

    def _alike(self, most: int) -> int:
        """Take the first events, which only bring more text, as one; return how many they are.

        None near the cap of the stream: there each piece is counted by itself; none while half of
        a character waits for the next.
        """
        if self._halves.waiting:
            return 0
        index, texts = self._reader.alike(islice(self._waiting, most))
        if not self._texts(index, texts):
            return 0
        for _ in texts:
            self._waiting.popleft()
        return len(texts)

    def _texts(self, index: int, texts: list[str]) -> bool:
        """Take texts for a choice as one, unless there are none or the cap is near."""
        if not texts:
            return False
        text, pieces = "".join(texts), len(texts) - texts.count("")
        if not self._cap.holds(pieces, self._call.seen_chars + len(text)):
            return False
        self._relay.take_text(index, unmark(text, self._call.mark), pieces)
        return True

    def _take(self, answer: Answer) -> None:
        self._halves.join(answer)
        if self._call.mark:
            unmark_all(answer, self._call.mark)
        self._relay.take(answer)

    @property
    def smooth(self) -> bool:
        """Say whether all that has come was read, and nothing went wrong or ended."""
        return not (self._waiting or self.ended or self._error is not None)

    def fail(self, error: Exception) -> None:
        """Keep an error for whoever reads the stream."""
        self._error = self._error or error

    def check(self) -> None:
        """Raise what went wrong; what had come before it may be released first."""
        if self._error is not None:
            raise self._error


def unmark_all(answer: Answer, mark: str) -> None:
    """Write blanks where the model copied the mark that stands for them."""
    for choice in answer.choices if mark else ():
        choice.content = unmark(choice.content, mark) if choice.content else choice.content
        choice.refusal = unmark(choice.refusal, mark) if choice.refusal else choice.refusal
