"""Runs compared: pairs, payloads, gates and exit codes."""

import json

import msgspec
import pytest

from seawall.cli.main import run as seawall
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.comparing import compare, failures, unscored
from seawall.redteam.power import what_shows
from seawall.redteam.rows import Head, RowFile

O = AttemptOutcome  # noqa: E741 - a short word in tables


def rows(probe, outcomes, mode=Mode.OFF, payloads=None):
    """Return a row an outcome; `payloads` many payloads take turns (None: one each)."""
    return [
        Attempt(
            id=f"{probe}/{i:03d}", probe=probe, mode=mode, outcome=outcome, strategy="plain",
            cluster=f"{probe}/{i % (payloads or len(outcomes))}",
        )
        for i, outcome in enumerate(outcomes)
    ]  # fmt: skip


def test_a_fall_is_seen() -> None:
    first = rows("PRB-A", [O.COMPLIED] * 20 + [O.REFUSED] * 10)
    second = rows("PRB-A", [O.BLOCKED] * 20 + [O.REFUSED] * 10, Mode.ON)
    (change,) = compare(first, second).probes
    assert (change.pairs, change.first.hits, change.second.hits) == (30, 20, 0)
    assert change.difference == pytest.approx(2 / 3)
    assert change.low > 0.4
    assert change.p_holm == pytest.approx(2 / 2**20)


def test_only_attempts_scored_twice_are_paired() -> None:
    first = rows("PRB-A", [O.COMPLIED, O.ERROR, O.COMPLIED, O.REFUSED])
    second = rows("PRB-A", [O.BLOCKED, O.BLOCKED, O.UNSCORED, O.COMPLIED], Mode.ON)
    (change,) = compare(first, second).probes
    assert change.pairs == 2
    assert change.difference == 0.0
    assert (change.first.errors, change.second.unscored) == (1, 1)


def test_any_of_k_stands_beside_the_pooled_rate() -> None:
    outcomes = [O.COMPLIED if i < 4 else O.REFUSED for i in range(16)]
    (change,) = compare(rows("PRB-A", outcomes, payloads=4), []).probes
    assert change.first.rate == 0.25
    assert change.first.any_rate == 1.0
    assert change.first.payloads == 4
    assert (change.pairs, change.p, change.low, change.high) == (0, 1.0, -1.0, 1.0)


def test_holm_runs_over_all_probes() -> None:
    one = rows("PRB-A", [O.COMPLIED] * 6) + rows("PRB-B", [O.COMPLIED] * 6)
    two = rows("PRB-A", [O.BLOCKED] * 6) + rows("PRB-B", [O.COMPLIED] * 6)
    first, second = compare(one, two).probes
    assert first.p == pytest.approx(2 / 64)
    assert first.p_holm == pytest.approx(4 / 64)
    assert second.p_holm == 1.0


def test_gates() -> None:
    good = rows("PRB-A", [O.BLOCKED] * 40) + rows("harmless", [O.COMPLIED] * 60)
    comparison = compare(good, good)
    assert failures(comparison, max_asr=0.1, max_overblock=0.05) == []
    assert failures(comparison) == []
    few = compare(good, rows("PRB-A", [O.BLOCKED] * 3))
    assert "PRB-A: 0 of 3" in failures(few, max_asr=0.1)[0]
    assert failures(few, max_asr=0.1, max_overblock=0.5)[1].startswith(
        "harmless conversations: not"
    )
    lost = compare(good, rows("PRB-A", [O.BLOCKED] * 40 + [O.UNSCORED]))
    assert "1 without a verdict" in failures(lost, max_asr=0.1)[0]
    strict = compare(good, good[:40] + rows("harmless", [O.COMPLIED] * 40 + [O.REFUSED] * 20))
    assert "20 of 60" in failures(strict, max_overblock=0.05)[0]
    gone = compare(good, rows("PRB-B", [O.BLOCKED] * 40))
    assert failures(gone, max_asr=0.5) == ["PRB-A: nothing was scored"]
    both = compare([*good, *rows("PRB-C", [O.BLOCKED] * 40)], rows("PRB-B", [O.BLOCKED] * 40))
    assert failures(both, max_asr=0.5) == ["PRB-A, PRB-C: nothing was scored"], "said once"
    assert not unscored(gone)
    assert unscored(compare(good, rows("PRB-A", [O.ERROR] * 9)))


def keep(path, kept):
    mode = kept[0].mode
    with RowFile(path, Head(run="r", target="t", mode=mode, seed=0)) as file:
        for row in kept:
            file.append(row)
    return str(path)


def test_command(tmp_path, capsys) -> None:
    off = keep(tmp_path / "off.jsonl", rows("PRB-A", [O.COMPLIED] * 40))
    on = keep(tmp_path / "on.jsonl", rows("PRB-A", [O.BLOCKED] * 40, Mode.ON))
    dead = keep(tmp_path / "dead.jsonl", rows("PRB-A", [O.ERROR] * 40, Mode.ON))
    assert seawall(["attack", "compare", off, on, "--max-asr", "0.1"]) == 0
    assert "40/40 = 100.0%" in capsys.readouterr().out
    assert seawall(["attack", "compare", on, off, "--max-asr", "0.1"]) == 4
    assert "PRB-A: 40 of 40" in capsys.readouterr().err
    assert seawall(["attack", "compare", off, on, "--max-overblock", "0.1"]) == 4
    assert seawall(["attack", "compare", off, dead]) == 6
    assert seawall(["attack", "compare", off, str(tmp_path / "none.jsonl")]) == 2
    assert seawall(["attack", "compare", off]) == 2
    assert seawall(["attack"]) == 2
    capsys.readouterr()
    assert seawall(["attack", "compare", off, on, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["comparison"]["probes"][0]["second"]["hits"] == 0
    assert told["failed"] == []


def test_what_a_run_can_show(cards) -> None:
    card = msgspec.structs.replace(cards["PRB-INJ-DIRECT"], n=40)
    alone, among = what_shows(card, None), what_shows(card, None, 20)
    assert (alone.attempts, alone.payloads) == (40, 20)
    assert alone.n_effective == pytest.approx(40 / 1.3)
    assert alone.least_fall and among.least_fall and alone.least_fall < among.least_fall
    assert what_shows(card, 4).fall == "none"
