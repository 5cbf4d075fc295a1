"""Whether an application of which somebody speaks exists: a slip would reach nobody."""

from typing import TYPE_CHECKING

import typer

from seawall.core.errors import NotFoundError

if TYPE_CHECKING:
    from seawall.store.db import Store


def check_application(store: "Store", application: str) -> None:
    """Raise NotFoundError for an application that no key is of; doubt it where there are none."""
    from seawall.store.keys import list_keys

    known = {one.application for one in list_keys(store)}
    if not known:  # with tokens alone, keys say nothing
        typer.echo(f"warning: no key here says whether {application} is right.", err=True)
    elif application not in known:
        raise NotFoundError(
            f"There is no application {application[:64]!r} here: nothing was changed.",
            hint=f"Keys are of {', '.join(sorted(known))}.",
        )
