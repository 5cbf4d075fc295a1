"""Whose calls wait for approval, so that an erasure finds them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the end user's handle; calls of before have none and end with their time."""
    op.add_column("approvals", sa.Column("handle", sa.LargeBinary))
