"""The signed head after a power cut, and how few flushes the records cost that wait for others."""

import asyncio
import logging
import time
from pathlib import Path

import pytest
from raw import edit

from seawall.core.errors import IntegrityError
from seawall.store import chain, head_file
from seawall.store.audit import AuditLog, open_log, verify
from seawall.store.db import Store
from seawall.store.head_file import SECTOR, HeadFile


def written(store: Store, count: int = 3) -> None:
    log = open_log(store)
    log.start()
    for number in range(count):
        log.submit({"n": number}).result(5)
    log.stop()


@pytest.mark.parametrize("left", [0, 1, 200, 400])
def test_a_torn_head_is_made_anew_from_checkpoint_and_database(
    store: Store, left: int, caplog: pytest.LogCaptureFixture
) -> None:
    written(store)
    written(store, 2)
    path = store.folder / "audit.head"
    path.write_bytes(path.read_bytes()[:left].ljust(SECTOR, b"\0"))
    report = verify(store)
    assert not report.ok
    assert any("goes on from the last checkpoint" in problem for problem in report.problems)
    log = open_log(store)
    with caplog.at_level(logging.WARNING, "seawall.audit"):
        log.start()
    assert "did the power fail" in caplog.text
    assert verify(store).ok
    assert log.submit({"n": 9}).result(5) == 6
    log.stop()
    report = verify(store)
    assert (report.ok, report.records, report.notes) == (True, 6, [])


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit WHERE seq = 3", "DELETE FROM audit", "DELETE FROM audit_head"]
)
def test_a_torn_head_covers_no_tampering_up(store: Store, statement: str) -> None:
    written(store)
    edit(store, statement)
    path = store.folder / "audit.head"
    path.write_bytes(bytes(SECTOR))
    with pytest.raises(IntegrityError, match="audit verify"):
        open_log(store).start()
    assert path.read_bytes() == bytes(SECTOR)


def test_a_torn_head_needs_a_checkpoint(store: Store) -> None:
    written(store)
    (store.folder / "audit.checkpoints").unlink()
    (store.folder / "audit.head").write_bytes(bytes(SECTOR))
    with pytest.raises(IntegrityError, match=r"audit\.head cannot be read"):
        open_log(store).start()


def test_a_head_that_a_power_cut_took_back_is_brought_up_to_date(store: Store) -> None:
    log = open_log(store)
    log.start()
    log.submit({"n": 0}).result(5)
    path = store.folder / "audit.head"
    before = path.read_bytes()
    log.submit({"n": 1}).result(5)
    log.stop()
    path.write_bytes(before)
    report = verify(store)
    assert report.ok
    assert "record" in report.notes[0]
    log = open_log(store)
    log.start()
    log.stop()
    assert chain.decode_head(path.read_bytes()).seq == 2


def test_a_head_is_flushed_a_second_after_it_was_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[float] = []
    monkeypatch.setattr(head_file, "_flush", lambda _: flushed.append(time.monotonic()))
    monkeypatch.setattr(head_file, "FLUSH_SECONDS", 0.1)
    log = open_log(store)
    log.start()
    began = time.monotonic()
    for number in range(3):
        log.submit({"n": number}).result(5)
    end = time.monotonic() + 5
    while log._head.due is not None and time.monotonic() < end:
        time.sleep(0.01)
    assert flushed
    assert flushed[0] - began >= 0.1
    count = len(flushed)
    time.sleep(0.3)
    assert len(flushed) == count  # nothing new: nothing to flush
    log.stop()


def test_a_flush_that_fails_is_an_unhealthy_log_that_heals(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = True

    def broken(*args: object) -> None:
        if failing:
            raise OSError(5, "broken")
        replace(*args)

    replace = head_file.replace_file
    log = open_log(store)
    log.start()
    log.submit({"n": 0}).result(5)
    monkeypatch.setattr(head_file, "_flush", broken)
    monkeypatch.setattr(head_file, "replace_file", broken)
    end = time.monotonic() + 10
    while log.healthy and time.monotonic() < end:
        time.sleep(0.01)
    assert not log.healthy
    failing = False
    monkeypatch.setattr(head_file, "_flush", lambda _: None)
    while not log.healthy and time.monotonic() < end:
        time.sleep(0.01)
    assert log.healthy
    assert log.submit({"n": 1}).result(5) == 2
    log.stop()
    assert verify(store).ok


def test_a_log_stops_though_its_head_cannot_be_flushed(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "broken")

    log = open_log(store)
    log.start()
    log.submit({"n": 0}).result(5)
    monkeypatch.setattr(head_file, "_flush", broken)
    monkeypatch.setattr(head_file, "replace_file", broken)
    log.stop()
    assert "was not flushed" in caplog.text
    again = open_log(store)
    again.start()  # the lock was given back
    again.stop()


def test_a_head_file_is_flushed_when_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    file = HeadFile(tmp_path / "audit.head")
    file.write(b"1\n")
    monkeypatch.setattr(head_file, "_flush", flushed.append)
    file.close()
    assert flushed == []  # the first one was made durable at once
    file.write(b"2\n")
    assert file.due is not None
    file.close()
    assert len(flushed) == 1
    assert file.due is None


async def test_records_that_can_wait_are_written_with_others(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[int] = []
    write = HeadFile.write

    def count(file: HeadFile, head: bytes) -> None:
        heads.append(chain.decode_head(head).seq)
        write(file, head)

    monkeypatch.setattr(HeadFile, "write", count)
    patient = [asyncio.ensure_future(log.append({"n": n}, patience=60)) for n in range(3)]
    await asyncio.sleep(0.1)
    assert not any(one.done() for one in patient)
    assert await asyncio.wait_for(log.append({"n": 4}), 10) == 4
    assert await asyncio.gather(*patient) == [1, 2, 3]
    assert heads == [4]


async def test_a_record_waits_no_longer_than_its_patience(log: AuditLog) -> None:
    assert await asyncio.wait_for(log.append({"n": 1}, patience=0.05), 10) == 1


async def test_what_waits_for_others_is_written_when_the_log_stops(log: AuditLog) -> None:
    waiting = asyncio.ensure_future(log.append({"n": 1}, patience=60))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(log.stop)
    assert await waiting == 1
