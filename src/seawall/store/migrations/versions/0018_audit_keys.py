"""Public keys of every replica's chain, so that any replica can name them all."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the table; each gateway writes its own key at its next start."""
    op.create_table(
        "audit_keys",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("public_key", sa.Text, nullable=False),
    )
