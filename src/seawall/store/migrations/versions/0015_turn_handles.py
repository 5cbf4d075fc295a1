"""Whose kept turns are, so that an erasure finds them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the end user's handle; turns of before have none and end with their time."""
    op.add_column("turns", sa.Column("handle", sa.LargeBinary))
