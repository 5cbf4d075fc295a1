"""What a run did not try is said with the reason: risks, and the ATLAS threats behind them."""

import json
from pathlib import Path

import pytest

from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.rows import Head, RowFile, read_rows

CATALOG = load_catalog()


def row(probe: str, outcome: AttemptOutcome) -> Attempt:
    return Attempt(id=f"{probe}/a/plain/000", probe=probe, mode=Mode.OFF, outcome=outcome,
                   strategy="plain", cluster=f"{probe}/a")  # fmt: skip


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    left_out = {"PRB-LEAK-PROMPT": "The target does not tell system_prompt."}
    head = Head(run="r", target="t", mode=Mode.OFF, seed=0, left_out=left_out)
    with RowFile(path, head) as file:
        file.append(row("PRB-INJ-DIRECT", AttemptOutcome.REFUSED))
        file.append(row("PRB-PHISH", AttemptOutcome.ERROR))
    return path


def test_every_risk_is_tried_or_has_a_reason(rows: Path, tmp_path: Path, capsys) -> None:
    page = tmp_path / "page.html"
    assert run(["attack", "report", str(rows), "--html", str(page), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["coverage"]
    why = {one["id"]: one["why"] for one in told["untried"]}
    assert set(CATALOG.risks) - set(why) == {CATALOG.probes["PRB-INJ-DIRECT"].risk}
    assert (told["tried"], told["risks"]) == (1, len(CATALOG.risks))
    assert "PRB-PHISH has a verdict" in why[CATALOG.probes["PRB-PHISH"].risk]
    leak = why[CATALOG.probes["PRB-LEAK-PROMPT"].risk]
    assert leak.startswith("PRB-LEAK-PROMPT: The target does not tell system_prompt")
    probed = {card.risk for card in CATALOG.all_probes.values()}
    for risk in set(CATALOG.risks) - probed:
        assert why[risk].startswith("No probe tries it")
    text = page.read_text()
    assert all(risk in text for risk in why)


def test_threats_count_by_the_risks_that_name_them(rows: Path, capsys) -> None:
    assert run(["attack", "report", str(rows), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["coverage"]
    named = {
        one.id: {risk.id for risk in CATALOG.risks.values() if one in risk.references}
        for risk in CATALOG.risks.values()
        for one in risk.references
        if one.fw == "mitre-atlas"
    }
    tried = CATALOG.probes["PRB-INJ-DIRECT"].risk
    untried = {one["id"]: one for one in told["threats_untried"]}
    assert set(untried) == {threat for threat, risks in named.items() if tried not in risks}
    assert told["threats"] == len(named) == told["threats_tried"] + len(untried)
    assert 0 < told["threats_tried"] < len(named)
    for threat, one in untried.items():
        assert one["title"] == CATALOG.frameworks["mitre-atlas"].entries[threat]
        assert any(risk in one["why"] for risk in named[threat])


def test_a_run_keeps_why_probes_were_left_out(tmp_path: Path, capsys) -> None:
    out = tmp_path / "rows.jsonl"
    words = ["attack", "--target", "python:json:dumps", "--harmless", "0", "--no-calibrate"]
    words += ["--probe", "PRB-DISCLOSE", "--probe", "PRB-LEAK-PROMPT", "--n", "1"]
    run([*words, "--out", str(out)])
    head, _ = read_rows(out)
    assert set(head.left_out) == {"PRB-LEAK-PROMPT"}
    capsys.readouterr()
    assert run(["attack", "report", str(out)]) == 0
    assert f"of {len(CATALOG.risks)} risks" in capsys.readouterr().out
