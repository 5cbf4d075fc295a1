"""Registers: every version stays, and who edits at once loses nothing."""

import itertools
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.core.errors import InputError, NotFoundError
from seawall.core.roles import Actor
from seawall.store.changes import pending_changes
from seawall.store.db import Store, open_store
from seawall.store.registers import add_entry, edit_entry, entries, entry_of, history

ANA, BEN = Actor(name="ana"), Actor(name="ben")
EDITOR = """
import sys
from seawall.core.roles import Actor
from seawall.store.db import open_store
from seawall.store.registers import edit_entry
folder, entry_id, name = sys.argv[1:]
store = open_store(folder)
sys.stdin.readline()
for number in range(15):
    edit_entry(
        store, entry_id,
        lambda entry: {"notes": [*entry.body["notes"], f"{name} {number}"]},
        actor=Actor(name=name), action="note",
    )
"""


def test_versions_are_added_and_none_is_changed(store: Store) -> None:
    first = add_entry(store, "incident", "shop", {"a": 1}, actor=ANA, action="open", now=5)
    second = edit_entry(
        store, first.entry_id, lambda entry: {**entry.body, "b": 2}, actor=BEN, action="note"
    )
    assert (second.version, second.body) == (2, {"a": 1, "b": 2})
    assert history(store, first.entry_id) == [first, second]
    assert entries(store, "incident") == [second] == entries(store, "incident", "shop")
    assert entries(store, "incident", "bank") == [] == entries(store, "acceptance")
    assert [one["action"] for one in pending_changes(store)] == ["incident.open", "incident.note"]


def test_who_saw_an_older_version_changes_nothing(store: Store) -> None:
    entry = add_entry(store, "incident", "shop", {"n": 0}, actor=ANA, action="open")
    edit_entry(store, entry.entry_id, lambda _: {"n": 1}, actor=ANA, action="x", expected=1)
    with pytest.raises(InputError, match="changed by ana"):
        edit_entry(store, entry.entry_id, lambda _: {"n": 2}, actor=BEN, action="x", expected=1)
    assert entry_of(store, entry.entry_id).body == {"n": 1}


def test_an_edit_that_fails_leaves_the_last_good_version(store: Store) -> None:
    entry = add_entry(store, "incident", "shop", {"n": 0}, actor=ANA, action="open")

    def broken(_: object) -> dict:
        raise InputError("no")

    with pytest.raises(InputError):
        edit_entry(store, entry.entry_id, broken, actor=ANA, action="x")
    assert history(store, entry.entry_id) == [entry]
    assert len(pending_changes(store)) == 1


def test_what_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(NotFoundError):
        entry_of(store, "inc_0")
    with pytest.raises(NotFoundError):
        history(store, "inc_0")


def test_processes_that_edit_at_once_lose_nothing(tmp_path: Path, backend: str) -> None:
    folder = str(tmp_path / "data")
    store = open_store(folder)
    entry = add_entry(store, "incident", "shop", {"notes": []}, actor=ANA, action="open")
    names = ("ana", "ben", "eva")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", EDITOR, folder, entry.entry_id, name], stdin=subprocess.PIPE
        )
        for name in names
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    assert [process.wait(300) for process in running] == [0, 0, 0]
    found = history(store, entry.entry_id)
    notes = found[-1].body["notes"]
    assert sorted(notes) == sorted(f"{name} {n}" for name in names for n in range(15))
    assert [one.version for one in found] == list(range(1, 47))
    for older, newer in itertools.pairwise(found):
        assert newer.body["notes"][:-1] == older.body["notes"]
    store.close()


WRITER = """
import sys
from seawall.core.roles import Actor
from seawall.store.db import open_store
from seawall.store.registers import edit_entry
folder, entry_id = sys.argv[1:]
store = open_store(folder)
print("go", flush=True)
number = 0
while True:
    number += 1
    edit_entry(
        store, entry_id, lambda entry: {"notes": [*entry.body["notes"], "x" * 20_000]},
        actor=Actor(name="ana"), action="note",
    )
    print(number, flush=True)
"""


def killed_while_writing(folder: str, entry_id: str, after: int) -> int:
    """Kill a process that edits without end when it said that `after` edits are done."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, folder, entry_id], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(after + 1)]
    process.kill()
    said += process.stdout.readlines()
    assert process.wait(60) == -signal.SIGKILL
    return sum(line.strip().isdigit() for line in said)


def test_a_process_killed_in_the_middle_of_a_write_leaves_the_last_good_state(
    tmp_path: Path, backend: str
) -> None:
    folder = str(tmp_path / "data")
    store = open_store(folder)
    key = add_entry(store, "incident", "shop", {"notes": []}, actor=ANA, action="open").entry_id
    done = 0
    for after in (1, 4):
        done += killed_while_writing(folder, key, after)
        found = history(store, key)
        assert [one.version for one in found] == list(range(1, len(found) + 1))
        for older, newer in itertools.pairwise(found):
            assert newer.body["notes"] == [*older.body["notes"], "x" * 20_000]
        edits = len(found) - 1
        assert edits >= done, "what was said to be done is there"
        changes = [one for one in pending_changes(store) if one["target"] == key]
        assert len(changes) == len(found), "a version and its note for the audit log come together"
        done = edits
    again = edit_entry(store, key, lambda _: {"notes": []}, actor=BEN, action="clear")
    assert entry_of(store, key) == again, "the next one can write"
    store.close()
