"""Labels of texts over sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of labels."""
    op.create_table(
        "taints",
        sa.Column("place", sa.LargeBinary, primary_key=True),
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sa.Column("level", WHOLE, nullable=False),
        sa.Column("expires", WHOLE, nullable=False),
    )
    op.create_index("taints_by_expiry", "taints", ["expires"])
