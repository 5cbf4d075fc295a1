"""The tables as SQLAlchemy Core sees them. Migrations create them; a test compares both."""

import sqlalchemy as sa

metadata = sa.MetaData()

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("time", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("prev_hash", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

# One row: the signed head of the last batch, committed together with it.
audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("head", sa.LargeBinary, nullable=False),
)

# Keys of end users' names in audit records, by a keyed hash of their id.
audit_users = sa.Table(
    "audit_users",
    metadata,
    sa.Column("handle", sa.LargeBinary, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
)

# Cost of settled requests in billionths of the currency, by UTC day and function.
spend = sa.Table(
    "spend",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("function", sa.Text, primary_key=True),
    sa.Column("nanos", sa.Integer, nullable=False),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("pepper_id", sa.Text, nullable=False),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("expires", sa.Integer),
    sa.Column("revoked", sa.Integer),
    sa.Column("last_used", sa.Integer),
    *(
        sa.Column(name, sa.Text, nullable=False, server_default="")
        for name in ("team", "models", "tools", "roles", "replaces")
    ),
)

teams = sa.Table(
    "teams",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
)

# Values under data keys, data keys under a master key that is not in the database.
secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("master_id", sa.Text, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
)

# Changes that still have to reach the audit log; written in the transaction of the change.
changes = sa.Table(
    "changes",
    metadata,
    sa.Column("change_id", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

acceptances = sa.Table(
    "acceptances",
    metadata,
    sa.Column("application", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("policy_version", sa.Text, primary_key=True),
    sa.Column("accepted", sa.Integer, nullable=False),
)

training_files = sa.Table(
    "training_files",
    metadata,
    sa.Column("file_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("controls", sa.Text, nullable=False),
    sa.Column("checked", sa.Integer, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("manifest", sa.LargeBinary, nullable=False),
    sa.Column("results", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
)

# Turns that clients go on with. `scope` names the owner, whose key opens `sealed`.
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("turn_id", sa.Text, primary_key=True),
    sa.Column("scope", sa.LargeBinary, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("expires", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("turns_by_scope", "scope", "created"),
    sa.Index("turns_by_expiry", "expires"),
)

# What subjects with a limit of a day or a month used: tokens, requests, billionths of the currency.
usage = sa.Table(
    "usage",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("tokens", sa.Integer, nullable=False),
    sa.Column("nanos", sa.Integer, nullable=False),
)

# What an operator has switched off: a key, a function or a model.
kills = sa.Table(
    "kills",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("expires", sa.Integer),
)
