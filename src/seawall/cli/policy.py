"""Check a policy file, or print the JSON Schema that editors use."""

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import Json, print_json

app = typer.Typer(
    help="Check a policy file, or print its JSON Schema.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The policy file.")],
    as_json: Json = False,
) -> None:
    """Check a policy file: types, names, patterns, detectors (exit 2 with file and line)."""
    from seawall.guard.cards import cards
    from seawall.guard.engine import GuardEngine
    from seawall.policy.load import load_policy

    policy = load_policy(file, set(cards()))
    # Raises where a detector does not run at a rule's stages, or an own rule misses its examples.
    GuardEngine(policy.guards, own_rules=policy.own)
    counts = {
        "models": sum(len(upstream.models) for upstream in policy.upstreams),
        "functions": len(policy.functions),
        "guards": len(policy.guards),
        "tools": len(policy.tools.rules),
        "rules": len(policy.rules),
    }
    if as_json:
        print_json({"ok": True, "file": str(file), "application": policy.application, **counts})
        return
    summary = ", ".join(f"{count} {name}" for name, count in counts.items())
    typer.echo(f"{file} is valid: application {policy.application}, {summary}.")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the policy file."""
    import json

    from seawall.policy.load import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
