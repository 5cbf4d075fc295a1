"""Audit records as syslog messages: RFC 5424 over UDP (5426), TCP (6587) or TLS (5425)."""

import os
import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from seawall.core.errors import InputError

# Facility 13 (log audit), severity 6 (informational).
PRIORITY = 13 * 8 + 6
_PORTS = {"udp": 514, "tcp": 601, "tls": 6514}
_CONNECT_SECONDS = 5.0
# What a datagram carries surely; a longer record is named, and is whole in the log.
MAX_DATAGRAM = 8_192


class Durable(msgspec.Struct, frozen=True, kw_only=True):
    """A record that became durable: seq, time (Unix ns), hash and body as it was hashed."""

    seq: int
    time: int
    hash: bytes
    body: bytes


class Syslog:
    """Sends records to one server. `url` is udp://, tcp:// or tls:// with host and port.

    The server's certificate is checked against the system's authorities. Raises InputError for
    another kind of address.
    """

    def __init__(self, url: str, *, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in _PORTS or not parts.hostname or port == -1 or parts.path.strip("/"):
            raise InputError(
                f"{url!r} is no syslog server.", hint="Write udp://, tcp:// or tls://HOST:PORT."
            )
        self._kind = parts.scheme
        self._host = parts.hostname
        self._port = port or _PORTS[parts.scheme]
        self._context = context
        self._socket: socket.socket | None = None
        self._own = f"{socket.gethostname() or '-'} seawall {os.getpid()}"

    def send(self, batch: list[Durable]) -> None:
        """Send a batch, connecting where needed. Raises OSError."""
        try:
            connection = self._connected()
            for record in batch:
                if self._kind == "udp":
                    connection.send(self.message(record, MAX_DATAGRAM))
                else:
                    message = self.message(record)
                    connection.sendall(b"%d " % len(message) + message)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next batch opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def message(self, record: Durable, limit: int | None = None) -> bytes:
        """Return one message: header, seq and hash as structured data, the record as JSON."""
        when = datetime.fromtimestamp(record.time / 1e9, UTC).isoformat(timespec="milliseconds")
        head = (
            f"<{PRIORITY}>1 {when.replace('+00:00', 'Z')} {self._own} audit "
            f'[seawall@32473 seq="{record.seq}" hash="{record.hash.hex()}"] '
        ).encode()
        body = b"\xef\xbb\xbf" + record.body
        if limit is not None and len(head) + len(body) > limit:
            body = b'\xef\xbb\xbf{"too_long":%d}' % len(record.body)
        return head + body

    def _connected(self) -> socket.socket:
        if self._socket is not None:
            return self._socket
        if self._kind == "udp":
            family, kind, number, _, address = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_DGRAM
            )[0]
            self._socket = socket.socket(family, kind, number)
            self._socket.connect(address)
            return self._socket
        plain = socket.create_connection((self._host, self._port), _CONNECT_SECONDS)
        self._socket = plain
        if self._kind == "tls":
            context = self._context or ssl.create_default_context()
            self._socket = context.wrap_socket(plain, server_hostname=self._host)
        return self._socket
