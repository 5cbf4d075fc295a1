"""Who wants to be in no training data."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of opt-outs."""
    op.create_table(
        "opt_outs",
        sa.Column("application", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("gate", sa.LargeBinary, nullable=False),
        sa.Column("words", WHOLE, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
    )
