"""Keys of end users' names in audit records."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table of users' keys."""
    op.create_table(
        "audit_users",
        sa.Column("handle", sa.LargeBinary, primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
    )
