"""Show what a policy would infer of an agent's tools."""

import codecs
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import Json, print_json

app = typer.Typer(
    help="Show what a policy would infer of an agent's tools.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _group() -> None:
    """Show what a policy would infer of an agent's tools."""


@app.command()
def review(
    file: Annotated[Path, typer.Argument(help="A recorded chat request (JSON, or JSON Lines).")],
    as_json: Json = False,
) -> None:
    """Print the tools' inferred effects and sources as a policy section for a person to confirm."""
    from seawall.core.errors import InputError
    from seawall.core.exchange import Exchange
    from seawall.policy.provenance.infer import infer
    from seawall.wire.openai_chat import parse_request

    try:
        data = file.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    if data.count(b"\n{"):
        data = data.splitlines()[0]
    exchange: Exchange = parse_request(data)
    found = [infer(name, definition) for name, definition in exchange.tools.items()]
    if as_json:
        for profile in found:
            print_json(profile)
        return
    typer.echo("tools:\n  unlisted: infer\n  rules:")
    for profile in found:
        source = "trusted" if profile.trusted else "untrusted"
        typer.echo(f"    {profile.name}:")
        typer.echo(f"      effect: {profile.effect}  # from {profile.why}")
        typer.echo(f"      returns: {source}\n      control: CTL-TOOL-RULES\n      action: redact")
        kinds = ", ".join(f"{name} is {kind}" for name, kind in profile.kinds.items())
        typer.echo(f"      # arguments: {kinds or 'none'}")
