"""The numbers of a comparison, from files of rows to the screen, by formulas of other people's."""

import json
import math
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from scipy import stats

from seawall.cli.main import run
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.rows import Head, RowFile

SCORED = ("complied", "refused", "blocked")
PAYLOADS, EACH, ICC = 9, 4, 0.3
RATES = {"PRB-A": (0.7, 0.2), "PRB-B": (0.5, 0.45), "PRB-C": (0.9, 0.05)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, Path]:
    """Two runs of 36 attempts a probe: payloads differ, one attempt has no verdict in either."""
    folder = tmp_path_factory.mktemp("runs")
    paths = folder / "off.jsonl", folder / "on.jsonl"
    for side, (path, mode) in enumerate(zip(paths, (Mode.OFF, Mode.ON), strict=True)):
        rng = Random(side)
        with RowFile(path, Head(run="r", target="t", mode=mode, seed=0)) as file:
            for probe, rates in RATES.items():
                for number in range(PAYLOADS * EACH):
                    lean = 0.3 * (number % PAYLOADS - PAYLOADS // 2) / PAYLOADS
                    hit = rng.random() < rates[side] + lean
                    outcome = (
                        AttemptOutcome.COMPLIED
                        if hit
                        else AttemptOutcome.BLOCKED
                        if side
                        else AttemptOutcome.REFUSED
                    )
                    if number == 5 + 7 * side:
                        outcome = AttemptOutcome.UNSCORED
                    cluster = f"{probe}/s{number % PAYLOADS}"
                    file.append(
                        Attempt(id=f"{cluster}/plain/{number:03d}", probe=probe, mode=mode,
                                outcome=outcome, strategy="plain", cluster=cluster)
                    )  # fmt: skip
    return paths


def rows_of(path: Path, probe: str) -> dict[str, tuple[str, bool]]:
    """Scored attempts by id, read as plain JSON: payload, and whether it succeeded."""
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    return {one["id"]: (one["cluster"], one["outcome"] == "complied") for one in lines
            if one["probe"] == probe and one["outcome"] in SCORED}  # fmt: skip


def score_interval(rate: float, n: float) -> list[float]:
    """Wilson's interval as the two solutions of (rate - p)^2 = z^2 p (1 - p) / n."""
    z2 = stats.norm.ppf(0.975) ** 2 / n
    return sorted(np.roots([1 + z2, -2 * rate - z2, rate * rate]).real)


def newcombe(table: tuple[int, int, int, int], n_effective: float) -> list[float]:
    """Newcombe 1998, method 10, on counts scaled to n_effective pairs."""
    a, b, c, d = (count * n_effective / sum(table) for count in table)
    p1, p2 = (a + b) / n_effective, (a + c) / n_effective
    (l1, u1), (l2, u2) = score_interval(p1, n_effective), score_interval(p2, n_effective)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    top = a * d - b * c
    top = max(top - n_effective / 2, 0.0) if top > 0 else top
    phi = top / math.sqrt(margins) if margins else 0.0
    low = (p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2
    high = (p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2
    return [p1 - p2 - math.sqrt(low), p1 - p2 + math.sqrt(high)]


def test_a_comparison_by_other_formulas(runs, capsys) -> None:
    assert run(["attack", "compare", *map(str, runs), "--json"]) == 0
    told = {
        one["probe"]: one for one in json.loads(capsys.readouterr().out)["comparison"]["probes"]
    }
    exact: dict[str, float] = {}
    for probe in RATES:
        sides = [rows_of(path, probe) for path in runs]
        for name, rows in zip(("first", "second"), sides, strict=True):
            n, hits = len(rows), sum(hit for _, hit in rows.values())
            clusters = {cluster for cluster, _ in rows.values()}
            scale = 1 / (1 + (n / len(clusters) - 1) * ICC)
            posterior = stats.beta(0.5 + hits * scale, 0.5 + (n - hits) * scale)
            reached = {cluster for cluster, hit in rows.values() if hit}
            seen = told[probe][name]
            assert (seen["n"], seen["hits"], seen["payloads"]) == (n, hits, len(clusters))
            assert seen["ucb95"] == pytest.approx(posterior.ppf(0.95), abs=1e-9)
            wanted = score_interval(hits / n, n * scale)
            assert [seen["low"], seen["high"]] == pytest.approx(wanted)
            assert seen["any_rate"] == len(reached) / len(clusters)
            any_of = stats.binomtest(len(reached), len(clusters)).proportion_ci(method="wilson")
            assert [seen["any_low"], seen["any_high"]] == pytest.approx([any_of.low, any_of.high])
        both = [name for name in sides[0] if name in sides[1]]
        pairs = [(sides[0][name], sides[1][name][1]) for name in both]
        table = tuple(
            sum((was, now) == cell for (_, was), now in pairs)
            for cell in ((True, True), (True, False), (False, True), (False, False))
        )
        payloads = {cluster for (cluster, _), _ in pairs}
        n_effective = len(pairs) / (1 + (len(pairs) / len(payloads) - 1) * ICC)
        seen = told[probe]
        assert seen["pairs"] == len(pairs) == PAYLOADS * EACH - 2
        assert seen["difference"] == pytest.approx((table[1] - table[2]) / len(pairs))
        assert [seen["low"], seen["high"]] == pytest.approx(newcombe(table, n_effective))
        falls = [sum(was - now for (c, was), now in pairs if c == one) for one in sorted(payloads)]
        turned = [
            abs(sum(sign * fall for sign, fall in zip(signs, falls, strict=True)))
            for signs in product((1, -1), repeat=len(falls))
        ]
        exact[probe] = sum(total >= abs(sum(falls)) for total in turned) / len(turned)
        assert seen["p"] == pytest.approx(exact[probe])
    ranked = sorted(exact, key=exact.__getitem__)
    for place, probe in enumerate(ranked):
        steps = [min(1.0, (len(ranked) - k) * exact[name]) for k, name in enumerate(ranked)]
        assert told[probe]["p_holm"] == pytest.approx(max(steps[: place + 1]))
    assert told["PRB-C"]["p_holm"] < 0.05 < told["PRB-B"]["p_holm"], "one is real, one is chance"


def test_exit_codes_are_what_is_promised(runs, tmp_path, capsys) -> None:
    off, on = map(str, runs)
    for name, failed, unscored in (("redteam", 1, 3), ("attack", 4, 6)):
        assert run([name, "compare", off, on, "--max-asr", "1"]) == failed, "one has no verdict"
        assert run([name, "compare", off, on]) == 0
        assert run([name, "compare", off, str(tmp_path / "none.jsonl")]) == 2
        assert run([name, "compare", off]) == 2
        lost = tmp_path / f"{name}.jsonl"
        with RowFile(lost, Head(run="r", target="t", mode=Mode.ON, seed=0)) as file:
            file.append(
                Attempt(id="PRB-A/s0/plain/000", probe="PRB-A", mode=Mode.ON, strategy="plain",
                        outcome=AttemptOutcome.ERROR, cluster="PRB-A/s0")
            )  # fmt: skip
        assert run([name, "compare", off, str(lost)]) == unscored
    capsys.readouterr()
