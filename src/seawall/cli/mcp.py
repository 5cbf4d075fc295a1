"""Stand between an MCP client and an MCP server, and review the server's tools."""

from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.gateway.mcp.session import Session

app = typer.Typer(
    help="Stand between an MCP client and an MCP server, and review its tools.",
    no_args_is_help=True,
    add_completion=False,
)
Name = Annotated[str, typer.Option("--name", help="The server's name, for its pinned tools.")]
PolicyFile = Annotated[str, typer.Option("--policy", help="The policy file.")]
ReviewFirst = Annotated[
    bool, typer.Option("--review-first", help="Also a new server's tools wait for a review.")
]


@app.command()
def run(
    command: Annotated[list[str], typer.Argument(help="The server's command, after --.")],
    name: Name,
    policy: PolicyFile,
    data: Data = DEFAULT_DATA,
    env: Annotated[list[str] | None, typer.Option("--env", help="A variable to pass on.")] = None,
    review_first: ReviewFirst = False,
) -> None:
    """Start a server and speak MCP on stdin and stdout in its place."""
    import asyncio
    import os

    from seawall.gateway.mcp.stdio import environment, serve

    session = _session(name, policy, data, trust_first=not review_first)
    asyncio.run(serve(session, command, environment(os.environ, env or [])))


@app.command()
def http(
    url: Annotated[str, typer.Argument(help="The server's MCP endpoint.")],
    name: Name,
    policy: PolicyFile,
    data: Data = DEFAULT_DATA,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 picks a free one.")
    ] = 8090,
    token_env: Annotated[
        str, typer.Option("--token-env", help="Variable with the proxy's own token.")
    ] = "",
    review_first: ReviewFirst = False,
    as_json: Json = False,
) -> None:
    """Listen on 127.0.0.1 and speak MCP at /mcp in the place of a server elsewhere."""
    import os

    import uvicorn

    from seawall.core.errors import InputError
    from seawall.gateway.mcp.http import HttpProxy, Server, check_url
    from seawall.gateway.serve import bind
    from seawall.gateway.settings import Settings

    check_url(url)
    token = os.environ.get(token_env, "") if token_env else ""
    if token_env and not token:
        raise InputError(f"The variable {token_env} is not set.")
    session = _session(name, policy, data, trust_first=not review_first)
    proxy = HttpProxy(url, session, token)
    listener = bind("127.0.0.1", port)
    listener.listen()  # who reads the address may connect at once
    place = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    if as_json:
        print_json({"name": name, "url": place})
    else:
        typer.echo(f"The MCP server {name} is at {place}.")
    config = uvicorn.Config(
        proxy.app(), log_level="warning", lifespan="on",
        timeout_graceful_shutdown=Settings().drain_seconds,
    )  # fmt: skip
    Server(config, proxy).run([listener])


def _session(name: str, policy: str, data: str, *, trust_first: bool) -> "Session":
    from pathlib import Path

    from seawall.gateway.mcp.session import Session
    from seawall.gateway.serve import build_engine
    from seawall.gateway.settings import Settings
    from seawall.gateway.steps.guard import GuardRunner
    from seawall.policy.load import load_policy
    from seawall.store.db import open_store
    from seawall.store.pins import Pins

    loaded = load_policy(Path(policy))
    runner = GuardRunner(build_engine(loaded), loaded, Settings())
    return Session(name, runner, Pins(open_store(data)), trust_first=trust_first)


@app.command()
def tools(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List the tools of every server: which are open, which wait for a review, and why."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.pins import Pins

    store = open_as_reader(data, Permission.POLICY_READ)
    pins = Pins(store).list()
    if as_json:
        print_json(pins)
        return
    rows = [
        (pin.server, pin.tool, "open" if pin.open else "changed" if pin.accepted else "new",
         pin.why, when(pin.changed))
        for pin in pins
    ]  # fmt: skip
    print_table(("server", "tool", "state", "note", "since"), rows)


@app.command()
def show(server: str, tool: str, data: Data = DEFAULT_DATA) -> None:
    """Print a tool's definition as it was seen last."""
    from seawall.cli._actor import open_as_reader
    from seawall.core.errors import NotFoundError
    from seawall.store.pins import Pins

    store = open_as_reader(data, Permission.POLICY_READ)
    for pin in Pins(store).list():
        if (pin.server, pin.tool) == (server, tool):
            typer.echo(ascii(pin.definition)[1:-1] if not pin.definition.isascii()
                       else pin.definition)  # fmt: skip
            return
    raise NotFoundError("No such tool was seen.", hint="`seawall mcp tools` lists what was.")


@app.command()
def accept(server: str, tool: str, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Accept a tool as it was seen last."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.pins import Pins

    store, actor = open_as_writer(data, Permission.APPROVALS_DECIDE)
    pin = Pins(store).accept(server, tool, actor=actor)
    if as_json:
        print_json(pin)
        return
    typer.echo(f"The tool {tool} of {server} is open.")
