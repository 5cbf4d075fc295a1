"""Show what a policy would infer of an agent's tools."""

import codecs
import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from seawall.cli._output import Json, print_json

# Others could mean something else in YAML: on, null, 123.
_PLAIN = re.compile(r"[A-Za-z]\w*_\w+|[a-z]+[A-Z]\w*|[A-Za-z]{6,}")

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
    file: Annotated[Path, typer.Argument(help="A recorded request (JSON, or JSON Lines).")],
    as_json: Json = False,
) -> None:
    """Print the tools' inferred effects and sources as a policy section for a person to confirm."""
    from seawall.core.errors import InputError
    from seawall.policy.provenance.infer import infer

    try:
        data = file.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    found = [infer(name, definition) for name, definition in _offered(data).items()]
    if as_json:
        for profile in found:
            print_json(profile)
        return
    typer.echo("tools:\n  unlisted: infer\n  rules:")
    for profile in found:
        source = "trusted" if profile.trusted else "untrusted"
        name = profile.name if _PLAIN.fullmatch(profile.name) else json.dumps(profile.name)
        typer.echo(f"    {name}:")
        typer.echo(f"      effect: {profile.effect}  # from {profile.why}")
        typer.echo(f"      returns: {source}\n      control: CTL-TOOL-RULES\n      action: redact")
        kinds = ", ".join(f"{name} is {kind}" for name, kind in profile.kinds.items())
        typer.echo(f"      # arguments: {kinds or 'none'}")


def _offered(data: bytes) -> dict[str, Any]:
    """Return the tools that any of the recorded requests offers, by name; the first of a name.

    Raises RequestError.
    """
    from seawall.core.errors import RequestError
    from seawall.policy.recorded import chat_body
    from seawall.wire import strict_json
    from seawall.wire.openai_chat import parse_request

    try:
        bodies = [chat_body(data)]
    except RequestError:
        if b"\n" not in data.strip():
            raise
        bodies = [_body(line, number) for number, line in enumerate(data.splitlines(), 1)
                  if line.strip()]  # fmt: skip
    found: dict[str, Any] = {}
    for body in bodies:
        for name, definition in parse_request(strict_json.dumps(body)).tools.items():
            found.setdefault(name, definition)
    return found


def _body(line: bytes, number: int) -> dict[str, Any]:
    from seawall.core.errors import InputError, RequestError
    from seawall.policy.recorded import chat_body

    try:
        return chat_body(line)
    except RequestError as error:
        raise InputError(f"Line {number}: {error.message}", hint=error.hint) from None
