"""What was used on a UTC day, so that a restart does not forget limits of a day or a month."""

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa

from seawall.store.db import Store
from seawall.store.prepared import Prepared
from seawall.store.tables import spend, usage
from seawall.store.upsert import insert

_DAY = "%Y-%m-%d"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One subject that a request counts for, beside its function: a scope and a name in it."""

    scope: str
    name: str


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """One settled request: UTC day (YYYY-MM-DD), function, billionths of the currency, tokens.

    `shares` are the function and the subjects with a limit of a day or a month; only these are
    remembered.
    What comes back of an earlier charge has negative amounts and counts no request.
    """

    day: str
    function: str
    nanos: int
    tokens: int = 0
    shares: tuple[Share, ...] = ()
    requests: int = 1


def taken_back(charge: Charge) -> Charge:
    """Return what undoes a charge, its request included."""
    return msgspec.structs.replace(
        charge, nanos=-charge.nanos, tokens=-charge.tokens, requests=-charge.requests
    )


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What one subject used on one day."""

    day: str
    share: Share
    requests: int
    tokens: int
    nanos: int


def add_charges(connection: sa.Connection, charges: Sequence[Charge]) -> None:
    """Add charges inside the caller's transaction."""
    totals: dict[tuple[str, str], int] = {}
    shares: dict[tuple[str, str, str], list[int]] = {}
    for charge in charges:
        place = (charge.day, charge.function)
        totals[place] = totals.get(place, 0) + charge.nanos
        for share in charge.shares:
            sums = shares.setdefault((charge.day, share.scope, share.name), [0, 0, 0])
            for index, amount in enumerate((charge.requests, charge.tokens, charge.nanos)):
                sums[index] += amount
    # In order, so that replicas that add at once do not wait for each other in a circle.
    rows = [{"day": day, "function": function, "nanos": nanos}
            for (day, function), nanos in sorted(totals.items())]  # fmt: skip
    if rows:
        _SPEND.run(connection, rows)
    names = ("day", "scope", "name", "requests", "tokens", "nanos")
    parts = [dict(zip(names, (*place, *sums), strict=True))
             for place, sums in sorted(shares.items())]  # fmt: skip
    if parts:
        _USAGE.run(connection, parts)


def _adding(table: sa.Table, keys: Sequence[str], sums: Sequence[str]) -> Prepared:
    """Return an insert that adds its sums to those of a row that is there already."""

    def build(connection: sa.Connection) -> sa.sql.expression.Executable:
        statement = insert(connection, table)
        added = {name: table.c[name] + statement.excluded[name] for name in sums}
        return statement.on_conflict_do_update(
            index_elements=[table.c[key] for key in keys], set_=added
        )

    return Prepared(build, (*keys, *sums))


_SPEND = _adding(spend, ("day", "function"), ("nanos",))
_USAGE = _adding(usage, ("day", "scope", "name"), ("requests", "tokens", "nanos"))


def digest_name(scope: str, name: str) -> str:
    """Return the name under which a user or session is counted: a digest, it may be a person."""
    return hashlib.sha256(f"{scope}\n{name}".encode()).hexdigest()[:32] if name else ""


def forget_shares(store: Store, user: str) -> int:
    """Erase what a user used on each day, in the file too; return how many days and limits.

    What their function spent stays: it holds nobody's name. What runs counts on from memory until
    the day or month is over; a restart starts from nothing.
    """
    if not user:
        return 0
    mine = (usage.c.scope == "user") & (usage.c.name == digest_name("user", user))
    with store.write() as connection:
        store.secure(connection)
        gone = connection.execute(sa.delete(usage).where(mine)).rowcount
    if gone:
        store.overwrite("usage")
    return gone


def spent_on(store: Store, day: str) -> dict[str, int]:
    """Return what each function spent on a UTC day, in billionths of the currency."""
    with store.read() as connection:
        rows = connection.execute(
            sa.select(spend.c.function, spend.c.nanos).where(spend.c.day == day)
        )
        return {function: nanos for function, nanos in rows}  # noqa: C416 - rows are not pairs


def spent_in(store: Store, month: str) -> dict[str, int]:
    """Return what each function spent in a UTC month (YYYY-MM), in billionths of the currency."""
    total = sa.select(spend.c.function, sa.func.sum(spend.c.nanos)).group_by(spend.c.function)
    with store.read() as connection:
        rows = connection.execute(total.where(spend.c.day.startswith(month)))
        return {function: int(nanos) for function, nanos in rows}


def used_in(store: Store, month: str) -> list[Used]:
    """Return what every remembered subject used on each day of a UTC month (YYYY-MM)."""
    return _used(store, usage.c.day.startswith(month))


def used_by_keys(store: Store, now: float) -> list[Used]:
    """Return what every remembered key used on this UTC day and on the one before."""
    yesterday = day_of(now - 86_400)
    return _used(store, (usage.c.day >= yesterday) & (usage.c.scope == "key"))


def day_of(now: float) -> str:
    """Return the UTC day of Unix seconds as YYYY-MM-DD."""
    return time.strftime(_DAY, time.gmtime(now))


def day_begins(day: str) -> float:
    """Return when a UTC day (YYYY-MM-DD) begins, in Unix seconds."""
    return datetime.strptime(day, _DAY).replace(tzinfo=UTC).timestamp()


def _used(store: Store, which: sa.ColumnElement[bool]) -> list[Used]:
    with store.read() as connection:
        rows = connection.execute(sa.select(usage).where(which))
        return [
            Used(
                day=row.day,
                share=Share(scope=row.scope, name=row.name),
                requests=row.requests,
                tokens=row.tokens,
                nanos=row.nanos,
            )
            for row in rows
        ]
