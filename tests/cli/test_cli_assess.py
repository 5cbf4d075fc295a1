"""`seawall assess` and `seawall catalog` on the command line."""

import json
import re
from pathlib import Path

import pytest

from seawall.cli.main import run
from seawall.policy.load import load_policy

PROFILE = """
application: help-bot
title: Help bot
facts:
  audience: [anonymous]
  rag.used: yes
  geo.users: [eu]
  business.appetite: 100000
"""
BASE = """
upstreams:
  - name: provider
    base_url: http://127.0.0.1:9/v1
    models: {m: {input_per_million: 1, output_per_million: 2}}
functions: {chat: {}}
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.yaml"
    path.write_text(PROFILE)
    return path


def test_a_register_is_replaced_whole_and_a_small_shop_is_told_whose_numbers_these_are(
    profile: Path, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "register.json"
    out.write_text("the last one")
    before = out.stat().st_ino
    profile.write_text(f"{PROFILE}  business.turnover: 900000\n  volume.requests_per_day: 30\n")
    command = ["assess", str(profile), "--draws", "1000", "--no-levers", "--out", str(out)]
    assert run(command) == 0
    assert json.loads(out.read_text())["application"] == "help-bot"
    assert out.stat().st_ino != before, "written beside it, then moved into place"
    said = capsys.readouterr().out
    assert "with a turnover of 900,000 EUR and 30 requests a day" in said
    assert "likely too high. Go by the order of the risks" in said


def test_assess_prints_risks_and_open_questions(profile: Path, capsys) -> None:
    assert run(["assess", str(profile), "--draws", "2000"]) == 0
    out = capsys.readouterr().out
    assert "SEC-02" in out and "Applies because rag.used is yes." in out
    assert "Which tools, APIs or MCP servers can it call?" in out and "a year at stake" in out
    assert "no attack was tried yet" in out
    assert run(["law", "calendar", str(profile), "--json"]) == 0
    changes = json.loads(capsys.readouterr().out)["changes"]
    said = out.partition("Law that changes within 180 days")[2]
    assert changes and re.findall(r"^  (\d{4}-\S+) (\S+) ", said, re.M) == [
        (one["day"], one["clause"]) for one in changes
    ]


def test_assess_writes_register_and_policy(profile: Path, tmp_path: Path, capsys) -> None:
    base, policy, out = tmp_path / "base.yaml", tmp_path / "policy.yaml", tmp_path / "r.json"
    base.write_text(BASE)
    options = ["--base", str(base), "--write-policy", str(policy), "--out", str(out)]
    assert run(["assess", str(profile), "--draws", "2000", *options]) == 0
    assert load_policy(policy).application == "help-bot"
    assert json.loads(out.read_text())["application"] == "help-bot"
    assert "CTL-INJ-INPUT" in capsys.readouterr().out


def test_assess_json_is_the_register(profile: Path, capsys) -> None:
    assert run(["assess", str(profile), "--draws", "2000", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["draws"] == 2000 and len(body["risks"]) == 55


@pytest.mark.parametrize(
    ("text", "options", "what"),
    [
        (PROFILE.replace("rag.used: yes", "rag.used: often"), [], "profile.yaml:6: facts.rag.used"),
        (PROFILE + "  volume.requests_per_day: 1.0e+300", [], "at most 1,000,000,000,000"),
        (PROFILE + "  volume.requests_per_day: 1e15", [], "write 1.0e+15"),
        (PROFILE + "  business.turnover: 2.5E18", [], "write 2.5e+18"),
        (PROFILE + "  business.turnover: 1.0e+19", [], "facts.business.turnover: must be at most"),
        (PROFILE, ["--write-policy", "p.yaml"], "--base"),
        (PROFILE, ["--draws", "3"], "draws"),
    ],
)
def test_assess_says_what_is_wrong(
    profile: Path, capsys, text: str, options: list[str], what: str
) -> None:
    profile.write_text(text)
    assert run(["assess", str(profile), *options]) == 2
    assert what in capsys.readouterr().err


def test_catalog_list_and_show(capsys) -> None:
    assert run(["catalog", "list", "risks", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 55
    assert run(["catalog", "show", "SEC-02", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["card"]["id"] == "SEC-02"
    assert "CTL-INJ-UNTRUSTED" in shown["linked_from"]["controls that act on it"]
    assert run(["catalog", "show", "GDPR-33"]) == 0
    assert "risks that endanger it: LEG-10" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["list", "risk"], ["show", "SEC-77"]])
def test_catalog_refuses_what_it_does_not_have(capsys, words: list[str]) -> None:
    assert run(["catalog", *words]) == 2
    assert words[1] in capsys.readouterr().err


def test_assess_says_what_comes_next_and_that_no_appetite_was_named(
    profile: Path, tmp_path: Path, capsys
) -> None:
    assert run(["assess", str(profile), "--draws", "2000", "--no-levers"]) == 0
    out = capsys.readouterr().out
    assert "likely above the appetite of 100,000" in out and "Next: --out" in out
    assert "What would move" not in out
    profile.write_text(PROFILE.replace("  business.appetite: 100000\n", ""))
    register = str(tmp_path / "r.json")
    assert run(["assess", str(profile), "--draws", "2000", "--out", register]) == 0
    out = capsys.readouterr().out
    assert "how much a year may cost was not said (Q43" in out and "appetite of 0" not in out
    assert f"seawall report --register {register} --profile {profile}" in out
    assert "What would move the P95" in out and "CTL-INJ-UNTRUSTED" in out
    levers = json.loads(Path(register).read_text())["levers"]
    assert levers["facts"] and levers["controls"] and levers["tests"]


def test_an_appetite_of_nothing_is_an_answer(profile: Path, capsys) -> None:
    profile.write_text(PROFILE.replace("appetite: 100000", "appetite: 0"))
    assert run(["assess", str(profile), "--draws", "2000", "--no-levers"]) == 0
    out = capsys.readouterr().out
    assert "likely above the appetite of 0" in out and "was not said" not in out


def test_the_most_requests_a_day_that_are_taken_can_be_simulated(profile: Path, capsys) -> None:
    profile.write_text(PROFILE + "  volume.requests_per_day: 1.0e+12")
    assert run(["assess", str(profile), "--draws", "2000", "--no-levers"]) == 0
