"""Under which pepper a database's keys are, so that replicas cannot begin with two."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Create the table of the one fingerprint; the next start fills it in."""
    op.create_table(
        "pepper",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
        sa.Column("pepper_id", sa.Text, nullable=False),
    )
