"""Check a policy file, compare two, publish one, and see which version replicas serve."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from seawall.store.db import Store
    from seawall.store.policies import Replica

app = typer.Typer(
    help="Check a policy file, compare two, publish one; see which version replicas serve.",
    no_args_is_help=True,
    add_completion=False,
)
Application = Annotated[str, typer.Option(help="Whose policy, where there are several.")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for replicas to follow.")]


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
def publish(
    file: Annotated[Path, typer.Argument(help="The policy file.")],
    data: Data = DEFAULT_DATA,
    key: Annotated[
        Path | None, typer.Option(help="Ed25519 private key (PEM) to sign with; else the folder's.")
    ] = None,
    wait: Wait = 10.0,
    as_json: Json = False,
) -> int:
    """Sign a policy and make it the newest: replicas that serve without --policy follow it."""
    from seawall.cli._actor import open_as_writer
    from seawall.core import yamlfile
    from seawall.gateway.in_force import hash_of
    from seawall.guard.cards import cards
    from seawall.guard.engine import GuardEngine
    from seawall.policy.load import decode_published
    from seawall.store import policies
    from seawall.store.pepper import agreed_pepper
    from seawall.store.signing import Signer

    text = yamlfile.read_text(file)
    policy = decode_published(text, str(file), cards())
    GuardEngine(policy.guards, own_rules=policy.own)
    store, actor = open_as_writer(data, Permission.POLICY_WRITE, must_exist=False)
    signer = Signer(store.folder, agreed_pepper(store), key_path=key)
    done = policies.publish(store, signer, policy.application, text, hash_of(policy), actor=actor)
    if not as_json:
        typer.echo(f"Published version {done.number} of {done.application} ({done.sha256[:12]}).")

    def heard(one: "Replica") -> bool:
        return one.source == "file" or done.number in (one.number, one.tried)

    return _followed(store, done.application, heard, wait, as_json)


@app.command()
def reload(
    data: Data = DEFAULT_DATA,
    application: Application = "",
    wait: Wait = 10.0,
    as_json: Json = False,
) -> int:
    """Let every running replica read its policy anew: its file, or what was published."""
    from seawall.cli._actor import open_as_writer
    from seawall.store import policies

    store, actor = open_as_writer(data, Permission.POLICY_WRITE)
    name = application or _only(policies.served_applications(store), "No gateway runs")
    number = policies.call(store, name, actor=actor)
    return _followed(store, name, lambda x: x.calls >= number, wait, as_json)


@app.command()
def status(data: Data = DEFAULT_DATA, application: Application = "", as_json: Json = False) -> None:
    """Show what was published, and which version each running replica serves."""
    from seawall.cli._actor import open_as_reader
    from seawall.store import policies

    store = open_as_reader(data, Permission.POLICY_READ)
    known = {*policies.applications(store), *policies.served_applications(store)}
    name = application or _only(sorted(known), "No policy was published")
    published = policies.list_published(store, name)
    running = policies.replicas(store, name)
    if as_json:
        print_json({"application": name, "published": published, "replicas": running})
        return
    rows = [(x.number, x.sha256[:12], x.actor, when(x.created)) for x in published]
    print_table(("version", "sha256", "by", "when"), rows, title=f"Published for {name}")
    _show(running)


def _only(names: list[str], none: str) -> str:
    """Return the one application there is. Raises InputError."""
    from seawall.core.errors import InputError

    if len(names) == 1:
        return names[0]
    if not names:
        raise InputError(f"{none} here.", hint="Check --data and SEAWALL_DATABASE_URL.")
    raise InputError(f"There are {len(names)} applications.",
                     hint=f"Name one with --application: {', '.join(names)}.")  # fmt: skip


def _followed(
    store: "Store", application: str, heard: "Callable[[Replica], bool]", wait: float, as_json: bool
) -> int:
    """Wait for the replicas and show them; return 2 where one refused it, 1 where one is silent."""
    from seawall.store import policies

    running = policies.awaited(store, application, heard, wait)
    if as_json:
        print_json({"application": application, "replicas": running})
    elif running:
        _show(running)
    else:
        typer.echo("No replica runs now.")
    for one in running:
        if one.error:
            typer.echo(f"{one.replica}: {one.error}", err=True)
        elif not heard(one):
            typer.echo(f"{one.replica}: nothing heard in {wait:g} seconds.", err=True)
    if any(one.error for one in running):
        return 2
    return 0 if all(heard(one) for one in running) else 1


def _show(running: "list[Replica]") -> None:
    rows = [
        (
            x.replica,
            x.number,
            x.sha256[:12],
            "its own file" if x.source == "file" else x.source,
            "refused" if x.error else "",
            when(x.seen),
        )
        for x in running
    ]
    columns = ("replica", "version", "sha256", "source", "last change", "seen")
    print_table(columns, rows, title="Replicas that run")


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
