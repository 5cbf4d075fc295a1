"""`seawall gate` in CI, from a profile alone to attacks that were measured."""

import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from attacked import BASE, MEASURED, add_talks, attacks

from seawall.cli.main import run
from seawall.core.trials import AttemptOutcome, Mode

DAY = "2026-11-28"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profile.yaml").write_text(MEASURED)
    (tmp_path / "policy.yaml").write_text(BASE)
    return tmp_path


def gate(folder: Path, *more: str) -> int:
    return run(["gate", str(folder / "profile.yaml"), "--on", DAY, *more])


def test_a_profile_alone_does_not_pass_and_says_what_would_help(folder: Path, capsys) -> None:
    assert gate(folder, "--json") == 4
    body = json.loads(capsys.readouterr().out)
    assert body["gate"]["passes"] is False
    assert any("seawall attack" in step for step in body["to_pass"])
    assert gate(folder) == 4
    assert "What would make it pass:" in capsys.readouterr().out


def test_files_for_ci_are_written(folder: Path) -> None:
    names = {"--junit": "j.xml", "--sarif": "s.sarif", "--markdown": "m.md"}
    options = [word for key, name in names.items() for word in (key, str(folder / name))]
    assert gate(folder, *options) == 4
    assert gate(folder, *options) == 4
    ElementTree.parse(folder / "j.xml")
    assert json.loads((folder / "s.sarif").read_text())["version"] == "2.1.0"
    assert (folder / "m.md").read_text().count("## Seawall") == 2


def test_an_open_ban_points_at_its_question_in_the_profile(folder: Path) -> None:
    (folder / "profile.yaml").write_text(
        MEASURED.replace("practices.banned: []", "practices.banned: unknown")
    )
    assert gate(folder, "--sarif", str(folder / "s.sarif")) == 4
    results = json.loads((folder / "s.sarif").read_text())["runs"][0]["results"]
    (found,) = (r for r in results if r["ruleId"] == "gate/practice")
    assert found["locations"][0]["physicalLocation"]["region"]["startLine"] > 3


def measured(folder: Path, capsys, *, created: str, coverage: str = "1") -> Path:
    off = attacks(folder, Mode.OFF, AttemptOutcome.COMPLIED, created=created)
    on = attacks(folder, Mode.ON, AttemptOutcome.BLOCKED, created=created)
    out = folder / "register.json"
    options = ["--attacks", str(off), "--attacks", str(on), "--coverage", coverage]
    assert (
        run(
            ["assess", str(folder / "profile.yaml"), "--draws", "1000", "--out", str(out), *options]
        )
        == 0
    )
    assert "rest on attacks" in capsys.readouterr().out.replace("\n", " ")
    return out


def assessed(folder: Path, *more: str) -> dict:
    out = folder / "register.json"
    files = [word for mode in ("off", "on") for word in ("--attacks", f"{folder / mode}.jsonl")]
    options = ["--draws", "1000", "--coverage", "1", "--no-levers", "--out", str(out), *files]
    assert run(["assess", str(folder / "profile.yaml"), *options, *more]) == 0
    return json.loads(out.read_text())


def both(folder: Path) -> None:
    today = datetime.now(UTC).date().isoformat()
    attacks(folder, Mode.OFF, AttemptOutcome.COMPLIED, created=today)
    attacks(folder, Mode.ON, AttemptOutcome.BLOCKED, created=today)


def test_an_own_application_passes_by_its_rows_alone(folder: Path, capsys) -> None:
    both(folder)
    names = [f"talk-{number}" for number in range(204)]
    fine = dict.fromkeys(names, AttemptOutcome.COMPLIED)
    own = {"talk-0": AttemptOutcome.REFUSED}
    add_talks(folder / "off.jsonl", Mode.OFF, fine | own)
    add_talks(folder / "on.jsonl", Mode.ON, fine | own | {"talk-1": AttemptOutcome.BLOCKED})
    register = assessed(folder)
    assert len(register["harmless"]) == 204
    capsys.readouterr()
    options = ["--register", str(folder / "register.json"), "--json"]
    assert run(["gate", str(folder / "profile.yaml"), *options]) == 0
    found = json.loads(capsys.readouterr().out)["gate"]["conditions"]
    by_name = {one["name"]: one for one in found}
    assert by_name["Harmless traffic"]["measured"] == "0.5% of 204"
    assert by_name["Coverage"]["measured"] == "100% declared, not measured"
    assert by_name["Coverage"]["looked"] is False
    page = folder / "page.html"
    assert run(["report", "--register", str(folder / "register.json"), "--out", str(page)]) == 0
    text = page.read_text()
    assert "of 204 conversations" in text and "no harmless traffic was sent" not in text
    assert "nobody measured it" in text and "that was measured really passed" not in text


def test_harmless_talks_fail_the_gate_by_what_the_guards_did(folder: Path, capsys) -> None:
    both(folder)
    fine = {f"talk-{number}": AttemptOutcome.COMPLIED for number in range(210)}
    lost = {f"talk-{n}": AttemptOutcome.REFUSED for n in range(6)}
    add_talks(folder / "off.jsonl", Mode.OFF, fine)
    add_talks(folder / "on.jsonl", Mode.ON, fine | lost | {"talk-7": AttemptOutcome.UNSCORED})
    assessed(folder)
    capsys.readouterr()
    options = ["--register", str(folder / "register.json"), "--json"]
    assert run(["gate", str(folder / "profile.yaml"), *options]) == 4
    reasons = json.loads(capsys.readouterr().out)["gate"]["reasons"]
    said = " ".join(one["sentence"] for one in reasons if one["kind"] == "harmless")
    assert "1 of 210 harmless conversations ended in an error" in said and "2.9% of" in said


def test_without_a_plan_nothing_is_said_to_be_attested_or_in_force(folder: Path, capsys) -> None:
    options = ["--policy", str(folder / "policy.yaml"), "--json"]
    assert run(["gate", str(folder / "profile.yaml"), *options]) == 4
    found = json.loads(capsys.readouterr().out)["gate"]["conditions"]
    for name in ("Attestations hold", "Controls are in force", "Exceptions hold"):
        (one,) = (one for one in found if one["name"] == name)
        assert one["looked"] is False and one["measured"] == "not looked at: give --plan"


def test_with_the_plan_tasks_and_policy_are_asked_for(folder: Path, capsys) -> None:
    profile, plan = str(folder / "profile.yaml"), folder / "plan"
    assert run(["plan", profile, "--draws", "1000", "--out", str(plan)]) == 0
    capsys.readouterr()

    def conditions(policy: Path) -> dict[str, dict]:
        options = ["--plan", str(plan), "--policy", str(policy), "--json"]
        assert run(["gate", profile, *options]) == 4
        found = json.loads(capsys.readouterr().out)["gate"]["conditions"]
        return {one["name"]: one for one in found}

    bare = conditions(folder / "policy.yaml")
    for name in ("Attestations hold", "Controls are in force"):
        assert bare[name]["looked"] and not bare[name]["passes"], name
    whole = conditions(plan / "policy.yaml")
    assert whole["Controls are in force"]["passes"] and whole["Exceptions hold"]["passes"]


@pytest.mark.parametrize("target", ["lab", "lab:http://127.0.0.1:9/v1"])
def test_attacks_on_the_lab_are_no_evidence_of_an_application(
    folder: Path, capsys, target: str
) -> None:
    both(folder)
    for mode in ("off", "on"):
        path = folder / f"{mode}.jsonl"
        path.write_bytes(
            path.read_bytes().replace(b'"target":"t"', f'"target":"{target}"'.encode())
        )
    options = ["--attacks", str(folder / "off.jsonl"), "--draws", "1000"]
    assert run(["assess", str(folder / "profile.yaml"), *options]) == 2
    assert "bundled agent" in capsys.readouterr().err
    register = assessed(folder, "--lab")
    assert {one["target"] for one in register["runs"]} == {target}
    assert [one["simulated"] for one in register["runs"]] == [target == "lab"] * 2
    page = folder / "page.html"
    assert run(["report", "--register", str(folder / "register.json"), "--out", str(page)]) == 0
    assert ("The model is simulated" in page.read_text()) == (target == "lab")


def test_what_was_attacked_is_named(folder: Path, capsys) -> None:
    both(folder)
    path = folder / "on.jsonl"
    head = b'"target":"http://x.example/v1","options":["--model","other-9"]'
    path.write_bytes(
        path.read_bytes().replace(b'"target":"t"', head, 1).replace(b',"options":[]', b"")
    )
    assessed(folder)
    told = capsys.readouterr()
    assert "http://x.example/v1 (model other-9), through the gateway" in told.out.replace("\n", " ")
    assert "asked for other-9, and the profile names gpt-4o" in told.err
    assert "declared with --coverage, not measured" in told.out
    page = folder / "page.html"
    assert run(["report", "--register", str(folder / "register.json"), "--out", str(page)]) == 0
    assert "http://x.example/v1 (model other-9)" in page.read_text()


def test_evidence_of_a_day_to_come_is_refused(folder: Path, capsys) -> None:
    off = attacks(folder, Mode.OFF, AttemptOutcome.COMPLIED, created="2999-01-01")
    assert run(["assess", str(folder / "profile.yaml"), "--attacks", str(off)]) == 2
    assert f"{off}:1: created: 2999-01-01 is to come" in capsys.readouterr().err.replace("\n", "")


def harmless(folder: Path) -> Path:
    from seawall.core.trials import HarmlessOutcome, HarmlessResult
    from seawall.govern.inputs import Evidence, ReportInputs

    results = tuple(
        HarmlessResult(id=str(i), kind="chat", language="en", outcome=HarmlessOutcome.PASSED)
        for i in range(250)
    )
    path = folder / "summary.json"
    inputs = ReportInputs(evidence=Evidence(simulated=False), harmless=results)
    path.write_bytes(msgspec.json.encode(inputs))
    return path


def test_a_measured_application_passes_until_something_changes(folder: Path, capsys) -> None:
    today = datetime.now(UTC).date().isoformat()
    register, summary = measured(folder, capsys, created=today), harmless(folder)
    options = ["--register", str(register), "--summary", str(summary)]
    options += ["--policy", str(folder / "policy.yaml")]
    profile = folder / "profile.yaml"

    def judged(*more: str) -> tuple[int, str]:
        code = run(["gate", str(profile), *options, *more, "--json"])
        reasons = json.loads(capsys.readouterr().out)["gate"]["reasons"]
        return code, " ".join(reason["sentence"] for reason in reasons)

    assert judged() == (0, "")
    code, why = judged("--on", "2031-01-01")
    assert code == 4 and "days ago" in why
    profile.write_text(MEASURED.replace("tools.list: []", "tools.list: [pay]"))
    code, why = judged()
    assert code == 4 and "“does not apply” in the register and “applies” now" in why
    profile.write_text(MEASURED.replace("[gpt-4o]", "[gpt-4o, claude-sonnet-4-5]"))
    code, why = judged()
    assert code == 4
    assert "no upstream of policy.yaml serves it" in why and "attack again with it" in why
    profile.write_text(MEASURED.replace("application: bot", "application: other"))
    code, why = judged()
    assert code == 4 and "the register is about bot" in why.casefold()


def test_old_attacks_stay_old_in_a_new_register(folder: Path, capsys) -> None:
    register = measured(folder, capsys, created="2020-01-01")
    assert run(["gate", str(folder / "profile.yaml"), "--register", str(register), "--json"]) == 4
    reasons = json.loads(capsys.readouterr().out)["gate"]["reasons"]
    assert any(reason["kind"] == "evidence" for reason in reasons)


def test_less_coverage_fails(folder: Path, capsys) -> None:
    today = datetime.now(UTC).date().isoformat()
    register = measured(folder, capsys, created=today, coverage="0.8")
    assert run(["gate", str(folder / "profile.yaml"), "--register", str(register), "--json"]) == 4
    reasons = json.loads(capsys.readouterr().out)["gate"]["reasons"]
    assert any(reason["kind"] == "coverage" for reason in reasons)


def test_code_that_differs_from_the_profile_and_goes_round_the_gateway(
    folder: Path, capsys
) -> None:
    code = folder / "repo"
    code.mkdir()
    (code / "app.py").write_text(
        'import chromadb, httpx\nhttpx.post("https://api.openai.com/v1/chat/completions")\n'
    )
    assert gate(folder, "--repository", str(code), "--json") == 4
    sentences = [r["sentence"] for r in json.loads(capsys.readouterr().out)["gate"]["reasons"]]
    assert any("rag.used is answered with no" in sentence for sentence in sentences)
    assert any("app.py:2 calls a provider itself" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("made", "place"),
    [
        ("from openai import OpenAI\nclient = OpenAI()", "app.py:2"),
        ("import anthropic as a\n\nclient = a.AsyncAnthropic(api_key='x')", "app.py:3"),
        ("from openai import OpenAI\nclient = OpenAI(base_url=url)", ""),
        ("from openai import OpenAI\nclient = OpenAI(**settings)", ""),
    ],
)
def test_a_client_without_an_address_leaves_open_where_it_sends(
    folder: Path, capsys, made: str, place: str
) -> None:
    code = folder / "repo"
    code.mkdir()
    ask = 'client.chat.completions.create(model="m", messages=[])'
    (code / "app.py").write_text(f"{made}\n{ask}\n")
    gate(folder, "--repository", str(code), "--json")
    conditions = json.loads(capsys.readouterr().out)["gate"]["conditions"]
    (found,) = [one for one in conditions if one["name"] == "No way round the gateway"]
    assert found["looked"] is not bool(place)
    assert (f"no base_url at {place}" in found["measured"]) is bool(place)


def test_code_that_cannot_be_read_is_unknown_and_does_not_pass(folder: Path, capsys) -> None:
    code = folder / "repo"
    code.mkdir()
    (code / "app.py").write_text("def f(:\n")
    (code / "data.json").write_bytes(b"\0")
    assert gate(folder, "--repository", str(code), "--json") == 4
    found = json.loads(capsys.readouterr().out)["gate"]["reasons"]
    unknown = [reason["subject"] for reason in found if "was not read" in reason["sentence"]]
    assert unknown == ["app.py:1"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--on", "soon"], "is no day"),
        (["--register", "none.json"], "cannot be read"),
        (["--register", "profile.yaml"], "is no register"),
        (["--decisions", "none.yaml"], "cannot be read"),
        (["--junit", "no/such/folder.xml"], "cannot be written"),
    ],
)
def test_wrong_files_are_named(
    folder: Path, monkeypatch, capsys, options: list[str], says: str
) -> None:
    monkeypatch.chdir(folder)
    assert run(["gate", "profile.yaml", *options]) == 2
    assert says in capsys.readouterr().err


def test_attacks_with_the_gateway_only_are_refused(folder: Path, capsys) -> None:
    on = attacks(folder, Mode.ON, AttemptOutcome.BLOCKED, created=DAY)
    assert run(["assess", str(folder / "profile.yaml"), "--attacks", str(on)]) == 2
    assert "through the gateway only" in capsys.readouterr().err


def test_the_policy_alone_says_nothing_of_the_code(folder: Path, capsys) -> None:
    gate(folder, "--policy", str(folder / "policy.yaml"), "--json")
    conditions = json.loads(capsys.readouterr().out)["gate"]["conditions"]
    (found,) = [one for one in conditions if one["name"] == "No way round the gateway"]
    assert found["measured"] == "none seen in the policy; for the rest give --repository"
