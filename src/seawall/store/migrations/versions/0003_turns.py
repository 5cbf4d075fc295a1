"""Turns of conversations that clients go on with."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table of turns."""
    op.create_table(
        "turns",
        sa.Column("turn_id", sa.Text, primary_key=True),
        sa.Column("scope", sa.LargeBinary, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("expires", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("turns_by_scope", "turns", ["scope", "created"])
    op.create_index("turns_by_expiry", "turns", ["expires"])
