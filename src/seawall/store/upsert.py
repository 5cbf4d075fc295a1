"""INSERT with ON CONFLICT, in the words of the database that the connection speaks to."""

from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite


def insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert:
    """Return an insert into `table`; both databases give it the same `on_conflict_*` methods."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return cast(sqlite.Insert, postgresql.insert(table))
    return sqlite.insert(table)
