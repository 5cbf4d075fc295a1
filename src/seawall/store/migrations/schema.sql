-- Schema 0023
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE audit (
	seq INTEGER NOT NULL,
	time INTEGER NOT NULL,
	body BLOB NOT NULL,
	prev_hash BLOB NOT NULL,
	hash BLOB NOT NULL, chain TEXT DEFAULT '' NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE audit_head (
	id INTEGER NOT NULL CHECK (id = 1),
	head BLOB NOT NULL, chain TEXT DEFAULT '' NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE keys (
	key_id TEXT NOT NULL,
	digest BLOB NOT NULL,
	pepper_id TEXT NOT NULL,
	application TEXT NOT NULL,
	function TEXT NOT NULL,
	name TEXT NOT NULL,
	scopes TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER,
	revoked INTEGER,
	last_used INTEGER, team TEXT DEFAULT '' NOT NULL, models TEXT DEFAULT '' NOT NULL, tools TEXT DEFAULT '' NOT NULL, roles TEXT DEFAULT '' NOT NULL, replaces TEXT DEFAULT '' NOT NULL,
	PRIMARY KEY (key_id)
);

CREATE TABLE acceptances (
	application TEXT NOT NULL,
	user TEXT NOT NULL,
	policy_version TEXT NOT NULL,
	accepted INTEGER NOT NULL,
	PRIMARY KEY (application, user, policy_version)
);

CREATE TABLE spend (
	day TEXT NOT NULL,
	function TEXT NOT NULL,
	nanos INTEGER NOT NULL,
	PRIMARY KEY (day, function)
);

CREATE TABLE training_files (
	file_id TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	application TEXT NOT NULL,
	function TEXT NOT NULL,
	result TEXT NOT NULL,
	controls TEXT NOT NULL,
	checked INTEGER NOT NULL,
	PRIMARY KEY (file_id)
);

CREATE TABLE runs (
	run_id TEXT NOT NULL,
	created INTEGER NOT NULL,
	kind TEXT NOT NULL,
	manifest BLOB NOT NULL,
	results BLOB NOT NULL,
	sha256 TEXT NOT NULL,
	PRIMARY KEY (run_id)
);

CREATE TABLE turns (
	turn_id TEXT NOT NULL,
	scope BLOB NOT NULL,
	previous TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	sealed BLOB NOT NULL, handle BLOB,
	PRIMARY KEY (turn_id)
);

CREATE INDEX turns_by_scope ON turns (scope, created);

CREATE INDEX turns_by_expiry ON turns (expires);

CREATE TABLE teams (
	team TEXT NOT NULL,
	name TEXT NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (team)
);

CREATE TABLE members (
	member TEXT NOT NULL,
	team TEXT NOT NULL,
	roles TEXT NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (member)
);

CREATE TABLE secrets (
	name TEXT NOT NULL,
	sealed BLOB NOT NULL,
	wrapped BLOB NOT NULL,
	master_id TEXT NOT NULL,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	PRIMARY KEY (name)
);

CREATE TABLE changes (
	change_id TEXT NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (change_id)
);

CREATE TABLE usage (
	day TEXT NOT NULL,
	scope TEXT NOT NULL,
	name TEXT NOT NULL,
	requests INTEGER NOT NULL,
	tokens INTEGER NOT NULL,
	nanos INTEGER NOT NULL,
	PRIMARY KEY (day, scope, name)
);

CREATE TABLE kills (
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	reason TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER,
	PRIMARY KEY (kind, name)
);

CREATE TABLE audit_users (
	handle BLOB NOT NULL,
	"key" BLOB NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (handle)
);

CREATE TABLE approvals (
	approval_id TEXT NOT NULL,
	scope BLOB NOT NULL,
	digest BLOB NOT NULL,
	function TEXT NOT NULL,
	key_id TEXT NOT NULL,
	tool TEXT NOT NULL,
	reason TEXT NOT NULL,
	state TEXT NOT NULL,
	needs INTEGER NOT NULL,
	approvers TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	sealed BLOB NOT NULL, deciders TEXT DEFAULT '[]' NOT NULL, handle BLOB,
	PRIMARY KEY (approval_id)
);

CREATE INDEX approvals_digest ON approvals (digest);

CREATE INDEX approvals_scope ON approvals (scope);

CREATE TABLE taints (
	place BLOB NOT NULL,
	mark BLOB NOT NULL,
	level INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	PRIMARY KEY (place, mark)
);

CREATE INDEX taints_by_expiry ON taints (expires);

CREATE TABLE mcp_tools (
	server TEXT NOT NULL,
	tool TEXT NOT NULL,
	accepted TEXT NOT NULL,
	seen TEXT NOT NULL,
	definition TEXT NOT NULL,
	why TEXT NOT NULL,
	changed INTEGER NOT NULL,
	PRIMARY KEY (server, tool)
);

CREATE TABLE register_entries (
	entry_id TEXT NOT NULL,
	version INTEGER NOT NULL,
	kind TEXT NOT NULL,
	application TEXT NOT NULL,
	time INTEGER NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (entry_id, version)
);

CREATE INDEX register_entries_by_kind ON register_entries (kind, application);

CREATE TABLE objects (
	object_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	provider_id TEXT NOT NULL,
	application TEXT NOT NULL,
	function TEXT NOT NULL,
	created INTEGER NOT NULL,
	info BLOB NOT NULL,
	PRIMARY KEY (object_id)
);

CREATE INDEX objects_by_holder ON objects (application, function, kind, created);

CREATE INDEX objects_by_provider ON objects (provider_id);

CREATE TABLE captures (
	request_id TEXT NOT NULL,
	application TEXT NOT NULL,
	function TEXT NOT NULL,
	handle BLOB NOT NULL,
	chain TEXT NOT NULL,
	seq INTEGER NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	key_id TEXT NOT NULL,
	sealed BLOB NOT NULL,
	PRIMARY KEY (request_id)
);

CREATE INDEX captures_by_expiry ON captures (expires);

CREATE INDEX captures_by_handle ON captures (handle);

CREATE TABLE capture_keys (
	key_id TEXT NOT NULL,
	wrapped BLOB NOT NULL,
	master_id TEXT NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (key_id)
);

CREATE TABLE consents (
	application TEXT NOT NULL,
	handle BLOB NOT NULL,
	opt_out INTEGER NOT NULL,
	retention TEXT NOT NULL,
	changed INTEGER NOT NULL,
	PRIMARY KEY (application, handle)
);

CREATE TABLE tool_uses (
	number INTEGER NOT NULL,
	place BLOB NOT NULL,
	at INTEGER NOT NULL,
	value INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	PRIMARY KEY (number)
);

CREATE INDEX tool_uses_by_place ON tool_uses (place, at);

CREATE INDEX tool_uses_by_expiry ON tool_uses (expires);

CREATE TABLE audit_keys (
	chain TEXT NOT NULL,
	public_key TEXT NOT NULL,
	PRIMARY KEY (chain)
);

CREATE TABLE file_marks (
	place BLOB NOT NULL,
	mark BLOB NOT NULL,
	object_id TEXT NOT NULL,
	chunk INTEGER NOT NULL,
	level INTEGER NOT NULL,
	PRIMARY KEY (place, mark, object_id)
);

CREATE INDEX file_marks_by_object ON file_marks (object_id);

CREATE TABLE opt_outs (
	application TEXT NOT NULL,
	digest BLOB NOT NULL,
	kind TEXT NOT NULL,
	gate BLOB NOT NULL,
	words INTEGER NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (application, digest)
);

CREATE TABLE pepper (
	id INTEGER NOT NULL CHECK (id = 1),
	pepper_id TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE policies (
	application TEXT NOT NULL,
	number INTEGER NOT NULL,
	sha256 TEXT NOT NULL,
	actor TEXT NOT NULL,
	created INTEGER NOT NULL,
	signed BLOB NOT NULL,
	PRIMARY KEY (application, number)
);

CREATE TABLE policy_calls (
	application TEXT NOT NULL,
	number INTEGER NOT NULL,
	actor TEXT NOT NULL,
	PRIMARY KEY (application)
);

CREATE TABLE policy_replicas (
	replica TEXT NOT NULL,
	application TEXT NOT NULL,
	body BLOB NOT NULL,
	seen INTEGER NOT NULL,
	PRIMARY KEY (replica)
);

CREATE TABLE audit_seals (
	chain TEXT NOT NULL,
	seq INTEGER NOT NULL,
	seal BLOB NOT NULL,
	PRIMARY KEY (chain, seq)
);

CREATE TABLE audit_holds (
	name TEXT NOT NULL,
	reason TEXT NOT NULL,
	actor TEXT NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (name)
);
