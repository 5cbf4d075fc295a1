"""Open a connection: names looked up and kept for a minute, addresses tried side by side."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

from seawall.gateway.http.errors import ConnectError

_KEEP_SECONDS = 60.0
# The next address is tried while the one before has not answered this long (RFC 8305).
_STAGGER_SECONDS = 0.25
Address = tuple[int, tuple[Any, ...]]


class Dialer:
    """Makes connections. TLS checks the certificate and the name, against the system's roots."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[float, list[Address]]] = {}
        self._tls: ssl.SSLContext | None = None

    async def connect(
        self, protocol: Callable[[], asyncio.Protocol], host: str, port: int, tls: bool
    ) -> asyncio.Protocol:
        """Return a connected protocol. Raises ConnectError."""
        loop = asyncio.get_running_loop()
        found: socket.socket | None = None
        try:
            context = await self._context() if tls else None
            found = await self._socket(host, port)
            name = host if tls else None
            _, made = await loop.create_connection(
                protocol, sock=found, ssl=context, server_hostname=name
            )
        except (OSError, ssl.SSLError, UnicodeError):
            self._known.pop((host, port), None)
            if found is not None:
                found.close()
            raise ConnectError from None
        except BaseException:
            if found is not None:
                found.close()
            raise
        return made

    async def _context(self) -> ssl.SSLContext:
        """Return the settings of TLS; the system's roots are read once, beside the event loop."""
        if self._tls is None:
            context = await asyncio.to_thread(ssl.create_default_context)
            context.set_alpn_protocols(["http/1.1"])
            self._tls = context
        return self._tls

    async def _addresses(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        until, known = self._known.get((host, port), (0.0, []))
        if loop.time() < until:
            return known
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = _mixed([(family, place) for family, _, _, _, place in found])
        self._known[host, port] = (loop.time() + _KEEP_SECONDS, addresses)
        return addresses

    async def _socket(self, host: str, port: int) -> socket.socket:
        """Return the first socket that connects. Raises OSError."""
        waiting = await self._addresses(host, port)
        if len(waiting) == 1:
            return await _opened(waiting[0])
        tries: set[asyncio.Task[socket.socket]] = set()
        left, last = list(waiting), OSError("no address")
        try:
            while left or tries:
                if left:
                    tries.add(asyncio.ensure_future(_opened(left.pop(0))))
                patience = _STAGGER_SECONDS if left else None
                done, tries = await asyncio.wait(
                    tries, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    error = task.exception()
                    if error is None:
                        tries |= done - {task}
                        return task.result()
                    last = error if isinstance(error, OSError) else last
            raise last
        finally:
            for task in tries:
                task.cancel()
                task.add_done_callback(_close)


def _close(task: "asyncio.Task[socket.socket]") -> None:
    """Close the socket of an address that came second."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()


def _mixed(addresses: list[Address]) -> list[Address]:
    """Return addresses with the families in turn: one kind that leads nowhere costs one try."""
    first = [x for x in addresses if x[0] == addresses[0][0]]
    other = [x for x in addresses if x[0] != addresses[0][0]]
    mixed: list[Address] = []
    while first or other:
        for group in (first, other):
            if group:
                mixed.append(group.pop(0))
    return mixed


async def _opened(address: Address) -> socket.socket:
    family, place = address
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setblocking(False)
        with contextlib.suppress(OSError):
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(found, place)
    except BaseException:
        found.close()
        raise
    return found
