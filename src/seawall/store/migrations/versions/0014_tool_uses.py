"""Calls of tools that have a rate."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of tool uses."""
    op.create_table(
        "tool_uses",
        sa.Column("number", WHOLE, primary_key=True),
        sa.Column("place", sa.LargeBinary, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("value", WHOLE, nullable=False),
        sa.Column("expires", WHOLE, nullable=False),
    )
    op.create_index("tool_uses_by_place", "tool_uses", ["place", "at"])
    op.create_index("tool_uses_by_expiry", "tool_uses", ["expires"])
