"""Create, list and revoke the API keys of the gateway."""

import time
from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when

app = typer.Typer(
    help="Create, list and revoke the API keys.", no_args_is_help=True, add_completion=False
)


@app.command()
def create(
    application: Annotated[str, typer.Option(help="Application, as in the policy file.")],
    function: Annotated[str, typer.Option(help="Function, as in the policy file.")],
    name: Annotated[str, typer.Option(help="Whose key it is, for you.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="Repeat to give some only.")] = None,
    expires_days: Annotated[int | None, typer.Option(min=1, help="Days until it ends.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Create a key. It is shown once: only its hash is stored."""
    from seawall.store.db import open_store
    from seawall.store.keys import SCOPES, create_key

    expires = None if expires_days is None else int(time.time()) + expires_days * 86_400
    key_id, secret = create_key(
        open_store(data),
        application=application,
        function=function,
        name=name,
        scopes=scope or SCOPES,
        expires=expires,
    )
    if as_json:
        print_json({"key_id": key_id, "key": secret, "expires": expires})
        return
    typer.echo(secret)
    typer.echo(f"Key {key_id} for {application}/{function}. Keep it now: it is not shown again.")


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List every key with its state; secrets are not stored."""
    from seawall.store.db import open_for_reading
    from seawall.store.keys import list_keys

    records = list_keys(open_for_reading(data))
    if as_json:
        print_json(records)
        return
    rows = [
        (
            record.key_id,
            f"{record.application}/{record.function}",
            record.name,
            " ".join(record.scopes),
            _state(record.revoked, record.usable(time.time())),
            when(record.created),
            when(record.expires),
            when(record.last_used),
        )
        for record in records
    ]
    print_table(
        ("key", "function", "name", "scopes", "state", "created", "expires", "last used"), rows
    )


def _state(revoked: int | None, usable: bool) -> str:
    if revoked is not None:
        return "revoked"
    return "active" if usable else "expired"


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `seawall keys list` shows it.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Revoke a key for good; a running gateway refuses it within seconds."""
    from seawall.store.db import open_store
    from seawall.store.keys import revoke_key

    record = revoke_key(open_store(data, must_exist=True), key_id)
    if as_json:
        print_json(record)
        return
    typer.echo(f"Key {key_id} ({record.application}/{record.function}) is revoked.")
