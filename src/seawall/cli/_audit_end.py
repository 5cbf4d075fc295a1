"""End audit records after their retention; place and lift the legal holds that forbid it."""

from typing import Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when

Reason = Annotated[str, typer.Option(help="Why; it is on record.")]
Name = Annotated[str, typer.Argument(help="The hold's name, such as a case's number.")]


def prune(
    older_than: Annotated[str, typer.Option(help="How long records are kept, such as 400d.")],
    reason: Reason = "",
    data: Data = DEFAULT_DATA,
    yes: Annotated[
        bool, typer.Option("--yes", help="End them; else only say what is due.")
    ] = False,
    short: Annotated[
        bool, typer.Option("--short", help="Allow less than six months (183d).")
    ] = False,
    as_json: Json = False,
) -> None:
    """End records after their retention, oldest first; the rest still verifies. Final.

    Without --yes nothing ends; with it, --reason is due. Exit 2 where a legal hold stands, 5 where
    the log does not verify.
    """
    from seawall.cli._actor import open_as_writer, seconds_of
    from seawall.core.roles import Permission
    from seawall.store import prune as ending

    kept = ending.retention(seconds_of(older_than), short=short)
    store, actor = open_as_writer(data, Permission.AUDIT_PRUNE)
    found = (
        ending.prune(store, kept_seconds=kept, reason=reason, actor=actor)
        if yes
        else ending.due(store, kept_seconds=kept)
    )
    if as_json:
        print_json({"ended": yes and found.records > 0, **_plain(found)})
        return
    if not found.records:
        typer.echo(f"Nothing is due: {found.why}.")
    else:
        typer.echo(
            f"Records {found.first} to {found.last}, the last one of {when(found.until / 1e9)}, "
            + ("have ended." if yes else "are due; nothing has ended. Say --yes to end them.")
        )
        if found.why:
            typer.echo(f"No more are due: {found.why}.")
    for one in found.holds:
        typer.echo(f"A legal hold stands: {one.name} ({one.reason}). --yes is refused.")


def hold(name: Name, reason: Reason, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Place a legal hold: no audit record ends until it is lifted."""
    from seawall.cli._actor import open_as_writer
    from seawall.core.roles import Permission
    from seawall.store import holds

    store, actor = open_as_writer(data, Permission.AUDIT_HOLD)
    placed = holds.hold(store, name, reason=reason, actor=actor)
    if as_json:
        print_json(placed)
        return
    typer.echo(f"The hold {placed.name} stands.")


def lift(name: Name, reason: Reason, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Lift a legal hold."""
    from seawall.cli._actor import open_as_writer
    from seawall.core.roles import Permission
    from seawall.store import holds

    store, actor = open_as_writer(data, Permission.AUDIT_PRUNE)
    holds.lift_hold(store, name, reason=reason, actor=actor)
    if as_json:
        print_json({"lifted": name})
        return
    typer.echo(f"The hold {name} was lifted.")


def holds(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List the legal holds that stand."""
    from seawall.cli._actor import open_as_reader
    from seawall.core.roles import Permission
    from seawall.store.holds import list_holds

    found = list_holds(open_as_reader(data, Permission.AUDIT_READ))
    if as_json:
        print_json(found)
        return
    rows = [(one.name, when(one.created), one.actor, one.reason) for one in found]
    print_table(("hold", "since", "by", "reason"), rows)


def _plain(found: object) -> dict[str, object]:
    import msgspec

    plain: dict[str, object] = msgspec.to_builtins(found)
    return plain
