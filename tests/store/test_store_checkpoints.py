"""Signed checkpoints: written when due and at the end, compared by verify, checked at a start."""

import shutil
import stat
from pathlib import Path

import pytest
from raw import edit

from seawall.core.errors import IntegrityError
from seawall.store import chain
from seawall.store.audit import AuditError, AuditLog, open_log, verify
from seawall.store.checkpoints import FILE, Checkpoints, checkpoints, last_checkpoint
from seawall.store.db import Store, open_store
from seawall.store.verify import records, verify_folder


def fill(store: Store, count: int) -> None:
    log = open_log(store)
    log.start()
    for future in [log.submit({"n": number}) for number in range(count)]:
        future.result(5)
    log.stop()


def seqs(store: Store) -> list[int]:
    return [head.seq for head in checkpoints(store.folder / FILE)]


def copy(store: Store, to: Path) -> Path:
    store.close()
    shutil.copytree(store.folder, to)
    return to


def test_a_start_and_an_end_leave_each_a_checkpoint(store: Store) -> None:
    fill(store, 5)
    assert seqs(store) == [0, 5]
    fill(store, 0)
    assert seqs(store) == [0, 5], "nothing new, no checkpoint"
    fill(store, 2)
    assert seqs(store) == [0, 5, 7]
    assert stat.S_IMODE((store.folder / FILE).stat().st_mode) == 0o600
    report = verify(store)
    assert (report.ok, report.checkpoints, report.notes) == (True, 3, [])


def test_checkpoints_come_by_records_and_by_time(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()

    def head(seq: int, seconds: int) -> chain.Head:
        now = seconds * 1_000_000_000
        return chain.sign_head(key, seq=seq, count=seq, last=bytes(32), time=now)

    writer = Checkpoints(tmp_path, every_records=10, every_seconds=60)
    writer.start(head(0, 0))
    for seq, seconds in ((1, 1), (9, 2), (10, 3), (11, 62), (12, 63), (12, 500), (13, 501)):
        writer.note(head(seq, seconds))
    assert [h.seq for h in checkpoints(tmp_path / FILE)] == [0, 10, 12, 13]


def test_an_old_copy_of_database_and_head_is_found(file_store: Store, tmp_path: Path) -> None:
    store = file_store
    fill(store, 4)
    old = copy(store, tmp_path / "old")
    fill(store, 3)
    for path in store.folder.glob("seawall.db*"):
        path.unlink()
    for name in ("seawall.db", "audit.head"):
        shutil.copy(old / name, store.folder / name)
    report = verify_folder(store.folder)
    assert not report.ok
    assert report.problems == ["record 7: missing at the end, checkpoint 3 counts 7 records"]
    log = open_log(open_store(store.folder))
    with pytest.raises(IntegrityError, match="signed checkpoint counts 7"):
        log.start()


def test_a_copy_kept_elsewhere_finds_a_log_that_was_cut_everywhere(
    file_store: Store, tmp_path: Path
) -> None:
    store = file_store
    fill(store, 4)
    old = copy(store, tmp_path / "old")
    fill(store, 3)
    kept = tmp_path / "kept"
    shutil.copy(store.folder / FILE, kept)
    assert verify_folder(old).ok
    report = verify_folder(old, checkpoints=kept)
    assert report.problems == ["record 7: missing at the end, checkpoint 3 counts 7 records"]


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda lines: [lines[0], lines[1].replace(b'"seq":4', b'"seq":3')],
         "checkpoint 2: the signature over record 3 is wrong"),
        (lambda lines: [lines[1], lines[0]], "checkpoint 2: out of order"),
        (lambda lines: [lines[0], b"{}\n"], "checkpoint 2: cannot be read"),
        (lambda lines: [lines[0], b"x" * 5000], "checkpoint 2: cannot be read"),
    ],
)  # fmt: skip
def test_edited_checkpoints_are_found(store: Store, edit: object, problem: str) -> None:
    fill(store, 4)
    path = store.folder / FILE
    path.write_bytes(b"".join(edit(path.read_bytes().splitlines(keepends=True))))  # type: ignore[operator]
    report = verify(store)
    assert not report.ok
    assert problem in report.problems


def test_a_rewritten_record_does_not_fit_its_checkpoint(store: Store) -> None:
    fill(store, 4)
    edit(store, "UPDATE audit SET hash = prev_hash WHERE seq = 4")
    problems = verify(store).problems
    assert "record 4: not the one that checkpoint 2 signs" in problems


@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_without_checkpoints_verify_fails_and_the_next_start_puts_it_on_record(
    store: Store, how: str
) -> None:
    fill(store, 4)
    path = store.folder / FILE
    path.unlink()
    if how == "emptied":
        path.touch()
    report = verify(store)
    assert report.problems == [
        f"{FILE} is missing or empty: records at the end may be missing unseen"
    ]
    fill(store, 1)
    assert seqs(store) == [5, 6]
    body = next(records(store, after=4)).body
    assert (body["action"], body["details"]) == ("audit.checkpoints-missing", {"records": 4})
    report = verify(store)
    assert report.ok
    assert report.notes == ["checkpoints begin at record 5: those before were missing at a start"]
    fill(store, 1)
    assert seqs(store) == [5, 6, 7], "said once"


def test_an_old_copy_without_checkpoints_leaves_a_trace(file_store: Store, tmp_path: Path) -> None:
    fill(file_store, 4)
    old = copy(file_store, tmp_path / "old")
    fill(file_store, 3)
    (old / FILE).unlink()
    assert not verify_folder(old).ok
    store = open_store(old)
    fill(store, 0)
    store.close()
    report = verify_folder(old)
    assert report.ok and "missing at a start" in report.notes[0]


def test_where_it_cannot_be_put_on_record_nothing_starts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 4)
    (store.folder / FILE).unlink()

    def fail(self: AuditLog, *_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "_commit", fail)
        with pytest.raises(AuditError):
            open_log(store).start()
    assert not (store.folder / FILE).exists() and not verify(store).ok
    fill(store, 0)
    assert seqs(store) == [5]


def test_a_log_without_records_needs_no_checkpoint(store: Store) -> None:
    fill(store, 0)
    (store.folder / FILE).unlink()
    assert verify(store).ok


def test_a_line_that_a_crash_cut_short_is_mended(store: Store) -> None:
    fill(store, 4)
    path = store.folder / FILE
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert verify(store).ok, "half a line is no checkpoint and no proof against the log"
    fill(store, 1)
    assert seqs(store) == [0, 4, 5]


async def test_a_checkpoint_that_cannot_be_written_fails_no_record(
    store: Store, log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Checkpoints, head: chain.Head, *, at_end: bool = False) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Checkpoints, "note", full)
    assert await log.append({"n": 1}) == 1
    assert log.healthy
    assert last_checkpoint(store.folder / FILE) is not None
