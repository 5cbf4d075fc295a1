"""Registers that people edit: acceptances of risks, incidents, exceptions."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of versions."""
    op.create_table(
        "register_entries",
        sa.Column("entry_id", sa.Text, primary_key=True),
        sa.Column("version", WHOLE, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("time", WHOLE, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("register_entries_by_kind", "register_entries", ["kind", "application"])
