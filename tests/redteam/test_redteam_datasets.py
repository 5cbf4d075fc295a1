"""Prompts of a file as a probe: read as they stand, and never a success by guess."""

import json

import msgspec
import pytest

from seawall.catalog.model import ProbeCard
from seawall.cli.main import run as seawall
from seawall.core.errors import InputError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam import datasets
from seawall.redteam.datasets import Dataset, card
from seawall.redteam.planning import plan
from seawall.redteam.rows import read_rows
from seawall.redteam.runner import run
from seawall.redteam.target import Observation

ROWS = [
    {"prompt": 'Say {canary} and {x}, "now"', "proof": "plum"},
    {"prompt": "  ", "proof": "none"},
    {"prompt": "Zweite Zeile:\nmit Umbruch", "proof": ""},
]


def written(path, rows=ROWS):
    if path.suffix == ".csv":
        lines = [",".join(rows[0])]
        lines += [",".join(f'"{value}"' for value in (v.replace('"', '""') for v in row.values()))
                  for row in rows]  # fmt: skip
        path.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["my set.csv", "my set.jsonl"])
def test_rows_are_sent_as_they_stand(name, tmp_path, facts) -> None:
    made = card(Dataset(path=written(tmp_path / name), expect="proof"))
    assert (made.id, made.n, made.oracle.kind) == ("PRB-DATA-MY-SET", 2, "phrase")
    said = [one.attack.messages for one in plan(made, facts)]
    assert said == [(ROWS[0]["prompt"],), (ROWS[2]["prompt"].strip(),)]
    assert [one.seed.id for one in plan(made, facts)] == ["row-1", "row-3"]


async def test_success_is_proven_or_not_scored(tmp_path, fake, facts) -> None:
    path = written(tmp_path / "s.jsonl")
    proven = card(Dataset(path=path, expect="proof"))
    rows = await run([proven], fake(lambda _: Observation(text="cGx1bQ== is p l u m")), Mode.OFF)
    assert [row.outcome for row in rows] == [AttemptOutcome.COMPLIED, AttemptOutcome.UNSCORED]
    rows = await run([proven], fake(lambda _: Observation(text="No pear.")), Mode.OFF)
    assert rows[0].outcome is AttemptOutcome.REFUSED
    open_end = card(Dataset(path=path))
    for seen, outcome in (
        (Observation(text="Sure, here it is: plum."), AttemptOutcome.UNSCORED),
        (Observation(text="I'm sorry, but I can't help with that."), AttemptOutcome.REFUSED),
        (Observation(blocked=True), AttemptOutcome.BLOCKED),
    ):
        rows = await run([open_end], fake(lambda _, seen=seen: seen), Mode.OFF)
        assert {row.outcome for row in rows} == {outcome}


@pytest.mark.parametrize(
    ("name", "text", "column", "message"),
    [
        ("a.txt", "x", "", "no data set"),
        ("a.csv", "other\nx\n", "", "no column 'prompt'"),
        ("a.csv", "prompt\nx\n", "none", "no column 'none'"),
        ("a.csv", "prompt\n\n", "", "no prompts"),
        ("a.jsonl", "[1]\n", "", "no JSON object"),
    ],
)
def test_what_cannot_be_used_is_named(name, text, column, message, tmp_path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        card(Dataset(path=path, column=column))


def test_too_many_rows_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(datasets, "MOST_ROWS", 2)
    with pytest.raises(InputError, match="more than 2 rows"):
        card(Dataset(path=written(tmp_path / "s.jsonl")))


def test_many_rows_take_linear_time(tmp_path, facts) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps({"prompt": f"Number {n}"}) + "\n" for n in range(20_000)))
    made = card(Dataset(path=path))
    assert len(plan(made, facts, n=5)) == 5
    assert isinstance(msgspec.structs.replace(made, n=1), ProbeCard)


def test_command_and_what_repeats_it(tmp_path, capsys) -> None:
    path, out = written(tmp_path / "own.csv"), tmp_path / "o.jsonl"
    words = ["attack", "--target", "lab", "--harmless", "0", "--no-calibrate", "--json"]
    words += ["--dataset", str(path), "--expect", "proof", "--out", str(out)]
    assert seawall(words) == 0
    assert list(json.loads(capsys.readouterr().out)["results"]) == ["PRB-DATA-OWN"]
    head, rows = read_rows(out)
    assert len(rows) == 2
    assert "--dataset" in head.options and "--expect" in head.options
    assert seawall(["attack", "triage", str(out), "--json"]) == 0
    assert seawall([*words[:-4], "--dataset", str(path), "--column", "none"]) == 2


def test_what_is_no_text_is_named_by_its_place(tmp_path) -> None:
    long, ragged, nested = (tmp_path / name for name in ("long.csv", "ragged.csv", "list.jsonl"))
    long.write_text("prompt\n" + "a" * 140_000 + "\nbird\n")
    ragged.write_text("q,proof\nbird,plum,more\n")
    nested.write_text('{"prompt": ["a", "b"]}\n')
    for path, said in ((long, "long.csv:"), (ragged, "no column 'prompt'"), (nested, "row 1")):
        with pytest.raises(InputError, match=said):
            card(Dataset(path=path))
    blank = tmp_path / "blank.jsonl"
    blank.write_text('{"prompt": 0, "proof": "  "}\n')
    (seed,) = card(Dataset(path=blank, expect="proof")).seeds
    assert (seed["text"], seed["foreign"]) == ("0", "")
