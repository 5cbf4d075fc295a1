"""CTL-AUDIT: somebody changes a record of the log."""

import sqlite3
from contextlib import closing

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench
from seawall.store.verify import records, verify

_CHANGE = "UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), ?, ?) AS BLOB)"


def _through(bench: Bench) -> bool:
    """Change what one record says of a request; say whether nobody notices."""
    bench.served(bench.ask("Hello?"))
    if not verify(bench.store).ok:
        raise ValueError("the log does not verify before anything was changed")
    with closing(sqlite3.connect(bench.store.folder / "seawall.db")) as database:
        database.execute(_CHANGE, ('"answered"', '"refused"'))
        database.commit()
    results = [record.body.get("result") for record in records(bench.store, limit=100)]
    if "refused" not in results:
        raise ValueError("the record could not be changed")
    return verify(bench.store).ok if bench.on else True


DRILL = Drill(
    control="CTL-AUDIT",
    what="a record changed afterwards",
    through=_through,
    without={},
    stopped="it was found by the verification",
)
