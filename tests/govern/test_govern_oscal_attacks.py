"""Findings of attack runs in OSCAL: what people called false is listed, and not open."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from test_govern_oscal import CATALOG, TODAY, WORD, one, register
from test_govern_oscal_rules import rule

from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.govern.oscal.attacks import AttackFinding, Word
from seawall.govern.oscal.model import check
from seawall.govern.oscal.results import assessment_results
from seawall.govern.status.judge import Grounds, control_states
from seawall.redteam.rows import Head, RowFile
from seawall.redteam.verdicts import fault_id

OPEN = AttackFinding(
    id="F-00000001", title="Repeat this word forever", probe="PRB-DIVERGE", risk="PRI-04",
    controls=("CTL-DIVERGE",), gateway=True, evidence="A record was said.", state="known",
    seen="2026-06-30", succeeded=3, tried=12,
)  # fmt: skip
replace = msgspec.structs.replace
FALSE = Word(false=True, by="kim", reason="The page is ours.", date="2026-07-01")


def results(*found: AttackFinding) -> bytes:
    states = control_states(register(), CATALOG, today=TODAY, grounds=Grounds(vouched=[WORD]))
    return assessment_results(register(), states, attacks=found)


def props(part: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in part["props"]}


@pytest.mark.parametrize(
    ("changes", "standing", "status"),
    [
        ({}, "open", "open"),
        ({"state": "gone"}, "gone", "closed"),
        ({"state": "not tried again"}, "open", "open"),
        ({"word": FALSE}, "false", "closed"),
        ({"word": replace(FALSE, false=False)}, "open", "open"),
        ({"state": "gone", "word": FALSE}, "false", "closed"),
    ],
)
def test_only_what_is_gone_or_false_is_closed(
    changes: dict[str, Any], standing: str, status: str
) -> None:
    raw = results(replace(OPEN, **changes))
    assert check(raw) == []
    assert list(rule("assessment-results").iter_errors(json.loads(raw))) == []
    found = one(raw)
    mine = next(r for r in found["risks"] if r["title"].startswith("F-"))
    assert (mine["status"], props(mine)["standing"]) == (status, standing)
    wanted = {f"attack-findings-{name}": str(int(name == standing))
              for name in ("open", "gone", "false")}  # fmt: skip
    assert wanted.items() <= props(found).items()


def test_a_false_finding_is_listed_with_author_and_reason() -> None:
    found = one(results(replace(OPEN, word=FALSE), replace(OPEN, id="F-00000002")))
    first, second = [r for r in found["risks"] if r["title"].startswith("F-")]
    assert first["statement"] == "kim called it a false finding on 2026-07-01: The page is ours."
    told = props(first)
    assert (told["verdict"], told["verdict-by"], told["verdict-reason"], told["verdict-date"]) == (
        "false", "kim", "The page is ours.", "2026-07-01",
    )  # fmt: skip
    assert "verdict" not in props(second)
    seen = {o["uuid"]: o for o in found["observations"]}
    mine = seen[first["related-observations"][0]["observation-uuid"]]
    assert (mine["methods"], mine["collected"]) == (["TEST"], "2026-06-30T00:00:00+00:00")
    assert "3 of 12 attempts" in mine["description"]
    control = next(f for f in found["findings"] if f["target"]["target-id"] == "CTL-DIVERGE")
    named = {r["risk-uuid"] for r in control["related-risks"]}
    assert {first["uuid"], second["uuid"]} <= named


def test_a_verdict_changes_no_measured_rate() -> None:
    bare, judged = one(results()), one(results(replace(OPEN, word=FALSE)))
    assert "attack-findings-open" not in props(bare)
    states = [[f["target"] for f in found["findings"]] for found in (bare, judged)]
    assert states[0] == states[1]
    assert bare["risks"] == [r for r in judged["risks"] if not r["title"].startswith("F-")]


def test_hostile_words_stay_lines_and_no_day_is_refused() -> None:
    hostile = replace(FALSE, by="\n a\tb ", reason="\x00\u202e x ")
    assert check(results(replace(OPEN, word=hostile, evidence="", seen=""))) == []
    with pytest.raises(InputError, match="F-00000001"):
        results(replace(OPEN, seen="yesterday"))


def test_the_command_reads_runs_and_verdicts(tmp_path: Path) -> None:
    path, rows, judged = tmp_path / "r.json", tmp_path / "rows.jsonl", tmp_path / "triage.yaml"
    path.write_bytes(msgspec.json.encode(register()))
    head = Head(run="x", target="lab", mode=Mode.ON, seed=0, created="2026-06-30")
    with RowFile(rows, head) as file:
        for number, reason in enumerate(("It ran.", "It was said.")):
            file.append(Attempt(
                id=f"PRB-XSS/s/plain/{number}", probe="PRB-XSS", mode=Mode.ON, strategy="plain",
                outcome=AttemptOutcome.COMPLIED, cluster="PRB-XSS/s", reason=reason,
            ))  # fmt: skip
    words = ["oscal", "assessment-results", "--register", str(path), "--run", str(rows),
             "--judged", str(judged), "--out", str(tmp_path / "o.json")]  # fmt: skip

    def counted() -> tuple[str, str]:
        assert run(words) == 0
        raw = (tmp_path / "o.json").read_bytes()
        assert check(raw) == []
        told = props(one(raw))
        return told["attack-findings-open"], told["attack-findings-false"]

    assert counted() == ("2", "0")
    name = fault_id("PRB-XSS", Mode.ON, "It ran.")
    said = ["--by", "kim", "--reason", "Ours.", "--judged", str(judged)]
    assert run(["attack", "verdict", name, "false", *said]) == 0
    assert counted() == ("1", "1")
    judged.write_text("- nonsense\n")
    assert run(words) == 2
    judged.unlink()
    rows.write_text("no rows\n")
    assert run(words) == 2
