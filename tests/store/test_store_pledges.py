"""Pledges: what a killed gateway left is booked once, what ended is not."""

from pathlib import Path

import pytest

from seawall.store.audit import open_log
from seawall.store.db import open_store
from seawall.store.pledges import FILE, Pledges
from seawall.store.spend import Charge, spent_on

DAY = "2026-11-30"


def charge(nanos: int) -> Charge:
    return Charge(day=DAY, function="chat", nanos=nanos, tokens=5)


def booked(folder: Path) -> tuple[int, int]:
    """Start anew; return how many pledges were open and what is spent in all."""
    store = open_store(str(folder), env={})
    audit = open_log(store)
    audit.start()
    try:
        pledges = Pledges(store.folder)
        found = pledges.start(audit)
        pledges.close()
        return found, spent_on(store, DAY).get("chat", 0)
    finally:
        audit.stop()
        store.close()


def left(folder: Path) -> Pledges:
    """Return the pledges of a gateway that is then killed."""
    store = open_store(str(folder), env={})
    audit = open_log(store)
    audit.start()
    pledges = Pledges(store.folder)
    pledges.start(audit)
    audit.stop()
    store.close()
    return pledges


def test_what_is_open_is_booked_once_and_what_ended_is_not(tmp_path: Path) -> None:
    pledges = left(tmp_path)
    pledges.add("a", charge(7))
    pledges.add("b", charge(100))
    pledges.end("a")
    pledges.end("nobody")
    assert booked(tmp_path) == (1, 100)
    assert booked(tmp_path) == (0, 100)


def test_a_line_cut_short_by_a_crash_was_never_asked(tmp_path: Path) -> None:
    pledges = left(tmp_path)
    pledges.add("a", charge(7))
    path = tmp_path / FILE
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert booked(tmp_path) == (1, 7)


def test_the_file_stays_small_and_keeps_what_is_open(tmp_path: Path) -> None:
    pledges = left(tmp_path)
    pledges.add("first", charge(7))
    for number in range(12_000):
        pledges.add(f"{number:0100}", charge(1))
        pledges.end(f"{number:0100}")
    assert (tmp_path / FILE).stat().st_size < 2 << 20
    assert booked(tmp_path) == (1, 7)


def test_a_full_disk_is_an_error_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pledges = left(tmp_path)
    pledges.add("a", charge(7))
    with monkeypatch.context() as patched:
        patched.setattr("os.write", lambda file, data: len(data) - 3)
        with pytest.raises(OSError, match=FILE):
            pledges.add("b", charge(100))
    pledges.close()
    assert booked(tmp_path)[1] == 7
