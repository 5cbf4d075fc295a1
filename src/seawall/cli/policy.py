"""Check a policy file, compare two, or print the JSON Schema that editors use."""

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import Json, print_json, print_table

app = typer.Typer(
    help="Check a policy file, compare two, or print its JSON Schema.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The policy file.")],
    as_json: Json = False,
) -> None:
    """Check a policy file: types, names, patterns, detectors (exit 2 with file and line)."""
    from seawall.catalog.load import load_catalog
    from seawall.core import yamlfile
    from seawall.guard.cards import cards
    from seawall.guard.engine import GuardEngine
    from seawall.policy.fitting import control_doubts
    from seawall.policy.load import load_policy

    policy = load_policy(file, cards())
    # Raises where registered texts cannot be opened, or an own rule misses its examples.
    GuardEngine(policy.guards, own_rules=policy.own)
    counts = {
        "models": sum(len(upstream.models) for upstream in policy.upstreams),
        "functions": len(policy.functions),
        "guards": len(policy.guards),
        "tools": len(policy.tools.rules),
        "rules": len(policy.rules),
    }
    text = yamlfile.read_text(file)
    doubts = [
        f"{file}:{yamlfile.line_of(text, keys)}: {message} {hint}"
        for keys, message, hint in control_doubts(policy, load_catalog().controls)
    ]
    if as_json:
        told = {"application": policy.application, **counts, "warnings": doubts}
        print_json({"ok": True, "file": str(file), **told})
        return
    for doubt in doubts:
        typer.echo(f"Warning: {doubt}", err=True)
    summary = ", ".join(f"{count} {name}" for name, count in counts.items())
    typer.echo(f"{file} is valid: application {policy.application}, {summary}.")


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="The running policy.")],
    after: Annotated[Path, typer.Argument(help="The planned policy.")],
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 4 when the second guards less anywhere.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Say what differs between two policies, and where the second one guards less."""
    from seawall.policy.diff import diff as changes_of
    from seawall.policy.load import load_policy

    changes = changes_of(load_policy(before), load_policy(after))
    weaker = sum(one.effect == "weaker" for one in changes)
    if as_json:
        print_json({"weaker": weaker, "changes": changes})
    elif not changes:
        typer.echo("Both policies do the same.")
    else:
        print_table(
            ("", "place", "before", "after"),
            [
                ("" if one.effect == "other" else one.effect, one.place, one.before, one.after)
                for one in changes
            ],
            title=f"{len(changes)} differences, {weaker} of them weaker",
        )
    return 4 if strict and weaker else 0


@app.command()
def schema() -> None:
    """Print the JSON Schema of the policy file."""
    import json

    from seawall.policy.load import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
