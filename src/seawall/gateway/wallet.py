"""Denial of wallet: the same request again and again, and cost far above what is usual."""

import math
import re
import zlib
from collections import OrderedDict, deque

import msgspec

from seawall.core.exchange import Exchange, Role

_WORD = re.compile(r"\w+")
_SKETCH = 32
_MAX_CHARS = 8192
_MAX_SESSIONS = 20_000
_BUCKET = 600.0
_BUCKETS_A_DAY, _BUCKETS_AN_HOUR = 144, 6
_MAX_KEYS = 20_000

_MODEL = (Role.ASSISTANT, Role.TOOL_CALL)
_NEW = (Role.USER, Role.TOOL, Role.DOCUMENT)

Sketch = frozenset[int]


def news_of(exchange: Exchange) -> str:
    """Return what is new in a request: all that follows the model's last words (8,192 chars).

    A conversation that grows repeats its history; only what was added tells whether it turns in
    a circle.
    """
    texts: list[str] = []
    for part in reversed(exchange.parts):
        if part.role in _MODEL and texts:
            break
        if part.role in _NEW:
            image = "" if part.image is None else f"image {zlib.crc32(part.image)}"
            texts.append(part.text or image)
    return "\n".join(reversed(texts))[-_MAX_CHARS:]


def sketch_of(text: str) -> Sketch:
    """Return the 32 least hashes of the text's word triples; of a short text, of the text."""
    words = _WORD.findall(text.lower())
    if len(words) < 4:
        return frozenset((zlib.crc32(" ".join(words).encode()),))
    triples = zip(words, words[1:], words[2:], strict=False)
    return frozenset(
        sorted({zlib.crc32(" ".join(triple).encode()) for triple in triples})[:_SKETCH]
    )


def alike(one: Sketch, other: Sketch) -> float:
    """Return the share of word triples that two texts have in common, estimated (0 to 1)."""
    least = frozenset(sorted(one | other)[: max(len(one), len(other))])
    return len(least & one & other) / len(least)


class LoopDetector:
    """Counts requests of one session that are the same or nearly the same. For one event loop.

    `repeats` within `seconds` are too many; `similarity` is a share of word triples. Memory is
    bounded: the session that was quiet longest is forgotten first.
    """

    def __init__(
        self, repeats: int, seconds: float, similarity: float,
        *, before: "LoopDetector | None" = None,
    ) -> None:  # fmt: skip
        """Begin with what `before` has seen, which goes on to count for both."""
        self._repeats = repeats
        self._seconds = seconds
        self._similarity = similarity
        self._sessions: OrderedDict[str, deque[tuple[float, Sketch]]] = (
            OrderedDict() if before is None else before._sessions
        )

    def wait(self, session: str, text: str, now: float) -> float:
        """Count a request; return 0.0, or the seconds until it is no repetition too many.

        A refused request counts too: whoever goes on in a circle stays refused.
        """
        seen = self._sessions.setdefault(session, deque(maxlen=self._repeats * 4))
        if seen.maxlen != self._repeats * 4:
            seen = self._sessions[session] = deque(seen, maxlen=self._repeats * 4)
        self._sessions.move_to_end(session)
        if len(self._sessions) > _MAX_SESSIONS:
            self._sessions.popitem(last=False)
        while seen and seen[0][0] + self._seconds <= now:
            seen.popleft()
        sketch = sketch_of(text)
        same = [time for time, old in seen if alike(sketch, old) >= self._similarity]
        seen.append((now, sketch))
        if len(same) < self._repeats:
            return 0.0
        return max(1.0, [*same, now][-self._repeats] + self._seconds - now)


class _Spending(msgspec.Struct):
    """Billionths of the currency by ten minutes, and the first bucket ever."""

    first: int
    buckets: dict[int, int] = {}


class CostRate:
    """Notices that a key costs far more than it usually does. For one event loop.

    In ten minutes, `floor` billionths are never too much; beyond, `factor` times the average of
    the last day is. The average is that of the day so far for a key that is new.
    """

    def __init__(self, floor: int, factor: float, *, before: "CostRate | None" = None) -> None:
        """Begin with what `before` has counted, which goes on to count for both."""
        self._floor = floor
        self._factor = factor
        self._keys: OrderedDict[str, _Spending] = OrderedDict() if before is None else before._keys

    def note(self, key: str, nanos: int, now: float) -> None:
        """Count what a settled request cost."""
        bucket = int(now // _BUCKET)
        spending = self._keys.setdefault(key, _Spending(first=bucket))
        self._keys.move_to_end(key)
        if len(self._keys) > _MAX_KEYS:
            self._keys.popitem(last=False)
        spending.buckets[bucket] = spending.buckets.get(bucket, 0) + nanos
        if len(spending.buckets) > _BUCKETS_A_DAY + 1:
            oldest = bucket - _BUCKETS_A_DAY
            spending.buckets = {at: sum_ for at, sum_ in spending.buckets.items() if at >= oldest}

    def restore(self, key: str, nanos: int, seconds: float, now: float) -> None:
        """Take what a key spent in the `seconds` before this start for its usual cost."""
        hourly = round(nanos * 3600 / max(seconds, _BUCKET))
        bucket = int(now // _BUCKET)
        first = bucket - _BUCKETS_A_DAY
        buckets = dict.fromkeys(range(first, bucket, _BUCKETS_AN_HOUR), hourly)
        self._keys[key] = _Spending(first=first, buckets=buckets)

    def wait(self, key: str, now: float) -> float:
        """Return 0.0, or the seconds until the ten minutes that cost too much are over."""
        spending = self._keys.get(key)
        if spending is None:
            return 0.0
        bucket = int(now // _BUCKET)
        current = spending.buckets.get(bucket, 0)
        if current <= self._floor:
            return 0.0
        day = range(bucket - _BUCKETS_A_DAY, bucket)
        before = sum(spending.buckets.get(at, 0) for at in day)
        known = min(_BUCKETS_A_DAY, bucket - spending.first)
        usual = before / known if known else 0.0
        if current <= max(float(self._floor), self._factor * usual):
            return 0.0
        return math.ceil((bucket + 1) * _BUCKET - now)
