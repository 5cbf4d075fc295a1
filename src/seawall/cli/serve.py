"""Run the gateway in front of a model provider."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json

if TYPE_CHECKING:
    from seawall.gateway.serve import Started

INTERRUPTED = 130  # as shells say of Ctrl-C


def command(
    policy: Annotated[
        Path | None,
        typer.Option(help="The policy file; without it, what was published serves."),
    ] = None,
    data: Data = DEFAULT_DATA,
    application: Annotated[
        str, typer.Option(help="Whose published policy to follow, where there are several.")
    ] = "",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 8080,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Allow an address that others can reach.")
    ] = False,
    drain_notice: Annotated[
        float,
        typer.Option(min=0, help="Seconds to serve on as not ready after SIGTERM, before closing."),
    ] = 0.0,
    drain: Annotated[
        int, typer.Option(min=0, help="Seconds that running requests get to end after that.")
    ] = 30,
    max_stale: Annotated[
        int,
        typer.Option(min=0, help="Seconds that cached keys and policy serve without the database."),
    ] = 900,
    as_json: Json = False,
) -> int:
    """Run the gateway until Ctrl-C. Point OPENAI_BASE_URL at the URL that it prints."""
    gc.disable()  # a start makes objects that stay: looking for garbage among them costs 0.2 s
    from seawall.gateway.serve import serve
    from seawall.gateway.settings import Settings

    def tell(started: "Started") -> None:
        if as_json:
            print_json(started)
            return
        if started.key:
            typer.echo(f"Admin key, shown once: {started.key}", err=True)
            typer.echo("Give each function its own: `seawall keys create` makes one.", err=True)
        elif started.keys_exist:
            typer.echo("The database has API keys already, so no admin key was made.", err=True)
        typer.echo(f"Seawall serves {started.application} at {started.url} (Ctrl-C ends it)")

    settings = Settings(drain_notice_seconds=drain_notice, drain_seconds=drain,
                        stale_seconds=float(max_stale))  # fmt: skip
    drained = serve(policy, Path(data), host, port, application=application,
                    allow_remote=allow_remote, tell=tell, settings=settings)  # fmt: skip
    return 0 if drained else INTERRUPTED
