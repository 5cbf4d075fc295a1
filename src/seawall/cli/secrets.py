"""Seal providers' keys and other secrets; a policy names them."""

from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission

app = typer.Typer(
    help="Seal providers' keys and other secrets.", no_args_is_help=True, add_completion=False
)
Name = Annotated[str, typer.Argument(help="The secret's name, as the policy file says it.")]


@app.command("set")
def set_(name: Name, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Read a secret from stdin and seal it; a line's end after it does not count."""
    import sys

    from seawall.cli._actor import open_as_writer
    from seawall.store.sealed import MAX_SECRET, set_secret

    store, actor = open_as_writer(data, Permission.SECRETS_WRITE, must_exist=False)
    if sys.stdin.isatty():
        value = typer.prompt(f"Value of {name}", hide_input=True).encode()
    else:
        value = sys.stdin.buffer.read(MAX_SECRET + 3).removesuffix(b"\n").removesuffix(b"\r")
    record = set_secret(store, name, value, actor=actor)
    if as_json:
        print_json(record)
        return
    typer.echo(
        f"The secret {name} is sealed. A running gateway uses it after `seawall policy reload`."
    )


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List the names; no command shows a value."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.sealed import list_secrets

    store = open_as_reader(data, Permission.SECRETS_READ)
    found = list_secrets(store)
    if as_json:
        print_json(found)
        return
    rows = [(one.name, one.master_id, when(one.created), when(one.changed)) for one in found]
    print_table(("secret", "master key", "created", "changed"), rows)


@app.command()
def remove(name: Name, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Delete a secret."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.sealed import remove_secret

    store, actor = open_as_writer(data, Permission.SECRETS_WRITE)
    remove_secret(store, name, actor=actor)
    if as_json:
        print_json({"name": name, "removed": True})
        return
    typer.echo(f"The secret {name} is gone.")


@app.command()
def rotate_master(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Make a new master key and wrap every secret's own key anew."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.sealed import rotate_master

    store, actor = open_as_writer(data, Permission.SECRETS_WRITE)
    count = rotate_master(store, actor=actor)
    if as_json:
        print_json({"secrets": count})
        return
    typer.echo(f"{count} secrets are under the new master key; the old one opens nothing now.")
