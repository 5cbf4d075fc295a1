"""List, read and erase the content that `audit.capture` keeps beside audit records."""

from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Permission

app = typer.Typer(
    help="List, read and erase captured content.", no_args_is_help=True, add_completion=False
)
RequestId = Annotated[str, typer.Argument(help="The request's id, sw_...")]
User = Annotated[str, typer.Option(help="Only content of this end user.")]


@app.command("list")
def list_(user: User = "", data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List what is kept, newest first, without its content."""
    from seawall.cli._actor import acting, users_of
    from seawall.store.captures import list_captures
    from seawall.store.db import open_store

    store = open_store(data, must_exist=True)
    acting(store, Permission.CAPTURES_READ)
    found = list_captures(store, handle=users_of(store).handle(user) if user else None)
    if as_json:
        print_json(found)
        return
    rows = [
        (one.request_id, one.function, when(one.created), when(one.expires), one.bytes)
        for one in found
    ]
    print_table(("request", "function", "captured", "kept until", "bytes"), rows)


@app.command()
def show(request_id: RequestId, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Read one request's content; that you did is on record before you see it."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.captures import read_capture

    store, actor = open_as_writer(data, Permission.CAPTURES_READ)
    found = read_capture(store, request_id, actor=actor)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found.request_id}, record {found.seq}, kept until {when(found.expires)}")
    for item in found.content["items"]:
        typer.echo(f"\n{item['role']} {item['pointer']} ({item['stage']})")
        typer.echo(item.get("text", f"[{item.get('withheld')}]"))
    if found.content["cut"]:
        typer.echo("\nThere was more than the policy's max_kib.")


@app.command()
def erase(
    request_id: Annotated[str, typer.Argument(help="The request's id; or name a user.")] = "",
    user: Annotated[str, typer.Option(help="Erase all content of this end user.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Destroy content of a request or of a user; audit records stay, and still verify."""
    from seawall.cli._actor import open_as_writer, users_of
    from seawall.core.errors import InputError
    from seawall.store.captures import erase_capture, erase_captures_of

    if bool(request_id) == bool(user):
        raise InputError("Name a request or a user.", hint="`seawall capture list` shows requests.")
    store, actor = open_as_writer(data, Permission.CAPTURES_ERASE)
    erased = 1
    if request_id:
        erase_capture(store, request_id, actor=actor)
    else:
        users = users_of(store)
        erased = erase_captures_of(
            store, users.handle(user), users.find(user) or "an erased user", actor=actor
        )
    if as_json:
        print_json({"erased": erased})
        return
    typer.echo(f"Requests whose content is erased: {erased}.")
