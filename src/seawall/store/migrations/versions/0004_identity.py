"""Keys with teams, allow-lists and roles; teams, members, sealed secrets, changes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what keys may do and who they belong to, and the tables of identity."""
    for name in ("team", "models", "tools", "roles", "replaces"):
        op.add_column("keys", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.create_table(
        "teams",
        sa.Column("team", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("member", sa.Text, primary_key=True),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("master_id", sa.Text, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("change_id", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
