"""Outcomes in eight bytes an attempt: nothing mixed up, whatever the ids look like."""

import tracemalloc
from random import Random

import msgspec
import pytest

from seawall.core.errors import InputError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.ledger import Ledger
from seawall.redteam.rows import Head, RowFile, open_rows, read_rows

HEAD = Head(run="r", target="t", mode=Mode.OFF, seed=0)


def row(name: str, outcome: AttemptOutcome = AttemptOutcome.REFUSED, reason: str = "") -> Attempt:
    return Attempt(id=name, probe=name.partition("/")[0], mode=Mode.OFF, outcome=outcome,
                   strategy="plain", cluster="c", reason=reason)  # fmt: skip


def test_a_ledger_is_a_dictionary_of_outcomes() -> None:
    """Against a plain dictionary, over ids of every shape, put in any order and replaced."""
    rng, known, ledger = Random(7), {}, Ledger()
    shapes = ("P/a/plain/{:03d}", "P/b/plain/{:03d}", "P/x", "Q/{}", "harmless/talk-{}", "{}",
              "P/search/{:02d}/9999999999{}", "P/far/{}000", "P/²{}")  # fmt: skip
    for _ in range(5_000):
        name = rng.choice(shapes).format(rng.randrange(200), rng.randrange(3))
        outcome = rng.choice(list(AttemptOutcome))
        known[name] = outcome
        ledger.put(name, outcome)
        assert len(ledger) == len(known)
    assert {name: ledger.get(name) for name in known} == known
    for name in ("P/a/plain/900", "P/c/plain/001", "R/1", "", "P"):
        assert name not in ledger, "same probe and number, but another attempt"


def test_a_ledger_holds_little() -> None:
    ledger = Ledger()
    tracemalloc.start()
    try:
        for index in range(50_000):
            ledger.put(f"PRB-INJ-DIRECT/some-seed/base64/{index:03d}", AttemptOutcome.BLOCKED)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 10 * 50_000


def test_rows_are_read_anew_and_the_last_of_an_attempt_counts(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    with RowFile(path, HEAD) as file:
        for name in ("P/a/1", "P/a/2", "Q/a/1"):
            file.append(row(name, AttemptOutcome.ERROR))
        file.append(row("P/a/1", reason="second"))
        file.append(row("P/a/1", reason="third"))
    with path.open("ab") as torn:
        torn.write(b'\n{"id": "P/a/3", "pro')
    head, rows = open_rows(path)
    assert head == HEAD
    once, again = list(rows), list(rows)
    assert once == again == read_rows(path)[1]
    assert {one.id: one.reason for one in once} == {"P/a/1": "third", "P/a/2": "", "Q/a/1": ""}
    with RowFile(path, HEAD) as file:
        assert len(file.done) == 1 and "P/a/1" in file.done
    assert [one.reason for one in rows] == ["third"], "what ended in an error is tried again"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_a_broken_line_is_named_and_the_file_left_alone(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    with RowFile(path, HEAD) as file:
        file.append(row("P/a/1"))
    path.write_bytes(path.read_bytes() + b"{broken}\n" + msgspec.json.encode(row("P/a/2")) + b"\n")
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"rows\.jsonl:3: not an attempt"):
        read_rows(path)
    with pytest.raises(InputError, match=r"rows\.jsonl:3"), RowFile(path, HEAD):
        pass
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]
