"""Statements that run for every request: compiled once for each kind of database.

SQLAlchemy builds, hashes and converts a statement anew each time it runs, which costs more than
the database does. Here that is done once; connections, transactions and errors stay SQLAlchemy's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from seawall.store.directly import directly

Row = Mapping[str, Any]
Build = Callable[[sa.Connection], sa.sql.expression.Executable]


class Prepared:
    """One statement. `build` makes it for a connection's dialect, with names for its values.

    Values go to the driver as they are: integers, texts and bytes, nothing that a column type
    would have to convert.
    """

    def __init__(self, build: Build, columns: Sequence[str] | None = None) -> None:
        self._build = build
        self._columns = None if columns is None else list(columns)
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None]] = {}

    def run(self, connection: sa.Connection, rows: Sequence[Row]) -> int:
        """Run it for each row; return how many rows of the database the last one touched.

        Raises sqlalchemy.exc.DBAPIError.
        """
        text, order = self._of(connection)
        values: list[Any] = [
            dict(row) if order is None else tuple(row[name] for name in order) for row in rows
        ]
        if connection.dialect.name == "sqlite":
            return directly(connection, text, values)
        done = connection.exec_driver_sql(text, values[0] if len(values) == 1 else values)
        return done.rowcount

    def _of(self, connection: sa.Connection) -> tuple[str, tuple[str, ...] | None]:
        """Return the statement's text and the order of its values; None where they are named."""
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            statement: Any = self._build(connection)
            made = statement.compile(dialect=dialect, column_keys=self._columns)
            order = tuple(made.positiontup) if made.positional else None
            found = self._compiled[dialect.name] = str(made), order
        return found
