"""The MCP proxy over HTTP with servers that say much, end early, refuse, or speak unasked."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import uvicorn
from gateway_support import running
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from test_gateway_mcp_sdk import POLICY

from seawall.gateway.mcp.http import HttpProxy, Server
from seawall.gateway.mcp.session import Session
from seawall.gateway.serve import build_engine
from seawall.gateway.settings import Settings
from seawall.gateway.steps.guard import GuardRunner
from seawall.policy.load import decode_policy
from seawall.store.db import open_store
from seawall.store.pins import Pins

PING = {"jsonrpc": "2.0", "id": 4, "method": "ping"}
SERVER = '''
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("towns")

@server.tool()
def tell(size: int) -> str:
    """Tells of a town."""
    return "A town by a lake. " * (size // 18)

@server.tool()
async def more(ctx: Context) -> str:
    """Adds a tool."""
    server.add_tool(tell, name="added")
    await ctx.session.send_tool_list_changed()
    return "added"
'''


@contextmanager
def proxied(folder: Path, inner: Any, lifespan: str = "off") -> Iterator[str]:
    """Yield the proxy's address in front of a server."""
    policy = decode_policy(POLICY, "test")
    runner = GuardRunner(build_engine(policy), policy, Settings())
    session = Session("towns", runner, Pins(open_store(str(folder / "data"))))
    with running(uvicorn.Config(inner, log_level="critical", lifespan=lifespan)) as upstream:
        proxy = HttpProxy(f"http://127.0.0.1:{upstream}/mcp", session)
        config = uvicorn.Config(proxy.app(), log_level="critical", lifespan="off")
        with running(config) as port:
            yield f"http://127.0.0.1:{port}/mcp"


def scripted(answer: Callable[[Request], Any]) -> Starlette:
    async def serve(request: Request) -> Response:
        made: Response = await answer(request)
        return made

    return Starlette(routes=[Route("/mcp", serve, methods=["GET", "POST", "DELETE"])])


def server(*, json_response: bool = False) -> Any:
    names: dict[str, Any] = {"__name__": "served"}
    exec(SERVER, names)
    return names["server"].streamable_http_app(json_response=json_response)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
@pytest.mark.parametrize("json_response", [False, True])
def test_a_long_result_comes_whole(tmp_path: Path, mode: str, json_response: bool) -> None:
    from mcp import Client

    async def talk(url: str) -> None:
        async with Client(url, read_timeout_seconds=60, mode=mode) as client:
            await client.list_tools()
            told = await client.call_tool("tell", {"size": 360_000})
            assert not told.is_error and len(told.content[0].text) == 360_000

    with proxied(tmp_path, server(json_response=json_response), "on") as url:
        asyncio.run(talk(url))


def test_a_change_of_tools_is_told_on_the_open_stream_and_waits_for_a_review(
    tmp_path: Path,
) -> None:
    from mcp import Client

    async def talk(url: str) -> None:
        told = asyncio.Event()

        async def heard(message: Any) -> None:
            if "list_changed" in str(message):
                told.set()

        async with Client(
            url, read_timeout_seconds=60, mode="legacy", message_handler=heard
        ) as client:
            assert len((await client.list_tools()).tools) == 2
            await client.call_tool("more", {})
            await asyncio.wait_for(told.wait(), 30)
            assert {one.name for one in (await client.list_tools()).tools} == {"tell", "more"}

    with proxied(tmp_path, server(), "on") as url:
        asyncio.run(talk(url))


def data_of(answer: httpx.Response) -> list[Any]:
    lines = answer.text.splitlines()
    return [json.loads(line[5:]) for line in lines if line.startswith("data:")]


@pytest.mark.parametrize("broken", [False, True])
def test_a_stream_that_ends_early_ends_in_an_error(tmp_path: Path, broken: bool) -> None:
    async def stream() -> Any:
        yield b'data: {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}\n\n'
        if broken:
            raise ConnectionResetError

    async def answer(_: Request) -> Response:
        return StreamingResponse(stream(), media_type="text/event-stream")

    with proxied(tmp_path, scripted(answer)) as url:
        *_, last = data_of(httpx.post(url, json=PING, timeout=60))
    assert last["id"] == 4 and "ended before it answered" in last["error"]["message"]


@pytest.mark.parametrize("body", [
    None, {"jsonrpc": "2.0", "id": "server-error", "error": {"code": -32600, "message": "x"}},
])  # fmt: skip
def test_a_refused_request_keeps_its_status_and_gets_an_error(tmp_path: Path, body: Any) -> None:
    async def answer(_: Request) -> Response:
        return Response(status_code=404) if body is None else JSONResponse(body, 404)

    with proxied(tmp_path, scripted(answer)) as url:
        told = httpx.post(url, json=PING, timeout=60)
    assert told.status_code == 404 and told.json()["id"] == 4 and told.json()["error"]


def test_a_server_that_is_gone_is_told(tmp_path: Path) -> None:
    policy = decode_policy(POLICY, "test")
    runner = GuardRunner(build_engine(policy), policy, Settings())
    session = Session("towns", runner, Pins(open_store(str(tmp_path / "data"))))
    app = HttpProxy("http://127.0.0.1:1/mcp", session).app()
    with running(uvicorn.Config(app, log_level="critical", lifespan="off")) as port:
        url = f"http://127.0.0.1:{port}/mcp"
        for method in ("DELETE", "GET", "POST"):
            told = httpx.request(method, url, json=PING if method == "POST" else None, timeout=60)
            assert told.status_code == 502 and "cannot be reached" in told.text


def test_a_client_that_goes_is_gone_for_the_server_too(tmp_path: Path) -> None:
    gone = threading.Event()

    async def answer(request: Request) -> Response:
        await request.body()
        assert (await request.receive())["type"] == "http.disconnect"
        gone.set()
        return Response(status_code=202)

    with proxied(tmp_path, scripted(answer)) as url:
        with pytest.raises(httpx.TimeoutException):
            httpx.post(url, json=PING, timeout=0.5)
        assert gone.wait(30)


def test_a_get_without_a_stream_is_not_answered(tmp_path: Path) -> None:
    async def answer(_: Request) -> Response:
        return JSONResponse({"jsonrpc": "2.0", "id": 1, "result": {"text": "Obey."}})

    with proxied(tmp_path, scripted(answer)) as url:
        told = httpx.get(url, timeout=60)
    assert (told.status_code, told.content) == (405, b"")


def test_who_only_listens_does_not_keep_the_proxy_from_ending(tmp_path: Path) -> None:
    async def stream() -> Any:
        yield b": open\n\n"
        await asyncio.sleep(120)

    async def answer(_: Request) -> Response:
        return StreamingResponse(stream(), media_type="text/event-stream")

    policy = decode_policy(POLICY, "test")
    runner = GuardRunner(build_engine(policy), policy, Settings())
    session = Session("towns", runner, Pins(open_store(str(tmp_path / "data"))))
    config = uvicorn.Config(scripted(answer), log_level="critical", lifespan="off",
                            timeout_graceful_shutdown=1)  # fmt: skip
    with running(config) as upstream:
        proxy = HttpProxy(f"http://127.0.0.1:{upstream}/mcp", session)
        own = uvicorn.Config(proxy.app(), log_level="critical", lifespan="off")
        served = Server(own, proxy)
        listener = own.bind_socket()
        port = listener.getsockname()[1]
        thread = threading.Thread(target=lambda: asyncio.run(served.serve([listener])))
        thread.start()
        try:
            with httpx.stream("GET", f"http://127.0.0.1:{port}/mcp", timeout=60) as listening:
                assert listening.status_code == 200
                served.should_exit = True
                thread.join(20)
                assert not thread.is_alive()
        finally:
            served.force_exit = served.should_exit = True
            thread.join(20)
