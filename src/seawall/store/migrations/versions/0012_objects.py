"""Objects at the provider, and whose each is."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of objects."""
    op.create_table(
        "objects",
        sa.Column("object_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("provider_id", sa.Text, nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("function", sa.Text, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
        sa.Column("info", sa.LargeBinary, nullable=False),
    )
    op.create_index("objects_by_holder", "objects", ["application", "function", "kind", "created"])
    op.create_index("objects_by_provider", "objects", ["provider_id"])
