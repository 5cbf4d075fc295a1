"""Statements on SQLite's own connection, in SQLAlchemy's transaction and with its errors."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def directly(connection: sa.Connection, text: str, values: Sequence[Any] = ((),)) -> int:
    """Run a statement for each of `values`; return how many rows it touched.

    Raises sqlalchemy.exc.DBAPIError, TypeError for a connection of another database.
    """
    own = connection.connection.driver_connection
    if not isinstance(own, sqlite3.Connection):
        raise TypeError("this is no connection of SQLite")
    try:
        if len(values) == 1:
            return own.execute(text, values[0]).rowcount
        return own.executemany(text, values).rowcount
    except sqlite3.Error as error:
        dialect = connection.dialect
        raise sa.exc.DBAPIError.instance(
            text, None, error, sqlite3.Error, dialect=dialect
        ) from error
