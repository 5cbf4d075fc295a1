"""Seals of audit records that were ended after their retention, and legal holds."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; no record is ended by it."""
    op.create_table(
        "audit_seals",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),
        sa.Column("seal", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_holds",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
    )
