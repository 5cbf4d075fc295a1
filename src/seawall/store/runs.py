"""Evidence of the loop's runs: a manifest and results as JSON, with their hash."""

import hashlib
import time
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.core.errors import InputError, IntegrityError
from seawall.core.ids import request_id
from seawall.store.db import Store
from seawall.store.tables import runs


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One stored run. `kind` is what ran (assess, attack, harmless, loop); `created` Unix s."""

    run_id: str
    kind: str
    created: int
    manifest: Any
    results: Any
    sha256: str


# Untyped on purpose: an edited column may hold anything.
_ONE = sa.text(
    "SELECT run_id, kind, created, manifest, results, sha256 FROM runs WHERE run_id = :run_id"
)


def _hash(run_id: str, kind: str, created: int, manifest: bytes, results: bytes) -> str:
    parts = (b"seawall run 1", run_id.encode(), kind.encode(), b"%d" % created, manifest, results)
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(framed).hexdigest()


def save_run(store: Store, kind: str, manifest: Any, results: Any) -> Run:
    """Store a run (any JSON or msgspec values) and return it as stored, with its id and hash."""
    run_id = request_id().replace("sw_", "run_", 1)
    raw = [msgspec.json.encode(value, order="sorted") for value in (manifest, results)]
    row: dict[str, Any] = {
        "run_id": run_id,
        "kind": kind,
        "created": int(time.time()),
        "manifest": raw[0],
        "results": raw[1],
    }
    row["sha256"] = _hash(run_id, kind, row["created"], *raw)
    with store.write() as connection:
        connection.execute(sa.insert(runs), row)
    return load_run(store, run_id)


def load_run(store: Store, run_id: str) -> Run:
    """Return a stored run. Raises InputError (unknown) or IntegrityError (was edited)."""
    with store.read() as connection:
        row = connection.execute(_ONE, {"run_id": run_id}).first()
    if row is None:
        raise InputError(f"There is no run {run_id}.")
    typed = (
        isinstance(row.kind, str)
        and isinstance(row.created, int)
        and isinstance(row.manifest, bytes)
        and isinstance(row.results, bytes)
    )
    if not typed or _hash(*row[:5]) != row.sha256:
        raise IntegrityError(f"The run {run_id} was edited after it was stored.")
    return Run(
        run_id=run_id,
        kind=row.kind,
        created=row.created,
        manifest=msgspec.json.decode(row.manifest),
        results=msgspec.json.decode(row.results),
        sha256=row.sha256,
    )


def list_runs(store: Store) -> list[tuple[str, str, int]]:
    """Return (run id, kind, created) of every run, oldest first."""
    statement = sa.select(runs.c.run_id, runs.c.kind, runs.c.created).order_by(runs.c.run_id)
    with store.read() as connection:
        return [(row.run_id, row.kind, row.created) for row in connection.execute(statement)]
