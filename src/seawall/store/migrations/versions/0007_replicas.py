"""A chain of audit records per replica, and numbers of 64 bits, for a database that several share.

SQLite has one writer and numbers of any size: there, every record belongs to the chain ''.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# What earlier migrations made with 32 bits in PostgreSQL.
_WHOLE = {
    "audit": ("seq", "time"),
    "audit_users": ("created",),
    "spend": ("nanos",),
    "keys": ("created", "expires", "revoked", "last_used"),
    "teams": ("created",),
    "members": ("created",),
    "secrets": ("created", "changed"),
    "acceptances": ("accepted",),
    "training_files": ("checked",),
    "runs": ("created",),
    "turns": ("created", "expires"),
    "usage": ("requests", "tokens", "nanos"),
    "kills": ("created", "expires"),
}


def upgrade() -> None:
    """Name the chain of each record; in PostgreSQL it is a part of the key."""
    for table in ("audit", "audit_head"):
        op.add_column(table, sa.Column("chain", sa.Text, nullable=False, server_default=""))
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, names in _WHOLE.items():
        for name in names:
            op.alter_column(table, name, type_=sa.BigInteger)
    for table, columns in (("audit", ["chain", "seq"]), ("audit_head", ["chain"])):
        op.drop_constraint(f"{table}_pkey", table, type_="primary")
        op.create_primary_key(f"{table}_pkey", table, columns)
