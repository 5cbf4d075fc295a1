"""Published policies, calls to read a policy anew, and what each replica serves."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; until somebody publishes, every replica serves its own file."""
    op.create_table(
        "policies",
        sa.Column("application", sa.Text, primary_key=True),
        sa.Column("number", WHOLE, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
        sa.Column("signed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "policy_calls",
        sa.Column("application", sa.Text, primary_key=True),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
    )
    op.create_table(
        "policy_replicas",
        sa.Column("replica", sa.Text, primary_key=True),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("seen", WHOLE, nullable=False),
    )
