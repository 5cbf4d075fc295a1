"""The audit log's writer: acknowledged means durable, failures are heard, one writer only."""

import asyncio
import base64
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from raw import ask, edit, locked
from sqlalchemy import event

from seawall.core.errors import InputError, IntegrityError
from seawall.store import audit as audit_module
from seawall.store import chain
from seawall.store.audit import AuditError, AuditLog, open_log, verify
from seawall.store.db import Store, open_for_reading
from seawall.store.head_file import HeadFile
from seawall.store.locks import DataInUseError, replace_file
from seawall.store.spend import Charge, spent_on
from seawall.store.verify import last_seq, records


def head_of(store: Store) -> chain.Head:
    return chain.decode_head((store.folder / "audit.head").read_bytes())


async def test_an_acknowledged_record_is_durable_and_covered_by_the_head(
    store: Store, log: AuditLog
) -> None:
    assert await log.append({"b": 2, "a": "ä", "nested": {"z": 1, "a": [None, True]}}) == 1
    other = open_for_reading(store.folder)
    seq, body, previous, digest = ask(other, "SELECT seq, body, prev_hash, hash FROM audit")
    other.close()
    assert (seq, previous) == (1, bytes(32))
    assert body == '{"a":"ä","b":2,"nested":{"a":[null,true],"z":1}}'.encode()
    head = head_of(store)
    assert (head.seq, head.count, head.hash) == (1, 1, digest.hex())
    assert verify(store).ok


async def test_many_at_once_get_each_their_number_in_few_commits(
    store: Store, log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[bytes] = []

    def count(file: HeadFile, head: bytes) -> None:
        heads.append(head)
        write(file, head)

    write = HeadFile.write
    monkeypatch.setattr(HeadFile, "write", count)
    seqs = await asyncio.gather(*(log.append({"n": n}) for n in range(500)))
    assert sorted(seqs) == list(range(1, 501))
    in_order = [n for _, n in sorted(zip(seqs, range(500), strict=True))]
    assert [record.body["n"] for record in records(store, limit=500)] == in_order
    assert len(heads) < 50
    heads.clear()
    await asyncio.gather(*(log.append({"n": n}) for n in range(200)))
    assert len(heads) == 1  # one turn of the event loop is one commit
    report = verify(store)
    assert (report.ok, report.records, report.head_seq) == (True, 700, 700)


async def test_who_stops_waiting_leaves_the_record_and_the_others(
    store: Store, log: AuditLog
) -> None:
    tasks = [asyncio.ensure_future(log.append({"n": n})) for n in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found[0] == 1 and isinstance(found[1], asyncio.CancelledError) and found[2] == 3
    assert [record.body["n"] for record in records(store, limit=9)] == [0, 1, 2]


def test_threads_and_event_loops_share_one_log(store: Store, log: AuditLog) -> None:
    got: list[int] = []

    def work() -> None:
        async def main() -> None:
            got.extend(await asyncio.gather(*(log.append({"n": n}) for n in range(25))))

        asyncio.run(main())

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(1, 151))
    assert verify(store).ok


def test_keys_and_head_are_private_and_the_public_key_is_not(store: Store, log: AuditLog) -> None:
    modes = {
        name: oct(stat.S_IMODE((store.folder / name).stat().st_mode))
        for name in ("audit.key", "audit.head", "audit.pub", "audit.lock")
    }
    assert modes == {
        "audit.key": "0o600",
        "audit.head": "0o600",
        "audit.pub": "0o644",
        "audit.lock": "0o600",
    }


def test_a_restart_continues_the_chain(store: Store) -> None:
    for expected in (1, 2, 3):
        log = open_log(store)
        log.start()
        assert log.submit({"start": expected}).result(5) == expected
        log.stop()
        log.stop()
    assert verify(store).records == 3


async def test_stop_writes_what_waits_and_then_refuses(store: Store) -> None:
    log = open_log(store)
    log.start()
    waiting = [log.submit({"n": n}) for n in range(50)]
    log.stop()
    assert [future.result(0) for future in waiting] == list(range(1, 51))
    with pytest.raises(AuditError, match="not running"):
        await log.append({"late": True})
    assert last_seq(store) == 50


async def test_cancelling_the_caller_does_not_unwrite(store: Store, log: AuditLog) -> None:
    task = asyncio.create_task(log.append({"cancelled": True}))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await log.append({"after": True})
    assert [record.body for record in records(store)] == [{"cancelled": True}, {"after": True}]


def test_a_submitted_record_cannot_be_taken_back(store: Store, log: AuditLog) -> None:
    futures = [log.submit({"n": n}) for n in range(20)]
    assert not any(future.cancel() for future in futures)
    assert [future.result(5) for future in futures] == list(range(1, 21))


@pytest.mark.parametrize(
    "record", [{"x": object()}, {"x": "y" * (chain.MAX_BODY + 1)}, {"x": "\ud800"}, {1j: 1}]
)
async def test_what_is_no_record_is_refused_at_once(log: AuditLog, record: Any) -> None:
    with pytest.raises(InputError, match="audit record"):
        await log.append(record)
    assert await log.append({"next": 1}) == 1


async def test_charges_are_booked_with_their_records(store: Store, log: AuditLog) -> None:
    def charge(function: str, nanos: int, day: str = "2026-10-01") -> Charge:
        return Charge(day=day, function=function, nanos=nanos)

    await asyncio.gather(
        log.append({}, charge=charge("chat", 5)),
        log.append({}, charge=charge("chat", 7)),
        log.append({}, charge=charge("batch", 1)),
        log.append({}, charge=charge("chat", 100, "2026-10-02")),
        log.append({}),
    )
    await log.append({}, charge=charge("chat", 30))
    assert spent_on(store, "2026-10-01") == {"chat": 42, "batch": 1}
    assert spent_on(store, "2026-10-02") == {"chat": 100}
    assert spent_on(store, "2026-10-03") == {}


async def test_a_locked_database_fails_every_waiting_append_and_heals(
    store: Store, log: AuditLog
) -> None:
    await log.append({"n": 0})
    with locked(store):  # the log's writer waits for this transaction
        results = await asyncio.gather(
            *(log.append({"n": n}) for n in range(1, 9)), return_exceptions=True
        )
    assert all(isinstance(result, AuditError) for result in results), results
    assert "lock" in str(results[0])
    assert not log.healthy
    assert await log.append({"n": 9}) == 2
    assert log.healthy
    assert verify(store).ok


async def test_health_comes_back_without_a_request(
    store: Store, log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load balancer that heard of trouble sends none: the writer has to try by itself."""
    monkeypatch.setattr(audit_module, "HEAL_SECONDS", 0.01)
    await log.append({"n": 1})
    with locked(store):
        with pytest.raises(AuditError):
            await log.append({"n": 2})
        assert not log.healthy
    async with asyncio.timeout(5):
        while not log.healthy:  # noqa: ASYNC110 - the writer is a thread, it has no event to await
            await asyncio.sleep(0.01)
    assert await log.append({"n": 3}) == 2
    assert verify(store).ok


def _for_writers(store: Store, pragma: str) -> None:
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(pragma)

    assert store._writer is not None
    event.listen(store._writer, "begin", on_begin)


async def test_a_database_that_cannot_grow_fails_the_append_and_keeps_what_was_there(
    file_store: Store,
) -> None:
    store, log = file_store, open_log(file_store)
    log.start()
    await log.append({"n": 1})
    _for_writers(store, "PRAGMA max_page_count=1")
    results = await asyncio.gather(
        *(log.append({"n": n, "text": "x" * 50_000}) for n in range(4)), return_exceptions=True
    )
    assert all(isinstance(result, AuditError) for result in results), results
    assert "full" in str(results[0])
    _for_writers(store, "PRAGMA max_page_count=100000")
    assert await log.append({"n": 2}) == 2
    log.stop()
    report = verify(store)
    assert (report.ok, report.records, report.head_seq) == (True, 2, 2)


async def test_a_full_disk_fails_the_append_and_the_chain_stays_whole(
    store: Store, log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.append({"n": 1})

    def full(file: HeadFile, head: bytes) -> None:
        raise OSError(28, "No space left on device")

    write = HeadFile.write
    monkeypatch.setattr(HeadFile, "write", full)
    results = await asyncio.gather(
        *(log.append({"n": n}) for n in range(3)), return_exceptions=True
    )
    assert all(isinstance(result, AuditError) for result in results)
    assert "No space left" in str(results[0])
    lagging = verify(store)
    assert lagging.ok, lagging.problems
    assert (lagging.head_seq, lagging.records) == (1, 4)
    assert "records 2 to 4" in lagging.notes[0]
    monkeypatch.setattr(HeadFile, "write", write)
    assert await log.append({"n": 5}) == 5
    assert verify(store).head_seq == 5


def test_a_second_writer_is_refused_with_the_holders_id(store: Store, log: AuditLog) -> None:
    code = (
        "import sys\n"
        "from seawall.store.audit import open_log\n"
        "from seawall.store.db import open_store\n"
        "from seawall.store.locks import DataInUseError\n"
        "try:\n"
        "    open_log(open_store(sys.argv[1])).start()\n"
        "except DataInUseError as error:\n"
        "    sys.exit(f'refused {error.exit_code}: {error}')\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, store.folder], capture_output=True, text=True, check=False
    )
    assert process.stderr.startswith("refused 3: Another Seawall process"), process.stderr
    assert str(os.getpid()) in process.stderr
    with pytest.raises(DataInUseError):
        open_log(store).start()
    log.stop()
    again = open_log(store)
    again.start()
    again.stop()


KILLED = """
import asyncio, sys
from seawall.store.audit import open_log
from seawall.store.db import open_store

async def client(log, name):
    for n in range(100_000):
        seq = await log.append({"client": name, "n": n})
        sys.stdout.write(f"{seq} {name} {n}\\n")
        sys.stdout.flush()

async def main():
    log = open_log(open_store(sys.argv[1]))
    log.start()
    await asyncio.gather(*(client(log, name) for name in range(16)))

asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 40, 400])
def test_sigkill_loses_no_acknowledged_record(store: Store, lines: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, store.folder], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline() for _ in range(lines)]
    writer.kill()
    acknowledged += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    report = verify(store)
    assert report.ok, report.problems
    there = {(r.seq, r.body["client"], r.body["n"]) for r in records(store, limit=report.records)}
    told = {tuple(map(int, line.split())) for line in acknowledged if line.endswith("\n")}
    assert len(told) >= lines
    assert told <= there
    log = open_log(store)
    log.start()
    assert log.submit({"after": "kill"}).result(5) == report.records + 1
    log.stop()
    assert verify(store).notes == []


@pytest.mark.parametrize("step", range(3))
def test_a_crash_in_the_first_start_can_be_repeated(
    store: Store, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(10))

    def crash(path: Path, content: bytes, mode: int = 0o600) -> None:
        if next(calls) == step:
            raise SystemError("power cut")
        replace_file(path, content, mode)

    def crash_at_head(file: HeadFile, head: bytes) -> None:
        crash(file.path, head)

    monkeypatch.setattr(audit_module, "replace_file", crash)
    write = HeadFile.write
    monkeypatch.setattr(HeadFile, "write", crash_at_head)
    with pytest.raises(SystemError):
        open_log(store).start()
    monkeypatch.setattr(audit_module, "replace_file", replace_file)
    monkeypatch.setattr(HeadFile, "write", write)
    log = open_log(store)
    log.start()
    assert log.submit({}).result(5) == 1
    log.stop()
    assert verify(store).ok


def written(store: Store, count: int = 3) -> None:
    log = open_log(store)
    log.start()
    for number in range(count):
        log.submit({"n": number}).result(5)
    log.stop()


@pytest.mark.parametrize("name", ["audit.key", "audit.head"])
def test_a_writer_does_not_continue_a_log_whose_files_are_gone(store: Store, name: str) -> None:
    written(store)
    (store.folder / name).unlink()
    with pytest.raises(IntegrityError):
        open_log(store).start()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "UPDATE audit SET hash = prev_hash WHERE seq = 3",
        "INSERT INTO audit SELECT 4, time, body, prev_hash, hash, chain FROM audit WHERE seq = 3",
    ],
)
def test_a_writer_does_not_cover_up_tampering_at_the_end(store: Store, statement: str) -> None:
    written(store)
    edit(store, statement)
    head = (store.folder / "audit.head").read_bytes()
    with pytest.raises(IntegrityError, match="audit verify"):
        open_log(store).start()
    assert (store.folder / "audit.head").read_bytes() == head


def test_a_key_that_is_lost_with_the_records_is_noticed(store: Store) -> None:
    written(store)
    (store.folder / "audit.key").unlink()
    edit(store, "DELETE FROM audit", "DELETE FROM audit_head")
    with pytest.raises(IntegrityError, match="signing key"):
        open_log(store).start()


def test_the_head_is_what_the_documentation_says(store: Store) -> None:
    """An auditor can check the head with nothing but the public key."""
    written(store)
    head = json.loads((store.folder / "audit.head").read_bytes())
    signature = base64.b64decode(head.pop("signature"))
    signed = {**head, "signature": ""}
    message = (
        b"seawall audit head 1\n"
        + json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()
    )
    chain.load_public(store.folder / "audit.pub").verify(signature, message)
