"""What each function spent on a UTC day, so that a restart does not forget the daily limit."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from seawall.store.db import Store
from seawall.store.tables import spend


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """Cost of one settled request: UTC day (YYYY-MM-DD), function, billionths of the currency."""

    day: str
    function: str
    nanos: int


def add_charges(connection: sa.Connection, charges: Sequence[Charge]) -> None:
    """Add charges inside the caller's transaction."""
    totals: dict[tuple[str, str], int] = {}
    for charge in charges:
        place = (charge.day, charge.function)
        totals[place] = totals.get(place, 0) + charge.nanos
    for (day, function), nanos in totals.items():
        statement = insert(spend).values(day=day, function=function, nanos=nanos)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[spend.c.day, spend.c.function],
                set_={"nanos": spend.c.nanos + statement.excluded.nanos},
            )
        )


def spent_on(store: Store, day: str) -> dict[str, int]:
    """Return what each function spent on a UTC day, in billionths of the currency."""
    with store.read() as connection:
        rows = connection.execute(
            sa.select(spend.c.function, spend.c.nanos).where(spend.c.day == day)
        )
        return {function: nanos for function, nanos in rows}  # noqa: C416 - rows are not pairs
