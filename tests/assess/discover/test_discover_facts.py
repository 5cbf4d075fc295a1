# ruff: noqa: E501 - tables of sources
"""Facts from signals, and what happens to answers of people."""

import json
from pathlib import Path

import pytest
from discover_repository import QUESTIONS, read, values, write

from seawall.assess.discover.facts import changes, conflicts
from seawall.assess.profile import load_profile, parse_profile
from seawall.cli.main import run
from seawall.core.profile import Fact, Profile

APP = """from openai import OpenAI
import chromadb
client = OpenAI()
answer = client.chat.completions.create(model="gpt-4o", messages=[])
eval(answer.text)
"""


def profile(**facts: Fact) -> Profile:
    return Profile(application="a", title="A", facts={f.key: f for f in facts.values()})


def test_the_same_files_give_the_same_answer(tmp_path: Path) -> None:
    files = {"a.py": APP, "b.ts": 'import OpenAI from "openai";\n'}
    first = read(tmp_path / "x", files)
    second = read(tmp_path / "y", dict(reversed(files.items())))
    assert (first.facts, first.signals) == (second.facts, second.signals)


def test_every_fact_has_grounds_and_can_be_read_as_a_profile(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.py": APP})
    assert all(fact.grounds and fact.source == "discover" for fact in found.facts.values())
    assert list(found.facts) == [key for key in QUESTIONS if key in found.facts]


def test_nothing_is_concluded_from_what_was_not_seen(tmp_path: Path) -> None:
    found = values(read(tmp_path, {"a.py": APP}))
    assert False not in found.values()
    assert "tools.list" not in found and "memory.persistent" not in found


def test_answers_of_people_stay_and_differences_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.py": APP}).facts
    given = profile(
        a=Fact(key="rag.used", value=False, source="interview"),
        b=Fact(key="model.ids", value=("GPT-4o", "other"), source="x"),
        c=Fact(key="interface.renders", value=("markdown",)),
        d=Fact(key="model.hosting", value=None, source="interview"),
    )
    told = {item.fact: item for item in conflicts(given, found)}
    assert set(told) == {"rag.used", "interface.renders", "model.hosting"}
    assert told["rag.used"].sentence == (
        "rag.used is answered with no, and the repository shows yes (a.py:2 store or index chromadb)."
    )
    assert told["interface.renders"].found == ("executed",)
    assert told["model.hosting"].kind == "unknown"
    assert changes(given, found) == {}


def test_own_facts_are_renewed_and_taken_out() -> None:
    old = Fact(key="rag.used", value=True, source="discover", date="2026-01-01", grounds=("a:1 x",))
    same = Fact(
        key="rag.used", value=True, source="discover", date="2026-11-28", grounds=("a:1 x",)
    )
    gone = Fact(key="biometrics", value=True, source="discover")
    given = profile(a=old, b=gone)
    assert changes(given, {"rag.used": same}) == {"biometrics": None}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return write(tmp_path / "repo", {"a.py": APP})


def test_the_command_fills_a_profile_twice_without_change(
    repository: Path, tmp_path: Path, capsys
) -> None:
    target = tmp_path / "profile.yaml"
    command = ["discover", str(repository), "--profile", str(target), "--application", "bot"]
    assert run(command) == 0
    assert "goes into eval" in capsys.readouterr().out
    assert load_profile(target).value("model.ids") == ("gpt-4o",)
    before = target.read_text()
    assert run([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == 0
    assert target.read_text() == before


def test_strict_fails_where_people_and_code_differ(
    repository: Path, tmp_path: Path, capsys
) -> None:
    target = tmp_path / "profile.yaml"
    target.write_text("application: a\nfacts:\n  rag.used: no  # I am sure\n")
    assert run(["discover", str(repository), "--profile", str(target), "--strict"]) == 4
    assert "rag.used is answered with no" in capsys.readouterr().out
    text = target.read_text()
    assert "rag.used: no  # I am sure" in text
    assert parse_profile(text, "p", QUESTIONS).value("rag.used") is False


def test_sarif_names_rules_and_places(repository: Path, tmp_path: Path) -> None:
    target, profile_file = tmp_path / "out.sarif", tmp_path / "profile.yaml"
    profile_file.write_text("application: a\nfacts: {rag.used: no}\n")
    write(repository, {"odd name#.py": "def (\n"})
    options = ["--sarif", str(target), "--profile", str(profile_file)]
    assert run(["discover", str(repository), *options]) == 0
    log = json.loads(target.read_text())
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    driver, results = log["runs"][0]["tool"]["driver"], log["runs"][0]["results"]
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules))
    assert {"discover/output-run", "discover/conflict", "discover/unread"} <= set(rules)
    for result in results:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("note", "warning", "error") and result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert (
            "#" not in place["artifactLocation"]["uri"]
            and " " not in place["artifactLocation"]["uri"]
        )
    assert {r["level"] for r in results if r["ruleId"] == "discover/output-run"} == {"error"}


def test_a_folder_that_is_not_there(tmp_path: Path, capsys) -> None:
    assert run(["discover", str(tmp_path / "none")]) == 2
    assert "no folder" in capsys.readouterr().err
