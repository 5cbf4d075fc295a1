"""What was judged a moment ago is not judged again: earlier turns, documents, images."""

import hashlib
from collections.abc import Sequence

import msgspec

from seawall.core.exchange import Part
from seawall.guard.decision import PartDecision
from seawall.guard.memo import Memo

MOST, MOST_CHARACTERS = 1024, 20_000
Key = tuple[bytes, str, str, str, str, bool]


def key_of(part: Part) -> Key | None:
    """Return what a part's decision depends on, its text as a digest; None for a long text."""
    if len(part.text) > MOST_CHARACTERS:
        return None
    content = part.image if part.image is not None else part.text.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(content, digest_size=16, person=b"image" if part.image else b"text")
    return digest.digest(), part.stage, part.trust, part.role, part.name, part.opaque


def key_of_all(parts: Sequence[Part]) -> Key | None:
    """Return what the decision on several parts put together depends on; None for long ones."""
    if sum(len(part.text) for part in parts) > MOST_CHARACTERS:
        return None
    digest = hashlib.blake2b(digest_size=16, person=b"together")
    for part in parts:
        content = part.text.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(4, "big") + content)
    last = parts[-1]
    return digest.digest(), last.stage, last.trust, last.role, last.name, last.opaque


class Memory:
    """The last decisions of one engine, in memory only. Thread-safe.

    UNKNOWN is not kept: what failed is tried again.
    """

    def __init__(self) -> None:
        self._kept: Memo[Key, PartDecision] = Memo(MOST)

    def get(self, key: Key, part: Part) -> PartDecision | None:
        """Return the decision on an equal part, at this part's place."""
        known = self._kept.get(key)
        if known is None:
            return None
        return msgspec.structs.replace(known, pointer=part.pointer, span=part.span)

    def put(self, key: Key, decision: PartDecision) -> None:
        """Keep a decision that nothing was unknown in."""
        if not decision.unknown:
            self._kept.put(key, decision)
