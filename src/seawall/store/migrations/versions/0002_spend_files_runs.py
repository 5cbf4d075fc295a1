"""Spend by day, checked training files, runs with their results."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables that limits, training files and runs need."""
    op.create_table(
        "spend",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("function", sa.Text, primary_key=True),
        sa.Column("nanos", sa.Integer, nullable=False),
    )
    op.create_table(
        "training_files",
        sa.Column("file_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("function", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("controls", sa.Text, nullable=False),
        sa.Column("checked", sa.Integer, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
        sa.Column("results", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
