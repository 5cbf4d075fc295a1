"""A relay that only copies bytes to a port and back: what any process on the way adds."""

import asyncio
import sys

import uvloop


class _Provider(asyncio.Protocol):
    """A connection to the port, kept for the next client."""

    client: "_Client | None" = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self.client is not None:
            self.client.transport.write(data)


class _Client(asyncio.Protocol):
    """A client's connection."""

    def __init__(self, port: int, idle: list[_Provider]) -> None:
        self._port, self._idle = port, idle
        self._provider: _Provider | None = None
        self._early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        if self._idle:
            self._joined(self._idle.pop())
        else:
            self._dialing = asyncio.ensure_future(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        _, provider = await loop.create_connection(_Provider, "127.0.0.1", self._port)
        self._joined(provider)

    def _joined(self, provider: _Provider) -> None:
        self._provider, provider.client = provider, self
        if self._early:
            provider.transport.write(self._early)

    def data_received(self, data: bytes) -> None:
        if self._provider is None:
            self._early += data
        else:
            self._provider.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._provider is not None:
            self._provider.client = None
            self._idle.append(self._provider)


async def _serve(port: int) -> None:
    idle: list[_Provider] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Client(port, idle), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
