"""Tools of MCP servers, as they were accepted and as they were seen last."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of pinned tools."""
    op.create_table(
        "mcp_tools",
        sa.Column("server", sa.Text, primary_key=True),
        sa.Column("tool", sa.Text, primary_key=True),
        sa.Column("accepted", sa.Text, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("changed", WHOLE, nullable=False),
    )
