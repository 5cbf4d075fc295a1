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


def _hash(run_id: str, kind: str, manifest: bytes, results: bytes) -> str:
    parts = (b"seawall run 1", run_id.encode(), kind.encode(), manifest, results)
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(framed).hexdigest()


def save_run(store: Store, kind: str, manifest: Any, results: Any) -> Run:
    """Store a run (any JSON or msgspec values) and return it as stored, with its id and hash."""
    run_id = request_id().replace("sw_", "run_", 1)
    raw = (
        msgspec.json.encode(manifest, order="sorted"),
        msgspec.json.encode(results, order="sorted"),
    )
    digest = _hash(run_id, kind, *raw)
    created = int(time.time())
    with store.write() as connection:
        connection.execute(
            sa.insert(runs),
            {
                "run_id": run_id,
                "kind": kind,
                "created": created,
                "manifest": raw[0],
                "results": raw[1],
                "sha256": digest,
            },
        )
    return Run(
        run_id=run_id,
        kind=kind,
        created=created,
        manifest=msgspec.json.decode(raw[0]),
        results=msgspec.json.decode(raw[1]),
        sha256=digest,
    )


def load_run(store: Store, run_id: str) -> Run:
    """Return a stored run. Raises InputError (unknown) or IntegrityError (was edited)."""
    with store.read() as connection:
        row = connection.execute(sa.select(runs).where(runs.c.run_id == run_id)).first()
    if row is None:
        raise InputError(f"There is no run {run_id}.")
    if _hash(row.run_id, row.kind, row.manifest, row.results) != row.sha256:
        raise IntegrityError(f"The run {run_id} was edited after it was stored.")
    return Run(
        run_id=row.run_id,
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
