"""The schema of a new SQLite file as one script, so that a first start runs no migrations.

`scripts/write_schema.py` writes it from the migrations; a test compares both.
"""

from pathlib import Path

import sqlalchemy as sa

FILE = Path(__file__).parent / "migrations" / "schema.sql"
_APART = ";\n\n"
_HEAD = "-- Schema "


def create(connection: sa.Connection, revision: str) -> bool:
    """Create all tables of that revision in an empty database.

    False, and nothing is done, for a database that is not empty or a script of another revision.
    """
    head, _, script = FILE.read_text(encoding="utf-8").partition("\n")
    if (
        head != f"{_HEAD}{revision}"
        or connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    ):
        return False
    for statement in script.strip().removesuffix(";").split(_APART):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
    return True


def dumped(connection: sa.Connection, revision: str) -> str:
    """Return the script that creates a migrated SQLite database's schema."""
    found = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    )
    lines = [line.rstrip() for (sql,) in found for line in [*sql.splitlines(), ""]]
    statements = "\n".join(lines).strip().replace("\n\n", _APART)
    return f"{_HEAD}{revision}\n{statements};\n"
