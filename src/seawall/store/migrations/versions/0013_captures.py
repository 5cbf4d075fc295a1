"""Sealed content of requests, the keys that seal it, and what end users chose."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

# SQLite knows one kind of whole number.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of captures, capture keys and consents."""
    op.create_table(
        "captures",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("function", sa.Text, nullable=False),
        sa.Column("handle", sa.LargeBinary, nullable=False),
        sa.Column("chain", sa.Text, nullable=False),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
        sa.Column("expires", WHOLE, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("captures_by_expiry", "captures", ["expires"])
    op.create_index("captures_by_handle", "captures", ["handle"])
    op.create_table(
        "capture_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("master_id", sa.Text, nullable=False),
        sa.Column("created", WHOLE, nullable=False),
    )
    op.create_table(
        "consents",
        sa.Column("application", sa.Text, primary_key=True),
        sa.Column("handle", sa.LargeBinary, primary_key=True),
        sa.Column("opt_out", WHOLE, nullable=False),
        sa.Column("retention", sa.Text, nullable=False),
        sa.Column("changed", WHOLE, nullable=False),
    )
