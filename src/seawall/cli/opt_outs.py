"""Register people who opted out of training, by digests that name nobody."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._application import check_application
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.guard.training_set.subjects import Identifier
    from seawall.store.db import Store
    from seawall.store.opt_outs import Counted, OptOuts

app = typer.Typer(
    help="Register people who opted out of training, by digests that name nobody.",
    no_args_is_help=True,
    add_completion=False,
)
Application = Annotated[str, typer.Option(help="The application, as the policy names it.")]
Emails = Annotated[list[str] | None, typer.Option("--email", help="An e-mail address.")]
Phones = Annotated[list[str] | None, typer.Option("--phone", help="A number: +49 30 1234567.")]
Users = Annotated[list[str] | None, typer.Option("--user-id", help="A customer or user id.")]
Name = Annotated[str, typer.Option("--name", help="A name; it takes --beside, too.")]
Beside = Annotated[
    list[str] | None,
    typer.Option("--beside", help="What the name must stand with: a birthday, town or number."),
]
File = Annotated[
    Path | None,
    typer.Option("--file", help='JSON Lines: {"kind": "email", "value": "..."}, with "beside".'),
]


@app.command()
def add(
    application: Application, email: Emails = None, phone: Phones = None, user_id: Users = None,
    name: Name = "", beside: Beside = None, file: File = None, data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Register what somebody is known by; it counts for the next training file."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.opt_outs import OptOuts

    given = _given(email, phone, user_id, name, beside, file)
    store, actor = open_as_writer(data, Permission.CONSENTS_WRITE)
    check_application(store, application)
    new = OptOuts(store).add(application, given, actor=actor)
    if as_json:
        print_json({"changed": new})
    else:
        typer.echo(f"{new} of {len(given)} were not registered yet.")


@app.command()
def remove(
    application: Application, email: Emails = None, phone: Phones = None, user_id: Users = None,
    name: Name = "", beside: Beside = None, file: File = None, data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Take out what was registered, written as it was or otherwise."""
    from seawall.cli._actor import open_as_writer
    from seawall.store.opt_outs import OptOuts

    given = _given(email, phone, user_id, name, beside, file)
    store, actor = open_as_writer(data, Permission.CONSENTS_WRITE)
    register = OptOuts(store)
    _counted(register, store, application)
    gone = register.remove(application, given, actor=actor)
    if as_json:
        print_json({"changed": gone})
    else:
        typer.echo(f"{gone} of {len(given)} were registered and are no more.")


@app.command("list")
def list_(application: Application, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Count what is registered, by kind. Nobody can be listed: only digests are stored."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.opt_outs import OptOuts

    store = open_as_reader(data, Permission.CONSENTS_READ)
    counted = _counted(OptOuts(store), store, application)
    if as_json:
        print_json(counted)
        return
    rows = [*counted.kinds.items(), ("end users who chose so", counted.users)]
    print_table(("registered", "how many"), rows)


def _counted(register: "OptOuts", store: "Store", application: str) -> "Counted":
    """Count who is registered; where nobody is, the application must exist.

    So what a slip registered can be seen and taken out.
    """
    counted = register.count(application)
    if not counted.kinds and not counted.users:
        check_application(store, application)
    return counted


def _given(
    email: list[str] | None, phone: list[str] | None, user_id: list[str] | None, name: str,
    beside: list[str] | None, file: Path | None,
) -> "list[Identifier]":  # fmt: skip
    """Return what the options and the file say. Raises InputError."""
    from seawall.core.errors import InputError
    from seawall.guard.training_set.subjects import EMAIL, NAME, PHONE, USER, identifier

    kinds = ((EMAIL, email), (PHONE, phone), (USER, user_id))
    found = [identifier(kind, value) for kind, values in kinds for value in values or ()]
    if name or beside:
        found += [identifier(NAME, name, one) for one in beside or ("",)]
    found += _lines(file) if file else ()
    if not found:
        raise InputError(
            "Nothing was given.", hint="--email, --phone, --user-id, --name or --file."
        )
    return found


def _lines(file: Path) -> "Iterator[Identifier]":
    import msgspec

    from seawall.core.errors import InputError
    from seawall.core.notjson import NOT_JSON
    from seawall.gateway.admin.opt_outs import Known
    from seawall.guard.training_set.subjects import identifier

    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = msgspec.json.decode(line, type=Known)
            yield identifier(one.kind, one.value, one.beside)
        except NOT_JSON:
            raise InputError(f"{file}, line {number}: no kind and value.") from None
        except InputError as error:
            raise InputError(f"{file}, line {number}: {error.message}", hint=error.hint) from None
