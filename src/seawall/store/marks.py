"""Compare signed checkpoints with the records, while the log is walked once."""

from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seawall.core.errors import IntegrityError
from seawall.store import chain
from seawall.store.chain import Head
from seawall.store.checkpoints import checkpoints


class Marks:
    """The checkpoints of one file, in order. `add` hears each problem; `count` is how many it has.

    `first` is the record of the first one; `damaged`: a line could not be read.

    Memory does not grow with the file.
    """

    def __init__(
        self, path: Path, key: Ed25519PublicKey | None, add: Callable[[str], None]
    ) -> None:
        self.count = 0
        self.first = 0
        self.damaged = False
        self._key = key
        self._add = add
        self._heads: Iterator[Head] = checkpoints(path)
        self._seq = -1
        self._next = self._read()

    def passed(self, seq: int, digest: bytes) -> None:
        """Compare the checkpoints at this record; those before it belong to missing records."""
        while self._next is not None and self._next.seq <= seq:
            if self._next.seq == seq and self._next.hash != digest.hex():
                self._add(f"record {seq}: not the one that checkpoint {self.count} signs")
            self._next = self._read()

    def ended(self, seq: int) -> None:
        """Report the checkpoints that count more records than there are."""
        last = None
        while self._next is not None:
            last = self._next if self._next.seq > seq else last
            self._next = self._read()
        if last is not None:
            self._add(
                f"record {last.seq}: missing at the end, checkpoint {self.count} counts "
                f"{last.count} records"
            )

    def _read(self) -> Head | None:
        try:
            head = next(self._heads, None)
        except IntegrityError:
            self._add(f"checkpoint {self.count + 1}: cannot be read")
            self.damaged = True
            return None
        if head is None:
            return None
        self.count += 1
        self.first = head.seq if self.count == 1 else self.first
        if self._key is not None and not chain.signed_by(head, self._key):
            self._add(f"checkpoint {self.count}: the signature over record {head.seq} is wrong")
        if head.seq < self._seq or head.count != head.seq:
            self._add(f"checkpoint {self.count}: out of order")
        self._seq = head.seq
        return head
