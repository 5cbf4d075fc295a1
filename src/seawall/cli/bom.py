"""Write the bill of materials, CycloneDX: models, tools, prompts by hash, guards."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._input import write_page
from seawall.cli._output import Json, print_json


def command(
    profile: Annotated[Path, typer.Argument(help="The application's profile (YAML).")],
    policy: Annotated[
        Path | None, typer.Option(help="The gateway's policy: providers, tool rules, guards.")
    ] = None,
    prompt: Annotated[
        list[Path] | None, typer.Option(help="A file with a prompt; only its hash is kept.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("bom.cdx.json"),
    as_json: Json = False,
) -> None:
    """Write what an application is made of as CycloneDX 1.6; --json prints it instead."""
    import msgspec

    from seawall import __version__
    from seawall.assess.profile import load_profile
    from seawall.core.errors import InputError
    from seawall.govern.bom import bom
    from seawall.policy.load import load_policy

    prompts: dict[str, bytes] = {}
    for path in prompt or ():
        if path.name in prompts:
            raise InputError(f"Two prompts are named {path.name}.", hint="Rename one file.")
        try:
            prompts[path.name] = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}.") from None
    made = bom(
        load_profile(profile),
        None if policy is None else load_policy(policy),
        prompts,
        now=datetime.now(UTC),
        version=__version__,
    )
    if as_json:
        print_json(made)
        return
    write_page(out, msgspec.json.format(msgspec.json.encode(made), indent=2))
    typer.echo(f"{len(made['components'])} parts, {len(made['services'])} providers: {out}")
