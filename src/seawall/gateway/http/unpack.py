"""Bodies that come packed though nobody asked for it."""

import zlib

from seawall.gateway.http.errors import AnswerError

MOST = 16 * 1024 * 1024
_PIECE = 256 * 1024


class Unpacker:
    """Unpacks one body of gzip or zlib; what one read may grow to is limited."""

    def __init__(self) -> None:
        self._reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        self._room = MOST
        self._begun = False

    @property
    def complete(self) -> bool:
        """Say whether the body is empty or has come to its end."""
        return self._reader.eof or not self._begun

    def next_read(self) -> None:
        """Let what the next read brings grow to 16 MiB again, in however many pieces."""
        self._room = MOST

    def feed(self, data: bytes) -> list[bytes]:
        """Return pieces of at most 256 KiB.

        Raises AnswerError for what is not packed as said, grows beyond 16 MiB in one read, or
        stands behind the end.
        """
        found: list[bytes] = []
        self._begun = True
        while data:
            if self._reader.eof:
                raise AnswerError
            try:
                piece = self._reader.decompress(data, _PIECE)
            except zlib.error:
                raise AnswerError from None
            data = self._reader.unconsumed_tail or self._reader.unused_data
            self._room -= len(piece)
            if self._room < 0:
                raise AnswerError
            if piece:
                found.append(piece)
        return found


def unpacker(encoding: str) -> Unpacker | None:
    """Return what unpacks a body of a `content-encoding`; None for a plain one.

    Raises AnswerError for every other one.
    """
    kind = encoding.strip().lower()
    if kind in ("", "identity"):
        return None
    if kind not in ("gzip", "x-gzip", "deflate"):
        raise AnswerError
    return Unpacker()
