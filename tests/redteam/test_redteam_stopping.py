"""Stopping when a decision is certain: the promised error is kept; quick rows outrun nothing."""

import asyncio
import json
import math
from pathlib import Path

import msgspec
import pytest
from scipy import integrate, stats

from seawall.cli.main import run as seawall
from seawall.core.errors import InputError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.comparing import side
from seawall.redteam.ledger import Ledger
from seawall.redteam.measure import summarise_probe
from seawall.redteam.rows import RowFile, read_rows
from seawall.redteam.runner import attack, run
from seawall.redteam.stopping import (
    FAILS,
    PASSES,
    Stopper,
    ahead,
    chances,
    decide,
    evidence,
    honest_result,
    honest_side,
    lower,
    upper,
)
from seawall.redteam.target import Observation

MANY = 100_000


@pytest.mark.parametrize(("hits", "rest", "limit"), [(0, 30, 0.1), (3, 17, 0.3), (1.5, 8.2, 0.5)])
def test_evidence_is_the_mean_likelihood_against_the_limit(hits, rest, limit) -> None:
    weight = stats.beta(0.5, 0.5)
    whole, _ = integrate.quad(lambda p: p**hits * (1 - p) ** rest * weight.pdf(p), 0, limit)
    ratio = whole / weight.cdf(limit) / (limit**hits * (1 - limit) ** rest)
    assert evidence(hits, rest, limit) == pytest.approx(math.log(ratio))


@pytest.mark.parametrize("limit", [0.05, 0.2, 0.5])
def test_a_wrong_decision_is_rarer_than_promised_whenever_it_stops(limit) -> None:
    passed, _, _ = chances(limit, limit, 150, MANY)
    assert 0.005 < passed <= 0.05, "a rate at the limit passes too often, or nothing ever does"
    _, failed, _ = chances(limit, limit, 150, MANY)
    assert 0.005 < failed <= 0.05


def test_what_stopping_saves_and_finds() -> None:
    passed, _, mean = chances(0.01, 0.1, 200, MANY)
    assert passed > 0.95
    assert mean < 70
    _, failed, mean = chances(0.5, 0.1, 200, MANY)
    assert failed > 0.99
    assert mean < 10


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (1, 20), (5, 20), (18, 20), (20, 20), (0, 1)])
def test_bounds_enclose_the_rate_and_are_wider_than_fixed_ones(hits, n) -> None:
    low, high = lower(hits, n - hits), upper(hits, n - hits)
    assert 0.0 <= low <= hits / n <= high <= 1.0
    assert high >= stats.beta(0.5 + hits, 0.5 + n - hits).ppf(0.95) or hits == n
    assert decide(hits, n, n, min(0.999, high + 1e-6)) == PASSES or hits == n
    assert decide(hits, n, n, max(1e-6, high - 1e-6)) != PASSES
    grid = [
        evidence(hits, n - hits, hits / n + step * (1 - hits / n) / 50) for step in range(1, 50)
    ]
    assert grid == sorted(grid), "one crossing: the bound is the only limit between"


def _row(index: int, outcome: AttemptOutcome, cluster: int | None = None) -> Attempt:
    return Attempt(
        id=f"P/{index}", probe="P", mode=Mode.OFF, outcome=outcome, strategy="plain",
        cluster=f"c{index if cluster is None else cluster}",
    )  # fmt: skip


def test_variants_of_one_payload_count_less() -> None:
    assert decide(0, 60, 60, 0.1) == PASSES
    assert decide(0, 60, 3, 0.1) == ""
    rows = [_row(index, AttemptOutcome.BLOCKED, index % 3) for index in range(60)]
    assert honest_result(summarise_probe(rows)).ucb95 > 0.1 > honest_result(
        summarise_probe([_row(index, AttemptOutcome.BLOCKED) for index in range(60)])
    ).ucb95  # fmt: skip
    assert honest_side(side(rows)).ucb95 == honest_result(summarise_probe(rows)).ucb95
    nothing = honest_side(side([_row(0, AttemptOutcome.ERROR)]))
    assert (nothing.low, nothing.high, nothing.ucb95) == (0.0, 1.0, 1.0)


def test_quick_blocks_do_not_outrun_a_slow_success() -> None:
    stopper = Stopper(0.1)
    for index in range(80):
        stopper.planned("P", f"P/{index}")
    for index in range(1, 80):
        stopper.known(_row(index, AttemptOutcome.BLOCKED))
    assert not stopper.stopped("P"), "the first attempt is still under way"
    stopper.known(_row(0, AttemptOutcome.COMPLIED))
    assert stopper.decisions == {"P": PASSES}
    lost = Stopper(0.1)
    for index in range(80):
        lost.planned("P", f"P/{index}")
        lost.known(_row(index, AttemptOutcome.ERROR))
    assert not lost.stopped("P"), "errors decide nothing"


async def test_a_run_stops_and_goes_on_where_it_was(fake, cards) -> None:
    card = cards["PRB-DISCLOSE"]
    quiet = fake(lambda _attack: Observation(text="No.", blocked=True))
    rows = await run([card], quiet, Mode.ON, n=200, concurrency=8, stopper=Stopper(0.2))
    assert len(rows) == len(quiet.seen) < 120
    assert [row.id for row in rows] == [one.id for one in quiet.seen], "a whole beginning"
    more: list[Attempt] = []
    done = Ledger.of(rows)
    await attack([card], quiet, Mode.ON, more.append, n=200, stopper=Stopper(0.2), done=done)
    assert more == [], "nothing is sent again: the decision stands in the rows that are there"
    await asyncio.sleep(0)
    whole = await run([card], quiet, Mode.ON, n=200)
    assert len(whole) == 200


def test_power_is_known_before(cards) -> None:
    shows = ahead(cards["PRB-DISCLOSE"], 100, 0.2)
    assert shows.pass_after is not None
    assert shows.fail_after is not None
    assert shows.fail_after < shows.pass_after < shows.mean_at_quarter < 100
    assert ahead(cards["PRB-DISCLOSE"], 5, 0.01).pass_after is None
    assert decide(shows.fail_after, shows.fail_after, shows.fail_after, 0.2) == FAILS


MODULE = "def no(messages):\n    return {'text': 'No.', 'blocked': True}\n"


def test_command(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop_that_blocks.py").write_text(MODULE)
    words = ["attack", "--target", "python:shop_that_blocks:no", "--probe", "PRB-EXFIL-MD"]
    words += ["--n", "150", "--harmless", "0", "--no-calibrate", "--max-asr", "0.2"]
    assert seawall([*words, "--stop", "--json", "--out", "a.jsonl"]) == 0
    result = json.loads(capsys.readouterr().out)["results"]["PRB-EXFIL-MD"]
    assert result["n"] < 150
    assert result["ucb95"] <= 0.2
    head, rows = read_rows(Path("a.jsonl"))
    assert head.stop == 0.2
    assert len(rows) == result["n"]
    assert seawall(["attack", "compare", "a.jsonl", "a.jsonl"]) == 2
    assert "stopped" in capsys.readouterr().err
    assert seawall([*words, "--stop", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stopping"][0]["pass_after"] < 150
    assert seawall(["attack", "--target", "python:json:dumps", "--stop"]) == 2
    unstopped = RowFile(Path("a.jsonl"), msgspec.structs.replace(head, stop=None))
    with pytest.raises(InputError, match="stop"), unstopped:
        pass
