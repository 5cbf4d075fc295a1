"""Every way to tamper with the log is found, and the problem names the record."""

import shutil
import sqlite3
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from seawall.core.errors import InputError
from seawall.store import chain
from seawall.store.audit import open_log, verify
from seawall.store.db import Store, open_store
from seawall.store.verify import verify_folder
from seawall.store.walk import MAX_PROBLEMS

COUNT = 12
Database = sqlite3.Connection


def fill(store: Store, count: int = COUNT, mark: str = "ours") -> None:
    log = open_log(store)
    log.start()
    for future in [log.submit({"n": n, "mark": mark}) for n in range(1, count + 1)]:
        future.result(5)
    log.stop()


@pytest.fixture
def filled(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "data")
    fill(store)
    store.close()
    return store


def run(*statements: str) -> Callable[[Database, Path], None]:
    def tamper(database: Database, folder: Path) -> None:
        for statement in statements:
            database.execute(statement)

    return tamper


def rechain(database: Database, first: int) -> None:
    """What a skilled attacker without the key does: make every later hash fit again."""
    row = database.execute("SELECT hash FROM audit WHERE seq = ?", (first - 1,)).fetchone()
    previous = row[0] if row else chain.GENESIS
    rows = database.execute(
        "SELECT seq, time, body FROM audit WHERE seq >= ? ORDER BY seq", (first,)
    )
    for seq, time, body in rows.fetchall():
        digest = chain.record_hash(seq, time, previous, body)
        database.execute(
            "UPDATE audit SET prev_hash = ?, hash = ? WHERE seq = ?", (previous, digest, seq)
        )
        previous = digest


def edit_and_rechain(database: Database, folder: Path) -> None:
    database.execute("UPDATE audit SET body = '{}' WHERE seq = 5")
    database.execute("UPDATE audit SET body = CAST(body AS BLOB)")
    rechain(database, 5)


def remove_first_and_renumber(database: Database, folder: Path) -> None:
    database.execute("DELETE FROM audit WHERE seq = 1")
    for seq in range(2, COUNT + 1):
        database.execute("UPDATE audit SET seq = ? WHERE seq = ?", (seq - 1, seq))
    rechain(database, 1)


def append_with_right_hash(database: Database, folder: Path) -> None:
    (previous,) = database.execute("SELECT hash FROM audit WHERE seq = ?", (COUNT,)).fetchone()
    body, time, seq = b'{"forged":true}', 1, COUNT + 1
    digest = chain.record_hash(seq, time, previous, body)
    database.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, '')", (seq, time, body, previous, digest)
    )


def swap(database: Database, folder: Path) -> None:
    for old, new in ((4, -1), (5, 4), (-1, 5)):
        database.execute("UPDATE audit SET seq = ? WHERE seq = ?", (new, old))


def swap_bodies(database: Database, folder: Path) -> None:
    bodies = dict(database.execute("SELECT seq, body FROM audit WHERE seq IN (4, 5)").fetchall())
    for seq, other in ((4, 5), (5, 4)):
        database.execute("UPDATE audit SET body = ? WHERE seq = ?", (bodies[other], seq))


def insert_in_the_middle(database: Database, folder: Path) -> None:
    for seq in range(COUNT, 5, -1):
        database.execute("UPDATE audit SET seq = ? WHERE seq = ?", (seq + 1, seq))
    database.execute(
        "INSERT INTO audit SELECT 6, time, body, prev_hash, hash, '' FROM audit WHERE seq = 5"
    )


def duplicate_without_primary_key(database: Database, folder: Path) -> None:
    database.execute("CREATE TABLE copy AS SELECT * FROM audit")
    database.execute("INSERT INTO copy SELECT * FROM audit WHERE seq = 7")
    database.execute("DROP TABLE audit")
    database.execute("ALTER TABLE copy RENAME TO audit")


def own_head(database: Database, folder: Path) -> None:
    """Shorten the log and sign a head for it with the attacker's own key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    database.execute("DELETE FROM audit WHERE seq > 6")
    (last,) = database.execute("SELECT hash FROM audit WHERE seq = 6").fetchone()
    head = chain.sign_head(Ed25519PrivateKey.generate(), seq=6, count=6, last=last, time=1)
    raw = chain.encode_head(head)
    (folder / "audit.head").write_bytes(raw)
    database.execute("UPDATE audit_head SET head = ?", (raw,))


def change_head(**values: object) -> Callable[[Database, Path], None]:
    def tamper(database: Database, folder: Path) -> None:
        import msgspec

        path = folder / "audit.head"
        head = msgspec.structs.replace(chain.decode_head(path.read_bytes()), **values)
        path.write_bytes(chain.encode_head(head))

    return tamper


def write_head(content: bytes) -> Callable[[Database, Path], None]:
    def tamper(database: Database, folder: Path) -> None:
        (folder / "audit.head").write_bytes(content)

    return tamper


def drop_head(database: Database, folder: Path) -> None:
    (folder / "audit.head").unlink()


def empty_and_drop_head(database: Database, folder: Path) -> None:
    database.execute("DELETE FROM audit")
    drop_head(database, folder)


TAMPERINGS: dict[str, tuple[Callable[[Database, Path], None], str]] = {
    "edited body": (
        run("UPDATE audit SET body = CAST(replace(body, 'ours', 'mine') AS BLOB) WHERE seq = 5"),
        "record 5: edited",
    ),
    "edited first": (run("UPDATE audit SET body = x'7b7d' WHERE seq = 1"), "record 1: edited"),
    "edited last": (run("UPDATE audit SET body = x'7b7d' WHERE seq = 12"), "record 12: edited"),
    "edited time": (run("UPDATE audit SET time = time - 1 WHERE seq = 5"), "record 5: edited"),
    "edited hash": (run("UPDATE audit SET hash = zeroblob(32) WHERE seq = 5"), "record 5: edited"),
    "edited link": (
        run("UPDATE audit SET prev_hash = zeroblob(32) WHERE seq = 5"),
        "record 5: does not follow",
    ),
    "type of body": (
        run("UPDATE audit SET body = CAST(body AS TEXT) WHERE seq = 5"),
        "record 5: edited, a column",
    ),
    "type of time": (
        run("UPDATE audit SET time = 'x' WHERE seq = 5"),
        "record 5: edited, a column",
    ),
    "type of hash": (run("UPDATE audit SET hash = 7 WHERE seq = 5"), "record 5: edited, a column"),
    "edited, every later hash made to fit": (edit_and_rechain, "record 12: not the one that was"),
    "removed first": (run("DELETE FROM audit WHERE seq = 1"), "record 1: missing"),
    "removed middle": (run("DELETE FROM audit WHERE seq = 6"), "record 6: missing"),
    "removed several": (run("DELETE FROM audit WHERE seq IN (6, 7, 8)"), "record 6 to 8: missing"),
    "removed last": (run("DELETE FROM audit WHERE seq = 12"), "record 12: missing at the end"),
    "removed tail": (run("DELETE FROM audit WHERE seq > 9"), "record 10 to 12: missing at the end"),
    "removed first, renumbered": (remove_first_and_renumber, "record 12: missing at the end"),
    "emptied": (run("DELETE FROM audit"), "record 1 to 12: missing at the end"),
    "emptied, head in the database too": (
        run("DELETE FROM audit", "DELETE FROM audit_head"),
        "record 1 to 12: missing at the end",
    ),
    "emptied, head removed": (empty_and_drop_head, "audit.head is missing"),
    "reordered": (swap, "record 4: edited or moved"),
    "contents swapped": (swap_bodies, "record 5: edited or moved"),
    "inserted in the middle": (insert_in_the_middle, "record 6: edited or moved"),
    "inserted before the first": (
        run("INSERT INTO audit SELECT 0, time, body, prev_hash, hash, '' FROM audit WHERE seq = 1"),
        "record 0: inserted",
    ),
    "inserted under another name": (
        run(
            "INSERT INTO audit SELECT 13, time, body, prev_hash, hash, 'x' FROM audit "
            "WHERE seq = 12"
        ),
        "record 13: inserted at the end",
    ),
    "inserted twice": (duplicate_without_primary_key, "record 7: inserted"),
    "inserted at the end, right hash": (append_with_right_hash, "record 13: inserted at the end"),
    "head removed": (drop_head, "audit.head is missing"),
    "head emptied": (write_head(b""), "audit.head cannot be read"),
    "head of nonsense": (write_head(b'{"seq": 12}'), "audit.head cannot be read"),
    "head with another seq": (change_head(seq=11, count=11), "signature over record 11 is wrong"),
    "head with another hash": (change_head(hash="00" * 32), "record 12: not the one that was"),
    "head without signature": (change_head(signature=""), "signature over record 12 is wrong"),
    "head with a broken signature": (change_head(signature="?"), "signature over record 12"),
    "head by another key": (own_head, "signature over record 6 is wrong"),
    "head in the database removed": (run("DELETE FROM audit_head"), "head in the database"),
    "head in the database edited": (
        run("UPDATE audit_head SET head = CAST(replace(head, '12', '11') AS BLOB)"),
        "head in the database",
    ),
    "table removed": (run("DROP TABLE audit"), "the database cannot be read"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_named(filled: Store, name: str) -> None:
    tamper, expected = TAMPERINGS[name]
    assert verify(filled).ok
    filled.close()
    database = sqlite3.connect(filled.path)
    tamper(database, filled.folder)
    database.commit()
    database.close()
    report = verify(filled)
    assert not report.ok
    assert any(expected in problem for problem in report.problems), report.problems


def test_an_untouched_log_has_no_problem_and_no_note(filled: Store) -> None:
    report = verify(filled)
    assert (report.ok, report.records, report.problems, report.notes) == (True, COUNT, [], [])


def test_a_replaced_database_does_not_fit_the_head(filled: Store, tmp_path: Path) -> None:
    other = open_store(tmp_path / "other")
    fill(other, COUNT, "theirs")
    other.close()
    filled.close()
    for name in ("seawall.db", "seawall.db-wal", "seawall.db-shm"):
        (filled.folder / name).unlink(missing_ok=True)
    shutil.copy(other.path, filled.path)
    report = verify(filled)
    assert any("record 12: not the one" in problem for problem in report.problems)
    assert any("signature over record 12 is wrong" in problem for problem in report.problems)


def test_an_older_copy_of_the_database_is_too_short(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    fill(store, 5)
    with (
        closing(sqlite3.connect(store.path)) as database,
        closing(sqlite3.connect(tmp_path / "old")) as copy,
    ):
        database.backup(copy)
    fill(store, 3)
    store.close()
    for name in ("seawall.db-wal", "seawall.db-shm"):
        (store.folder / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "old", store.path)
    assert "record 6 to 8: missing at the end, the signed head counts 8" in verify(store).problems


def test_everything_replaced_is_found_with_copies_kept_elsewhere(
    filled: Store, tmp_path: Path
) -> None:
    """Who holds the machine can write a new log with a new key; kept copies still tell."""
    for name in ("audit.pub", "audit.head"):
        shutil.copy(filled.folder / name, tmp_path / name)
    filled.close()
    shutil.rmtree(filled.folder)
    forged = open_store(filled.folder)
    fill(forged, COUNT + 5, "forged")
    assert verify(forged).ok
    assert not verify(forged, tmp_path / "audit.pub").ok
    assert not verify(forged, head=tmp_path / "audit.head").ok


def test_an_older_head_kept_elsewhere_accepts_what_came_after(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    fill(store, 4)
    shutil.copy(store.folder / "audit.head", tmp_path / "kept.head")
    fill(store, 6)
    report = verify(store, head=tmp_path / "kept.head")
    assert (report.ok, report.records, report.head_seq) == (True, 10, 4)
    assert "records 5 to 10 came after" in report.notes[0]


def test_verifying_while_the_writer_works_finds_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    log = open_log(store)
    log.start()
    futures = [log.submit({"n": n}) for n in range(3000)]
    reports = [verify(store)]
    while not futures[-1].done():
        reports.append(verify(store))
    log.stop()
    assert [report.problems for report in reports if not report.ok] == []


def test_problems_are_counted_but_not_kept_without_end(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    fill(store, 300)
    with sqlite3.connect(store.path) as database:
        database.execute("UPDATE audit SET body = x'7b7d'")
    report = verify(store)
    assert len(report.problems) == MAX_PROBLEMS + 1
    assert report.problems[-1] == "and 200 more problems"


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    log = open_log(store)
    log.start()
    for future in [log.submit({"n": n, "text": "x" * 4000}) for n in range(5000)]:
        future.result(10)
    log.stop()
    tracemalloc.start()
    assert verify(store).records == 5000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000, peak  # the log holds 20 MB


def test_nothing_to_verify_is_an_input_error(tmp_path: Path, file_store: Store) -> None:
    store, log = file_store, open_log(file_store)
    log.start()
    assert verify(store).records == 0  # started and empty: sound
    empty = open_store(tmp_path / "empty")
    with pytest.raises(InputError, match="no audit log"):
        verify(empty)
    with pytest.raises(InputError, match="no Seawall database"):
        verify_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no file"):
        verify_folder(store.folder, public_key=tmp_path / "no.pub")
    log.stop()


def test_a_removed_database_is_a_problem_not_an_empty_log(filled: Store) -> None:
    filled.close()
    for path in filled.folder.glob("seawall.db*"):
        path.unlink()
    report = verify_folder(filled.folder)
    assert not report.ok
    assert "counts 12 records" in report.problems[0]


def test_verifying_changes_no_file(filled: Store) -> None:
    filled.close()
    before = filled.path.read_bytes()
    assert verify_folder(filled.folder).ok
    assert filled.path.read_bytes() == before
