"""The tables as SQLAlchemy Core sees them. Migrations create them; a test compares both."""

import sqlalchemy as sa

metadata = sa.MetaData()
# 64 bits everywhere; SQLite's INTEGER has them.
Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# `chain` is '' in SQLite; replicas that share PostgreSQL have one each, a part of the key there.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", Whole, primary_key=True, autoincrement=False),
    sa.Column("time", Whole, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("prev_hash", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("chain", sa.Text, nullable=False, server_default=""),
)

# One row for each chain: the signed head of the last batch, committed together with it.
audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("chain", sa.Text, nullable=False, server_default=""),
)

# The public key (PEM) of every chain, so that one replica can name those of all.
audit_keys = sa.Table(
    "audit_keys",
    metadata,
    sa.Column("chain", sa.Text, primary_key=True),
    sa.Column("public_key", sa.Text, nullable=False),
)

# Signed seals: records up to `seq` of a chain were ended. What must not be ended: legal holds.
audit_seals = sa.Table(
    "audit_seals",
    metadata,
    sa.Column("chain", sa.Text, primary_key=True),
    sa.Column("seq", Whole, primary_key=True),
    sa.Column("seal", sa.LargeBinary, nullable=False),
)
audit_holds = sa.Table(
    "audit_holds",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
)

# Keys of end users' names in audit records, by a keyed hash of their id.
audit_users = sa.Table(
    "audit_users",
    metadata,
    sa.Column("handle", sa.LargeBinary, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("created", Whole, nullable=False),
)

# Cost of settled requests in billionths of the currency, by UTC day and function.
spend = sa.Table(
    "spend",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("function", sa.Text, primary_key=True),
    sa.Column("nanos", Whole, nullable=False),
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
    sa.Column("created", Whole, nullable=False),
    sa.Column("expires", Whole),
    sa.Column("revoked", Whole),
    sa.Column("last_used", Whole),
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
    sa.Column("created", Whole, nullable=False),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
)

# Values under data keys, data keys under a master key that is not in the database.
secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("master_id", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
    sa.Column("changed", Whole, nullable=False),
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
    sa.Column("accepted", Whole, nullable=False),
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
    sa.Column("checked", Whole, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("created", Whole, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("manifest", sa.LargeBinary, nullable=False),
    sa.Column("results", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
)

# Turns that clients go on with. `scope` names the owner, whose key opens `sealed`; `handle` the end
# user, by a keyed hash.
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("turn_id", sa.Text, primary_key=True),
    sa.Column("scope", sa.LargeBinary, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
    sa.Column("expires", Whole, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("handle", sa.LargeBinary),
    sa.Index("turns_by_scope", "scope", "created"),
    sa.Index("turns_by_expiry", "expires"),
)

# Tool calls that wait for people, with their arguments sealed; `handle` as in `turns`.
approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("approval_id", sa.Text, primary_key=True),
    sa.Column("scope", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("tool", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("needs", Whole, nullable=False),
    sa.Column("approvers", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
    sa.Column("expires", Whole, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("deciders", sa.Text, nullable=False, server_default="[]"),
    sa.Column("handle", sa.LargeBinary),
    sa.Index("approvals_digest", "digest"),
    sa.Index("approvals_scope", "scope"),
)

# Labels of texts that outsiders wrote: keyed hashes, by session.
taints = sa.Table(
    "taints",
    metadata,
    sa.Column("place", sa.LargeBinary, primary_key=True),
    sa.Column("mark", sa.LargeBinary, primary_key=True),
    sa.Column("level", Whole, nullable=False),
    sa.Column("expires", Whole, nullable=False),
    sa.Index("taints_by_expiry", "expires"),
)

# Tools of MCP servers: hashes of the definition that was accepted and of the one seen last.
mcp_tools = sa.Table(
    "mcp_tools",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("tool", sa.Text, primary_key=True),
    sa.Column("accepted", sa.Text, nullable=False),
    sa.Column("seen", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("changed", Whole, nullable=False),
)

# What subjects with a limit of a day or a month used: tokens, requests, billionths of the currency.
usage = sa.Table(
    "usage",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("requests", Whole, nullable=False),
    sa.Column("tokens", Whole, nullable=False),
    sa.Column("nanos", Whole, nullable=False),
)

# What an operator has switched off: a key, a function or a model.
kills = sa.Table(
    "kills",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
    sa.Column("expires", Whole),
)

# What people register, every version of it: an edit adds a row and changes none.
register_entries = sa.Table(
    "register_entries",
    metadata,
    sa.Column("entry_id", sa.Text, primary_key=True),
    sa.Column("version", Whole, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("time", Whole, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("register_entries_by_kind", "kind", "application"),
)

# What a provider keeps for a function: files, vector stores, batches and jobs, under ids of ours.
objects = sa.Table(
    "objects",
    metadata,
    sa.Column("object_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("provider_id", sa.Text, nullable=False),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
    sa.Column("info", sa.LargeBinary, nullable=False),
    sa.Index("objects_by_holder", "application", "function", "kind", "created"),
    sa.Index("objects_by_provider", "provider_id"),
)

# What texts of uploaded files are known by: keyed hashes, by function and file. `level`: 1 to 3.
file_marks = sa.Table(
    "file_marks",
    metadata,
    sa.Column("place", sa.LargeBinary, primary_key=True),
    sa.Column("mark", sa.LargeBinary, primary_key=True),
    sa.Column("object_id", sa.Text, primary_key=True),
    sa.Column("chunk", Whole, nullable=False),
    sa.Column("level", Whole, nullable=False),
    sa.Index("file_marks_by_object", "object_id"),
)

# Who wants to be in no training data: keyed hashes of what people are known by, and their kind.
# `gate`: that of a name alone, of so many `words`, which counts only beside something else.
opt_outs = sa.Table(
    "opt_outs",
    metadata,
    sa.Column("application", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("gate", sa.LargeBinary, nullable=False),
    sa.Column("words", Whole, nullable=False),
    sa.Column("created", Whole, nullable=False),
)

# What was said in a request, sealed. `chain` and `seq` name the audit record that it belongs to.
captures = sa.Table(
    "captures",
    metadata,
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("handle", sa.LargeBinary, nullable=False),
    sa.Column("chain", sa.Text, nullable=False),
    sa.Column("seq", Whole, nullable=False),
    sa.Column("created", Whole, nullable=False),
    sa.Column("expires", Whole, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("captures_by_expiry", "expires"),
    sa.Index("captures_by_handle", "handle"),
)

# Data keys of captures under the master key, one for each start of a gateway.
capture_keys = sa.Table(
    "capture_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("master_id", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
)

# What end users chose: whether their content is kept, and how long at most.
consents = sa.Table(
    "consents",
    metadata,
    sa.Column("application", sa.Text, primary_key=True),
    sa.Column("handle", sa.LargeBinary, primary_key=True),
    sa.Column("opt_out", Whole, nullable=False),
    sa.Column("retention", sa.Text, nullable=False),
    sa.Column("changed", Whole, nullable=False),
)

# Calls of tools that have a rate. `place`: a keyed hash of owner and tool; `value`: millionths.
tool_uses = sa.Table(
    "tool_uses",
    metadata,
    sa.Column("number", Whole, primary_key=True),
    sa.Column("place", sa.LargeBinary, nullable=False),
    sa.Column("at", Whole, nullable=False),
    sa.Column("value", Whole, nullable=False),
    sa.Column("expires", Whole, nullable=False),
    sa.Index("tool_uses_by_place", "place", "at"),
    sa.Index("tool_uses_by_expiry", "expires"),
)

# The fingerprint of the pepper that all replicas of a shared database use.
pepper = sa.Table(
    "pepper",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("pepper_id", sa.Text, nullable=False),
)

# What was published for replicas to follow. `signed`: text, number and time under a signature.
policies = sa.Table(
    "policies",
    metadata,
    sa.Column("application", sa.Text, primary_key=True),
    sa.Column("number", Whole, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("created", Whole, nullable=False),
    sa.Column("signed", sa.LargeBinary, nullable=False),
)

# How often all replicas of an application were told to read their policy anew.
policy_calls = sa.Table(
    "policy_calls",
    metadata,
    sa.Column("application", sa.Text, primary_key=True),
    sa.Column("number", Whole, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

# What each replica serves, as it last told.
policy_replicas = sa.Table(
    "policy_replicas",
    metadata,
    sa.Column("replica", sa.Text, primary_key=True),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("seen", Whole, nullable=False),
)
