"""A multipart/form-data body for a provider (RFC 7578), written anew."""

import secrets

from seawall.wire.direct import Outgoing


class FormBody:
    """The pieces of a body and its content type. It is sent once: an upload is not repeated."""

    def __init__(self, sent: Outgoing) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.pieces: list[bytes] = []
        for name, text in sent.pairs:
            self._part(boundary, _named(name), text.encode("utf-8", "surrogatepass"))
        for upload in sent.uploads:
            kind = _plain(upload.media_type) or "application/octet-stream"
            head = f'{_named(upload.field)}; filename="{_quoted(upload.name)}"'
            self._part(boundary, f"{head}\r\ncontent-type: {kind}", upload.data)
        self.pieces.append(f"--{boundary}--\r\n".encode())

    def _part(self, boundary: str, head: str, data: bytes) -> None:
        self.pieces += [f"--{boundary}\r\n{head}\r\n\r\n".encode(), data, b"\r\n"]

    @property
    def size(self) -> int:
        """Return the body's length in bytes."""
        return sum(len(piece) for piece in self.pieces)


def _named(name: str) -> str:
    return f'content-disposition: form-data; name="{_quoted(name)}"'


def _quoted(text: str) -> str:
    """Return a name as HTML's forms write it: nothing in it can end the quotes or the line."""
    kept = "".join(char for char in text if char in "\r\n" or char.isprintable())
    return kept.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _plain(text: str) -> str:
    return text if text.isascii() and text.isprintable() else ""
