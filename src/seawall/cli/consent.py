"""Set and show what an end user chose about their content."""

from typing import Annotated

import typer

from seawall.cli._application import check_application
from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json
from seawall.core.retention import Consent, Retention
from seawall.core.roles import Permission

app = typer.Typer(
    help="Set and show what an end user chose about their content.",
    no_args_is_help=True,
    add_completion=False,
)
User = Annotated[str, typer.Argument(help="The end user's id, as the application sends it.")]
Application = Annotated[str, typer.Option(help="The application, as the policy names it.")]


@app.command("set")
def set_(
    user: User,
    application: Application,
    opt_out: Annotated[
        bool, typer.Option(help="No training, and no content kept beside the audit log.")
    ] = False,
    retention: Annotated[
        Retention, typer.Option(help="Keep nothing of a conversation longer than this class.")
    ] = Retention.LONG,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Set a user's choice in place of an earlier one; it counts within seconds.

    Content that is kept already is destroyed at once by an opt-out; a shorter class counts for it
    within a minute of a running gateway.
    """
    from seawall.cli._actor import open_as_writer, users_of
    from seawall.store.consents import set_consent

    store, actor = open_as_writer(data, Permission.CONSENTS_WRITE)
    check_application(store, application)
    chosen = Consent(opt_out=opt_out, retention=retention)
    set_consent(store, users_of(store), application, user, chosen, actor=actor)
    _say(chosen, as_json)


@app.command()
def show(
    user: User, application: Application, data: Data = DEFAULT_DATA, as_json: Json = False
) -> None:
    """Show what a user chose; the default for who chose nothing."""
    from seawall.cli._actor import acting, users_of
    from seawall.store.consents import choice_of
    from seawall.store.db import open_store

    store = open_store(data, must_exist=True)
    acting(store, Permission.CONSENTS_READ)
    check_application(store, application)
    _say(choice_of(store, application, users_of(store).handle(user)), as_json)


def _say(chosen: Consent, as_json: bool) -> None:
    if as_json:
        print_json(chosen)
        return
    kept = "Nothing is captured, no training." if chosen.opt_out else "Content may be captured."
    typer.echo(f"{kept} Retention at most: {chosen.retention.value}.")
