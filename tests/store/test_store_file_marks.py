"""Marks of files: found by their own function only, labels that only go up, gone with the file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy as sa

from seawall.core.errors import MissingPartError
from seawall.store import file_marks as module
from seawall.store.db import Store
from seawall.store.file_marks import FileMark, FileMarks
from seawall.store.objects import Holder, Objects
from seawall.store.tables import file_marks

MINE = Holder(application="shop", function="chat")
OTHERS = [
    Holder(application="shop", function="batch"),
    Holder(application="bank", function="chat"),
    Holder(application="shopchat", function=""),
]


def _file(store: Store, name: str, holder: Holder = MINE) -> str:
    info = {"filename": name, "purpose": "assistants"}
    return Objects(store).add(holder, "file", f"up-{name}-{holder.function}", info).object_id


def test_a_mark_names_its_files_to_their_own_function_only(store: Store) -> None:
    marks = FileMarks(store, env={})
    assert not marks.any()
    bill, copy = _file(store, "bill.txt"), _file(store, "copy.txt")
    assert marks.put(MINE, bill, {"x@y.example": (3, 1), "é\ud800": (1, 2)}) == 0
    assert marks.put(MINE, copy, {"x@y.example": (1, 1)}) == 0
    assert marks.any()
    found = marks.look(MINE, ["x@y.example", "é\ud800", "else"])
    assert set(found) == {"x@y.example", "é\ud800"}
    first = FileMark(object_id=bill, filename="bill.txt", chunk=3, level=1)
    second = FileMark(object_id=copy, filename="copy.txt", chunk=1, level=1)
    assert {one.object_id: one for one in found["x@y.example"]} == {bill: first, copy: second}
    for other in OTHERS:
        assert marks.look(other, ["x@y.example", "é\ud800"]) == {}
    assert FileMarks(store, env={}).look(MINE, ["é\ud800"])  # the key outlives a restart


def test_a_label_only_goes_up(store: Store) -> None:
    marks = FileMarks(store, env={})
    one, two = _file(store, "a.txt"), _file(store, "b.txt")
    marks.put(MINE, one, {"m": (1, 2), "n": (4, 1)})
    marks.put(MINE, two, {"m": (1, 1)})
    marks.put(MINE, one, {"m": (9, 1), "n": (9, 3)})
    known = {x.object_id: x for x in marks.look(MINE, ["m"])["m"]}
    assert (known[one].level, known[one].chunk, known[two].level) == (2, 1, 1)
    assert [(x.level, x.chunk) for x in marks.look(MINE, ["n"])["n"]] == [(3, 4)]
    marks.raise_to(OTHERS[0], two, 3)
    assert [x.level for x in marks.look(MINE, ["m"])["m"] if x.object_id == two] == [1]
    marks.raise_to(MINE, two, 2)
    marks.raise_to(MINE, two, 1)
    marks.raise_to(MINE, one, 2)
    assert {x.level for x in marks.look(MINE, ["m"])["m"]} == {2}
    assert [x.level for x in marks.look(MINE, ["n"])["n"]] == [3]


def test_a_deleted_file_takes_its_marks_with_it(store: Store) -> None:
    marks, objects = FileMarks(store, env={}), Objects(store)
    one, two = _file(store, "a.txt"), _file(store, "b.txt")
    for name in (one, two):
        marks.put(MINE, name, {"m": (1, 1)})
    objects.remove(OTHERS[0], "file", one)
    assert len(marks.look(MINE, ["m"])["m"]) == 2
    objects.remove(MINE, "file", one)
    assert [x.object_id for x in marks.look(MINE, ["m"])["m"]] == [two]
    with store.read() as connection:
        assert {row.object_id for row in connection.execute(file_marks.select())} == {two}


def test_what_there_is_no_room_for_is_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_MARKS", 5)
    marks, one = FileMarks(store, env={}), _file(store, "a.txt")
    assert marks.put(MINE, one, {f"m{n}": (1, 1) for n in range(4)}) == 0
    assert marks.put(MINE, one, {f"n{n}": (1, 1) for n in range(4)}) == 3
    assert len(marks.look(MINE, [f"{k}{n}" for k in "mn" for n in range(4)])) == 5

    two = _file(store, "b.txt")
    padded = {f"p{n}": (1, 1) for n in range(9)} | {"order": (2, 3), "more": (2, 2)}
    assert marks.put(MINE, two, padded) == 6
    assert {"order", "more"} <= marks.look(MINE, list(padded)).keys()


def test_marks_put_while_somebody_looks_are_not_overlooked(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks, one = FileMarks(file_store, env={}), _file(file_store, "a.txt")
    read = file_store.read

    @contextmanager
    def looking() -> Iterator[sa.Connection]:
        with read() as connection:
            yield connection
        monkeypatch.undo()
        marks.put(MINE, one, {"m": (1, 1)})

    monkeypatch.setattr(file_store, "read", looking)
    marks.any()
    assert not marks.none and marks.any()


def test_no_text_is_stored_and_a_broken_database_is_no_empty_one(file_store: Store) -> None:
    marks, one = FileMarks(file_store, env={}), _file(file_store, "a.txt")
    marks.put(MINE, one, {"spy@evil.example": (1, 1)})
    files = [path.read_bytes() for path in file_store.folder.rglob("*") if path.is_file()]
    assert not any(b"evil" in data for data in files)
    with sqlite3.connect(file_store.path) as raw, suppress(sqlite3.Error):
        raw.execute("DROP TABLE file_marks")
    for ask in (
        lambda: marks.look(MINE, ["m"]),
        lambda: marks.put(MINE, one, {"m": (1, 1)}),
        lambda: marks.raise_to(MINE, one, 2),
        marks.any,
    ):
        with pytest.raises(MissingPartError):
            ask()
