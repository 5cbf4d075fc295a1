"""Records end after their retention: signed, on record, and what is left still verifies."""

import json
import shutil
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from raw import ask, edit
from servers import Postgres

from seawall.core.errors import InputError, IntegrityError
from seawall.core.roles import OPERATOR
from seawall.store import chain, prune, seals
from seawall.store.audit import AuditLog, open_log, verify
from seawall.store.capture_rows import SealedCapture
from seawall.store.changes import pending_changes
from seawall.store.db import URL_ENV, Store, open_store
from seawall.store.holds import HeldError, hold, lift_hold, list_holds
from seawall.store.seals import Seal
from seawall.store.tables import audit_seals
from seawall.store.verify import records

DAY = prune.DAY
# Ten days of records, one a day: each has a checkpoint, as more than five minutes have passed.
TEN = 10
NOW = 100.0 * DAY


def filled(store: Store, days: range = range(TEN), capture: int | None = None) -> None:
    """Write one record a day, with captured content beside one of them."""
    moments = (int((day + 0.5) * DAY * 1e9) for day in count(days.start))
    log = AuditLog(store, store.folder / chain.KEY_FILE, clock=lambda: now[0])
    now = [0]
    log.start()
    for day in days:
        now[0] = next(moments)
        content = None
        if day == capture:
            content = SealedCapture(
                request_id="r", application="a", function="f", handle=b"", created=0,
                expires=int(NOW) + DAY, key_id="k", sealed=b"x",
            )  # fmt: skip
        log.submit({"day": day}, capture=content).result(5)
    log.stop()


def end(store: Store, keep_days: float, **more: Any) -> prune.Due:
    return prune.prune(
        store, kept_seconds=int(keep_days * DAY), reason="kept long enough", actor=OPERATOR,
        now=NOW, **more,
    )  # fmt: skip


def days_of(store: Store) -> list[int]:
    return [record.body["day"] for record in records(store)]


def name_of(store: Store) -> str:
    return chain.fingerprint(chain.load_public(store.folder / chain.PUBLIC_FILE))


def test_old_records_end_and_the_rest_verifies_and_goes_on(store: Store) -> None:
    filled(store)
    found = end(store, 95.6)  # days 0 to 3 are over
    assert (found.first, found.last, found.records) == (1, 4, 4)
    assert found.why == "record 5 is younger"
    assert days_of(store) == [4, 5, 6, 7, 8, 9]
    report = verify(store)
    assert (report.ok, report.records, report.ended, report.problems) == (True, 6, 4, [])
    assert "records 1 to 4 were ended" in report.notes[0]
    assert "operator (kept long enough)" in report.notes[0]
    (change,) = pending_changes(store)
    assert (change["action"], change["actor"]) == ("audit.prune", "operator")
    assert change["target"] == name_of(store)
    seal = change["details"]
    assert (seal["first"], seal["last"], seal["records"]) == (1, 4, 4)

    filled(store, range(TEN, TEN + 2))
    assert end(store, 92.6).records == 3
    report = verify(store)
    assert (report.ok, report.ended, report.records) == (True, 7, 5)
    assert end(store, 92.6).records == 0


def test_what_is_due_is_told_and_nothing_ends_by_it(store: Store) -> None:
    filled(store)
    found = prune.due(store, kept_seconds=95 * DAY, now=NOW)
    assert (found.records, found.until) == (5, int(4.5 * DAY * 1e9))
    assert days_of(store) == list(range(TEN)) and verify(store).ended == 0
    assert pending_changes(store) == []


def test_the_end_of_the_log_and_its_newest_checkpoint_stay(store: Store) -> None:
    filled(store)
    assert end(store, 1).last == TEN - 1
    assert days_of(store) == [9]
    open_log(store).start()  # a start goes on from the last record
    shutil.copy(store.folder / chain.HEAD_FILE, store.folder / "kept.head")


def test_a_log_without_an_old_checkpoint_says_why_nothing_ends(store: Store) -> None:
    log = AuditLog(store, store.folder / chain.KEY_FILE, clock=lambda: 0)
    log.start()
    for number in range(5):
        log.submit({"day": number}).result(5)
    log.stop()
    found = end(store, 1)
    assert (found.records, "no checkpoint is old enough" in found.why) == (0, True)


def test_a_legal_hold_stops_it_until_it_is_lifted(store: Store) -> None:
    filled(store)
    placed = hold(store, "case 7", reason="a claim", actor=OPERATOR)
    with pytest.raises(InputError, match="already"):
        hold(store, "case 7", reason="again", actor=OPERATOR)
    assert prune.due(store, kept_seconds=95 * DAY, now=NOW).holds == [placed]
    with pytest.raises(HeldError, match="case 7") as caught:
        end(store, 95)
    assert (caught.value.code, caught.value.exit_code) == ("legal_hold", 2)
    with pytest.raises(HeldError):
        end(store, 200)  # where nothing is due as well
    assert len(days_of(store)) == TEN
    lift_hold(store, "case 7", reason="settled", actor=OPERATOR)
    with pytest.raises(InputError):
        lift_hold(store, "case 7", reason="settled", actor=OPERATOR)
    assert list_holds(store) == []
    assert end(store, 95).records == 5
    actions = [change["action"] for change in pending_changes(store)]
    assert actions == ["audit.hold", "audit.hold-lift", "audit.prune"]


def test_content_that_is_kept_keeps_its_record(store: Store) -> None:
    filled(store, capture=2)
    found = end(store, 95)
    assert (found.last, found.why) == (2, "content is kept that belongs to record 3")


@pytest.mark.parametrize("reason", ["", "a\nb", "x" * 501])
def test_a_reason_is_one_line(store: Store, reason: str) -> None:
    filled(store)
    with pytest.raises(InputError, match="--reason"):
        prune.prune(store, kept_seconds=95 * DAY, reason=reason, actor=OPERATOR, now=NOW)
    assert len(days_of(store)) == TEN


def test_six_months_are_the_least_unless_somebody_says_so() -> None:
    assert prune.retention(183 * DAY) == 183 * DAY
    assert prune.retention(DAY, short=True) == DAY
    for seconds, short in ((182 * DAY, False), (DAY - 1, True)):
        with pytest.raises(InputError, match=r"--older-than|one day"):
            prune.retention(seconds, short=short)


def test_a_log_that_was_tampered_with_is_not_ended(store: Store) -> None:
    filled(store)
    edit(store, "UPDATE audit SET time = time + 1 WHERE seq = 2")
    with pytest.raises(IntegrityError, match="record 2"):
        end(store, 95)
    assert len(days_of(store)) == TEN


def test_a_stop_in_the_middle_leaves_whole_steps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    monkeypatch.setattr(prune, "_STEP", 2)

    def stop(ended: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        end(store, 95, tell=stop)
    report = verify(store)
    assert (report.ok, report.ended, report.records) == (True, 2, 8)
    told: list[int] = []
    assert end(store, 95, tell=told.append).records == 3
    assert told == [2, 3]
    assert [change["details"]["last"] for change in pending_changes(store)] == [2, 4, 5]
    assert verify(store).ok


def test_a_hold_that_is_placed_meanwhile_stops_the_next_step(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    monkeypatch.setattr(prune, "_STEP", 2)

    def place(ended: int) -> None:
        hold(store, "case 7", reason="a claim", actor=OPERATOR)

    with pytest.raises(HeldError):
        end(store, 95, tell=place)
    report = verify(store)
    assert (report.ok, report.ended, report.records) == (True, 2, 8)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM audit WHERE seq = 6", "record 6: missing"),
        ("DELETE FROM audit_seals", "record 1 to 5: missing"),
        ("UPDATE audit_seals SET seal = 'x'", "seal 5: cannot be read"),
        ("UPDATE audit_seals SET seq = 6", "seal 6: cannot be read"),
        ("UPDATE audit SET seq = 5 WHERE seq = 6", "record 5: inserted"),
        ("DELETE FROM audit WHERE seq = 10", "record 10: missing at the end"),
    ],
)
def test_what_is_done_to_an_ended_log_is_found(store: Store, statement: str, problem: str) -> None:
    filled(store)
    end(store, 95)
    edit(store, statement)
    report = verify(store)
    assert not report.ok
    assert any(problem in said for said in report.problems), report.problems


def rewritten(store: Store, resign: bool, **changes: Any) -> None:
    """Change the seal as somebody would who has the database, and maybe the key."""
    (raw,) = ask(store, "SELECT seal FROM audit_seals")
    seal = msgspec.structs.replace(msgspec.json.decode(bytes(raw), type=Seal), **changes)
    if resign:
        seal = seals.signed(seal, chain.load_private(store.folder / chain.KEY_FILE))
    with store.write() as connection:
        values = {"seal": msgspec.json.encode(seal), "seq": seal.seq}
        connection.execute(sa.update(audit_seals).values(values))


def test_more_cannot_be_ended_by_a_changed_seal(store: Store) -> None:
    filled(store)
    hashes = {record.seq: record.hash for record in records(store)}
    end(store, 95)
    edit(store, "DELETE FROM audit WHERE seq = 6")
    rewritten(store, False, seq=6, hash=hashes[6])
    assert "seal 6: the signature is wrong, so nobody ended those records" in (
        verify(store).problems
    )


def test_checkpoints_kept_elsewhere_prove_the_hash_of_a_seal(store: Store, tmp_path: Path) -> None:
    filled(store)
    kept = Path(shutil.copy(store.folder / "audit.checkpoints", tmp_path / "kept"))
    old_head = Path(shutil.copy(store.folder / chain.HEAD_FILE, tmp_path / "old.head"))
    end(store, 95)
    assert verify(store, checkpoints=kept).ok
    filled(store, range(TEN, TEN + 3))
    end(store, 89)  # behind what the kept head counts
    report = verify(store, head=old_head, checkpoints=kept)
    assert report.ok and any("older than what was ended" in note for note in report.notes)
    edit(store, f"DELETE FROM audit_seals WHERE seq < {report.ended}")
    # With the key, somebody claims that another record had been there.
    rewritten(store, True, first=1, seq=8, hash="ab" * 32)
    problems = verify(store, checkpoints=kept).problems
    assert any("record 8: not the one that checkpoint" in said for said in problems), problems


def test_an_ended_log_can_be_read_on_and_shown(store: Store) -> None:
    filled(store)
    end(store, 95)
    assert [record.seq for record in records(store, after=0)] == [6, 7, 8, 9, 10]
    (raw,) = ask(store, "SELECT seal FROM audit_seals")
    assert json.loads(bytes(raw))["kept_seconds"] == 95 * DAY


def test_replicas_end_their_own_chains_alone(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_ENV, postgres.migrated())
    one, two = open_store(tmp_path / "one"), open_store(tmp_path / "two")
    filled(one)
    filled(two)
    assert end(one, 95).records == 5
    assert (verify(one).ended, verify(two).ended) == (5, 0)
    assert verify(one).ok and verify(two).ok and len(days_of(two)) == TEN


def test_records_that_wait_for_a_database_are_waited_for(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_ENV, postgres.migrated())
    store = open_store(tmp_path / "one")
    filled(store)
    (store.folder / "audit.journal").write_bytes(b"x")
    with pytest.raises(InputError, match="wait for the database"):
        end(store, 95)
    assert len(days_of(store)) == TEN


def test_an_older_schema_has_no_seals_and_verifies(file_store: Store) -> None:
    filled(file_store)
    edit(file_store, "DROP TABLE audit_seals")
    assert verify(file_store).ok
