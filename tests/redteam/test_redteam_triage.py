"""Findings over several runs: grouped, followed, judged by people."""

import json

import pytest

from seawall.assess import register
from seawall.cli.main import run as seawall
from seawall.core import trials
from seawall.core.errors import InputError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam import ocsf
from seawall.redteam.ocsf import events
from seawall.redteam.rows import Head, RowFile
from seawall.redteam.triage import faults
from seawall.redteam.verdicts import Judged, fault_id, judge, read_judged

COMPLIED, BLOCKED, ERROR = AttemptOutcome.COMPLIED, AttemptOutcome.BLOCKED, AttemptOutcome.ERROR


def row(number, outcome, *, strategy="plain", reason="It ran.", probe="PRB-XSS", mode=Mode.ON):
    return Attempt(
        id=f"{probe}/s{number}/{strategy}/00{number}", probe=probe, mode=mode, outcome=outcome,
        strategy=strategy, cluster=f"{probe}/s{number}", reason=reason,
    )  # fmt: skip


def head(day, mode=Mode.ON):
    return Head(run=day, target="lab", mode=mode, seed=0, created=f"2026-11-{day}", n=4)


def test_successes_of_one_effect_are_one_finding(cards) -> None:
    rows = [
        row(1, COMPLIED, strategy="base64", reason="The answer has 4096 characters."),
        row(2, COMPLIED, reason="The answer has 3120 characters."),
        row(3, COMPLIED, reason="Another effect."),
        row(4, BLOCKED), row(5, COMPLIED, probe="harmless"),
    ]  # fmt: skip
    first, other = faults([(head("01"), rows)], cards)
    assert first.attempts == ("PRB-XSS/s2/plain/002", "PRB-XSS/s1/base64/001")
    assert (len(first.seeds), first.tried, first.disguise) == (2, 4, "none")
    assert other.evidence == "Another effect."
    assert first.reproduce.endswith("--gateway --attempt PRB-XSS/s2/plain/002")


@pytest.mark.parametrize(
    ("outcomes", "state", "runs"),
    [
        ([COMPLIED], "new", 1),
        ([BLOCKED, COMPLIED], "new", 1),
        ([COMPLIED, COMPLIED], "known", 2),
        ([COMPLIED, BLOCKED], "gone", 1),
        ([COMPLIED, ERROR], "not tried again", 1),
        ([COMPLIED, BLOCKED, COMPLIED], "back", 2),
        ([COMPLIED, ERROR, COMPLIED], "known", 2),
    ],
)
def test_state_over_runs(outcomes, state, runs, cards) -> None:
    made = [(head(f"0{day}"), [row(1, end)]) for day, end in enumerate(outcomes, start=1)]
    (found,) = faults(made, cards)
    assert (found.state, found.runs) == (state, runs)
    assert found.first_seen <= found.last_seen


def test_a_run_of_the_other_mode_says_nothing(cards) -> None:
    on = (head("01"), [row(1, COMPLIED)])
    off = (head("02", Mode.OFF), [row(1, BLOCKED, mode=Mode.OFF)])
    (found,) = faults([on, off], cards)
    assert found.state == "new"
    assert fault_id("P", Mode.ON, "x 12") == fault_id("P", Mode.ON, "x 34")
    assert fault_id("P", Mode.ON, "x") != fault_id("P", Mode.OFF, "x")


def test_a_verdict_is_kept_by_name_and_replaced(cards, tmp_path) -> None:
    path, (found,) = tmp_path / "triage.yaml", faults([(head("01"), [row(1, COMPLIED)])], cards)
    assert read_judged(path) == ()
    for word, by in (("true", "kim"), ("false", 'dana "D"')):
        judge(
            path,
            Judged(finding=found.id, verdict=word, by=by, reason="Why: so.", date="2026-11-28"),
        )
    (kept,) = read_judged(path)
    assert (kept.verdict, kept.by) == ("false", 'dana "D"')
    (again,) = faults([(head("01"), [row(1, COMPLIED)])], cards, read_judged(path))
    assert again.judged == kept and 'dana "D"' in again.verdict


def test_commands(tmp_path, capsys) -> None:
    run, words = tmp_path / "on.jsonl", tmp_path / "t.yaml"
    with RowFile(run, head("01")) as file:
        file.append(row(1, COMPLIED))
    options = ["--judged", str(words)]
    assert seawall(["attack", "triage", str(run), *options, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    said = ["attack", "verdict", found["id"], "false", "--by", "kim", "--reason", "A test page."]
    assert seawall([*said, *options]) == 0
    assert seawall(["attack", "verdict", "F-1", "false", "--by", "k", "--reason", "r"]) == 2
    assert seawall(["attack", "minimise", str(run), *options]) == 2, "each was judged false"
    capsys.readouterr()
    assert seawall(["attack", "triage", str(run), *options]) == 0
    shown = capsys.readouterr().out
    assert "kim" in shown
    assert "Findings: 1, open: 0, judged false: 1." in shown
    assert "in none of these runs" not in shown
    slip = ["attack", "verdict", "F-00000000", "true", "--by", "kim", "--reason", "A slip."]
    assert seawall([*slip, *options]) == 0
    assert seawall(["attack", "triage", str(run), *options]) == 0
    assert "Judged, but in none of these runs: F-00000000." in capsys.readouterr().out


def test_a_file_that_is_none_is_refused(tmp_path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text("- {finding: F-00000000, verdict: maybe, by: k, reason: r, date: 2026-01-01}\n")
    with pytest.raises(InputError, match=r"t\.yaml"):
        read_judged(path)


def test_a_false_finding_is_set_aside_in_what_is_written_with_its_reason(tmp_path, capsys) -> None:
    run, words, sarif, html = (
        tmp_path / name for name in ("on.jsonl", "t.yaml", "s.json", "p.html")
    )
    with RowFile(run, head("01")) as file:
        for one in (row(1, COMPLIED), row(2, COMPLIED, reason="Another."), row(3, BLOCKED)):
            file.append(one)
    name = fault_id("PRB-XSS", Mode.ON, "It ran.")
    judge(words, Judged(finding=name, verdict="false", by="kim", reason="Ours.", date="2026-11-28"))
    options = ["--judged", str(words), "--sarif", str(sarif), "--html", str(html)]
    assert seawall(["attack", "report", str(run), *options]) == 0
    assert "2 attacks succeeded: 2 findings, 1 judged false." in capsys.readouterr().out
    kept, aside = json.loads(sarif.read_text())["runs"][0]["results"]
    assert aside["suppressions"][0]["justification"] == "false (kim: Ours.)"
    assert "suppressions" not in kept
    page = html.read_text()
    assert "judged false (kim: Ours.) on 2026-11-28" in page
    assert page.index("Another.") < page.index("It ran."), "what counts stands first"


def test_ocsf_says_pass_only_where_everything_was_scored_and_nothing_succeeded(cards) -> None:
    rows = [
        row(1, COMPLIED), row(2, BLOCKED), row(1, BLOCKED, probe="PRB-PHISH"),
        row(1, BLOCKED, probe="PRB-CARDING"), row(2, ERROR, probe="PRB-CARDING"),
        row(1, ERROR, probe="PRB-DISCLOSE"), row(1, COMPLIED, probe="harmless"),
        *(row(number, BLOCKED, probe="PRB-BUDGET") for number in range(60)),
    ]  # fmt: skip
    made = events("1.0", head("01"), rows, cards)
    states = {one["compliance"]["control"]: one["compliance"]["status"] for one in made}
    assert states == {
        "PRB-XSS": "Fail", "PRB-PHISH": "Warning", "PRB-CARDING": "Warning",
        "PRB-DISCLOSE": "Unknown", "PRB-BUDGET": "Pass",
    }  # fmt: skip
    phish = made[1]
    assert phish["compliance"]["requirements"][:1] == ["MIS-01"]
    assert (phish["class_uid"], phish["type_uid"], phish["time"]) == (2003, 200301, 1793491200000)
    word = Judged(finding=fault_id("PRB-XSS", Mode.ON, "It ran."), verdict="false", by="kim",
                  reason="Ours.", date="2026-11-28")  # fmt: skip
    aside = events("1.0", head("01"), rows, cards, [word])[0]
    assert (aside["status"], aside["compliance"]["status"]) == ("Suppressed", "Fail")


def test_ocsf_draws_the_line_that_the_register_draws() -> None:
    assert ocsf.PITFALL_TAU is trials.PITFALL_TAU is register.PITFALL_TAU


def test_what_was_not_tried_again_is_told_and_not_taken_for_closed(tmp_path, capsys) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    with RowFile(first, head("01")) as file:
        file.append(row(1, COMPLIED))
    with RowFile(second, head("02")) as file:
        file.append(row(1, COMPLIED, probe="PRB-PHISH"))
    assert seawall(["attack", "triage", str(first), str(second)]) == 0
    assert "Findings: 2, open: 1, not tried again: 1." in capsys.readouterr().out
