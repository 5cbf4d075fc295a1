"""What texts of uploaded files are known by."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of file marks."""
    op.create_table(
        "file_marks",
        sa.Column("place", sa.LargeBinary, primary_key=True),
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sa.Column("object_id", sa.Text, primary_key=True),
        sa.Column("chunk", WHOLE, nullable=False),
        sa.Column("level", WHOLE, nullable=False),
    )
    op.create_index("file_marks_by_object", "file_marks", ["object_id"])
