"""Who may decide on a tool call that waits: names and roles; empty is whoever may at all."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the list; calls that wait already keep the rule that they were asked under."""
    op.add_column("approvals", sa.Column("deciders", sa.Text, nullable=False, server_default="[]"))
