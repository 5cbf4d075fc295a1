"""Write src/seawall/store/migrations/schema.sql from the migrations; run it after adding one."""

import sqlite3
import tempfile
from pathlib import Path

from seawall.store.db import Store, known_revision, migrate
from seawall.store.schema import FILE, dumped


def main() -> None:
    """Migrate an empty file and write down what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        sqlite3.connect(path).close()
        store = Store(path)
        migrate(store)
        with store.read() as connection:
            FILE.write_text(dumped(connection, known_revision()), encoding="utf-8")
        store.close()


if __name__ == "__main__":
    main()
