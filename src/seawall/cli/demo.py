"""Run the whole loop on the bundled application, or the application alone."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import Json, print_json
from seawall.core.errors import GateError
from seawall.demo.names import HARMLESS

app = typer.Typer(add_completion=False)
Out = Annotated[Path, typer.Option(help="Folder for the results.")]
Upstream = Annotated[str, typer.Option(help="A real provider's base URL, ending in /v1.")]
Model = Annotated[str, typer.Option(help="The real provider's model.")]


@app.callback(invoke_without_command=True)
def loop(
    context: typer.Context,
    out: Out = Path("demo-out"),
    upstream: Upstream = "",
    model: Model = "",
    seed: Annotated[int, typer.Option(help="Seed of attacks and simulation.")] = 20261124,
    n: Annotated[int | None, typer.Option(min=1, help="Attacks a pitfall and mode.")] = None,
    harmless: Annotated[
        int, typer.Option(min=0, help="Harmless conversations; 0 holds all there are.")
    ] = HARMLESS,
    as_json: Json = False,
) -> None:
    """Assess, attack, protect, attack again and prove, on the bundled application.

    A real provider's key is read from SEAWALL_UPSTREAM_KEY.
    """
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    from seawall.demo import table
    from seawall.demo.bench import provider_of
    from seawall.demo.loop import Settings, run
    from seawall.demo.progress import Stages

    console = Console(stderr=as_json)
    if not console.is_terminal:
        console = Console(stderr=as_json, width=150)
    provider = provider_of(upstream, model)
    settings = Settings(out=out, seed=seed, n=n, harmless=harmless or None, provider=provider)
    outcome = run(settings, Stages(console))
    if as_json:
        typer.echo((out / "summary.json").read_text(encoding="utf-8"))
    else:
        table.show(console, outcome.register, outcome.gate, outcome.harmless)
        report = (out / "report.html").resolve()
        console.print(f"Report: open {report}", highlight=False, soft_wrap=True)
        console.print(
            f"Keep it running: {_serve(out)}",
            highlight=False,
            soft_wrap=True,
        )
    if not outcome.gate.passes:
        raise GateError(
            "The demo's gate did not pass.", hint=f"The reasons are in {out / 'report.html'}."
        )


@app.command("app")
def application(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks one.")] = 8090,
    gateway: Annotated[str, typer.Option(help="A gateway's base URL, ending in /v1.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of canaries and simulation.")] = 20261124,
    as_json: Json = False,
) -> None:
    """Run the bundled application alone, with its simulated model; Ctrl-C ends it.

    With --gateway the keys are read from SHOPBANK_SUPPORT_KEY and SHOPBANK_REPORTS_KEY.
    """
    from seawall.demo.bench import run_application

    run_application(port, gateway, seed, lambda started: _tell(started, as_json))


@app.command("serve")
def serve(
    out: Out = Path("demo-out"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="The application's port.")] = 8090,
    as_json: Json = False,
) -> None:
    """Run the bundled application behind the gateway with the policy of an earlier demo."""
    from seawall.demo.bench import serve_protected

    serve_protected(out, port, lambda started: _tell(started, as_json))


def _serve(out: Path) -> str:
    """Return the commands that keep the demo running; `make serve` takes its folder from here."""
    own = f"seawall demo serve --out {shlex.quote(str(out))}"
    return f"make serve, or {own}" if out == Path("demo-out") else own


def _tell(started: dict[str, str], as_json: bool) -> None:
    if as_json:
        print_json(started)
        return
    for name, value in started.items():
        typer.echo(f"{name}: {value}")
