"""Create, list, rotate and revoke the API keys of the gateway."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission, require

app = typer.Typer(
    help="Create, list, rotate and revoke the API keys.", no_args_is_help=True, add_completion=False
)


@app.command()
def create(
    application: Annotated[str, typer.Option(help="Application, as in the policy file.")],
    function: Annotated[
        str, typer.Option(help="Function, as in the policy file; an admin key needs none.")
    ] = "",
    name: Annotated[str, typer.Option(help="Whose key it is, for you.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="Repeat to give some only.")] = None,
    expires_days: Annotated[int | None, typer.Option(min=1, help="Days until it ends.")] = None,
    team: Annotated[str, typer.Option(help="Team that the key belongs to.")] = "",
    model: Annotated[list[str] | None, typer.Option(help="Repeat: only these models.")] = None,
    tool: Annotated[list[str] | None, typer.Option(help="Repeat: only these tools.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="Role of a key with scope admin.")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Policy file: names that it does not have are refused.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Create a key. It is shown once: only its hash is stored."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.keys import SCOPES, create_key

    if policy is not None:
        _check_names(policy, application, function, model or ())
    expires = None if expires_days is None else int(time.time()) + expires_days * 86_400
    store, actor = open_as_writer(data, Permission.KEYS_WRITE, must_exist=False)
    if role:
        require(actor, Permission.ROLES_GRANT)
    key_id, secret = create_key(
        store,
        application=application,
        function=function,
        name=name,
        scopes=scope or SCOPES,
        expires=expires,
        team=team,
        models=model or (),
        tools=tool or (),
        roles=role or (),
        actor=actor,
    )
    if as_json:
        print_json({"key_id": key_id, "key": secret, "expires": expires})
        return
    place = f"{application}/{function}" if function else application
    typer.echo(secret)
    typer.echo(f"Key {key_id} for {place}. Keep it now: it is not shown again.", err=True)
    if policy is None:
        typer.echo(f"Whether a policy has {place} was not checked: --policy FILE does.", err=True)


def _check_names(policy: Path, application: str, function: str, models: Sequence[str]) -> None:
    """Raise NotFoundError for a name that the policy does not have; an empty function is none."""
    from seawall.core.errors import NotFoundError
    from seawall.policy.load import load_policy

    rules = load_policy(policy)
    has = {
        "application": {rules.application},
        "function": {*rules.functions},
        "model": {model for upstream in rules.upstreams for model in upstream.models},
    }
    named = [("application", application), ("function", function), *(("model", m) for m in models)]
    for kind, name in named:
        if name not in has[kind] and (name or kind != "function"):
            raise NotFoundError(
                f"The policy has no {kind} {name[:64]!r}: no key was made.",
                hint=f"It has {', '.join(sorted(has[kind]))}.",
            )


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List every key with its state; secrets are not stored."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.keys import list_keys

    store = open_as_reader(data, Permission.KEYS_READ)
    records = list_keys(store)
    if as_json:
        print_json(records)
        return
    rows = [
        (
            record.key_id,
            f"{record.application}/{record.function}",
            record.name,
            record.team,
            " ".join((*record.scopes, *record.roles)),
            _state(record.revoked, record.usable(time.time())),
            when(record.created),
            when(record.expires),
            when(record.last_used),
        )
        for record in records
    ]
    print_table(
        ("key", "function", "name", "team", "scopes", "state", "created", "expires", "last used"),
        rows,
    )


def _state(revoked: int | None, usable: bool) -> str:
    if revoked is not None:
        return "revoked"
    return "active" if usable else "expired"


@app.command()
def rotate(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `seawall keys list` shows it.")],
    overlap: Annotated[
        str, typer.Option(help="How long the old key goes on: 90s, 30m, 24h, 7d.")
    ] = "24h",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Make a new key with the same rights; the old one ends by itself after the overlap."""
    from seawall.cli._actor import acting_on_key, seconds_of
    from seawall.store.db import open_store
    from seawall.store.keys import lookup, rotate_key

    seconds = seconds_of(overlap)
    store = open_store(data, must_exist=True)
    actor = acting_on_key(store, key_id)
    new_id, secret = rotate_key(store, key_id, overlap=seconds, actor=actor)
    if as_json:
        new = lookup(store, secret)
        expires = new.expires if new else None
        print_json({"key_id": new_id, "key": secret, "expires": expires, "replaces": key_id})
        return
    typer.echo(secret)
    typer.echo(
        f"Key {new_id} replaces {key_id}, which ends in {overlap}. "
        "Keep it now: it is not shown again.",
        err=True,
    )


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `seawall keys list` shows it.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Revoke a key for good; a running gateway refuses it within seconds."""
    from seawall.cli._actor import acting_on_key
    from seawall.store.db import open_store
    from seawall.store.keys import revoke_key

    store = open_store(data, must_exist=True)
    record = revoke_key(store, key_id, actor=acting_on_key(store, key_id))
    if as_json:
        print_json(record)
        return
    typer.echo(f"Key {key_id} ({record.application}/{record.function}) is revoked.")
