"""Labels only go up, stay with their owner and session, are bounded, and end."""

import itertools
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.store.db import Store, open_store
from seawall.store.taints import Taints
from seawall.store.turns import Owner

OWNERS = [
    Owner(application=app, function="chat", key_id=key, user=user)
    for app, key, user in (("a", "k1", ""), ("a", "k1", "u"), ("a", "k2", ""), ("b", "k1", ""))
]
MARKS = [
    "x@y.example",
    "DE89370400440532013000",
    "see you at noon on monday",
    "\x00full",
    "é\ud800",
]
puts = st.tuples(
    st.integers(0, 3), st.sampled_from(["", "s1", "s2"]),
    st.sets(st.sampled_from(MARKS), min_size=1), st.integers(1, 2),
    st.sampled_from(range(0, 4000, 100)),
)  # fmt: skip


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(str(tmp_path_factory.mktemp("taints")))


RUNS = itertools.count()


@settings(max_examples=15, deadline=None)
@given(st.lists(puts, max_size=6))
def test_it_is_the_highest_label_that_was_put_and_nobody_elses(
    store: Store, steps: list[tuple[int, str, set[str], int, int]]
) -> None:
    clock, run = Clock(), next(RUNS)
    taints = Taints(store, hours=1, env={}, clock=clock)
    clock.now += run * 100_000
    model: dict[tuple[int, str, str], tuple[int, float]] = {}
    for at, session, marks, level, later in steps:
        clock.now += later
        model = {key: value for key, value in model.items() if value[1] > int(clock.now)}
        taints.put(OWNERS[at], f"{run} {session}", marks, level)
        for mark in marks:
            held = model.get((at, session, mark), (0, 0.0))[0]
            model[at, session, mark] = (max(held, level), int(clock.now + 3600))
    for number, owner in enumerate(OWNERS):
        for name in ("", "s1", "s2"):
            want = {m: v[0] for (a, s, m), v in model.items() if (a, s) == (number, name)}
            assert taints.look(owner, f"{run} {name}", MARKS) == want


def test_a_full_session_is_labelled_as_a_whole_and_others_are_not(tmp_path: Path) -> None:
    taints = Taints(open_store(str(tmp_path)), max_marks=10, env={})
    taints.put(OWNERS[0], "s", {f"m{n}" for n in range(8)}, 1)
    assert taints.look(OWNERS[0], "s", ["never seen"]) == {}
    taints.put(OWNERS[0], "s", {f"n{n}" for n in range(5000)}, 1)
    assert taints.look(OWNERS[0], "s", ["never seen", "m1"]) == {"never seen": 2, "m1": 2}
    assert taints.look(OWNERS[0], "t", ["m1"]) == {}
    assert taints.look(OWNERS[1], "s", ["m1"]) == {}
    with taints._store.read() as connection:
        from seawall.store.tables import taints as table

        assert len(connection.execute(table.select()).all()) <= 11


def test_the_database_holds_no_text_and_equal_marks_look_different(tmp_path: Path) -> None:
    taints = Taints(open_store(str(tmp_path / "d")), env={})
    for session in ("s1", "s2"):
        taints.put(OWNERS[0], session, {"spy@evil.example"}, 1)
    files = [path.read_bytes() for path in (tmp_path / "d").rglob("*") if path.is_file()]
    assert not any(b"evil" in data for data in files)
    with taints._store.read() as connection:
        from seawall.store.tables import taints as table

        rows = connection.execute(table.select()).all()
    assert len({row.mark for row in rows}) == 2


def test_what_was_raised_a_moment_ago_is_not_written_again(tmp_path: Path) -> None:
    store, clock = open_store(str(tmp_path)), Clock()
    taints = Taints(store, hours=1, env={}, clock=clock)
    taints.put(OWNERS[0], "s", {"a", "b"}, 1)
    writes = 0

    def counted() -> AbstractContextManager[sa.Connection]:
        nonlocal writes
        writes += 1
        return Store.write(store)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "write", counted)
        clock.now += 59
        taints.put(OWNERS[0], "s", {"b", "a"}, 1)
        assert writes == 0
        for more in ({"a": 2}, {"c": 1}):
            for mark, level in more.items():
                taints.put(OWNERS[0], "s", {mark}, level)
        assert writes == 2, "a higher label and a new mark are written"
        clock.now += 60
        taints.put(OWNERS[0], "s", {"b"}, 1)
        assert writes == 3, "a label lasts from when it was last raised, but for a minute"
    store.close()
