"""`seawall init`, over a real terminal and from a file of answers."""

import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.assess.profile import load_profile
from seawall.cli.main import run

ANSWERS = """
application: shop-bot
title: Shop bot
currency: USD
per_eur: 1.1
Q21: no
tools.list: []
audience: [customers, anonymous]
model.hosting: {value: vendor_api, source: contract, date: 2026-01-02, owner: dana}
Q44: unknown
Q43: skip
"""


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.yaml"
    path.write_text(ANSWERS)
    return path


def test_answers_of_a_file_become_a_profile(answers: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "profile.yaml"
    options = ["--answers", str(answers), "--owner", "kim", "--json"]
    assert run(["init", str(target), *options]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["unknown"] == ["ops.fallback"]
    assert "business.appetite" in body["open"] and "rag.acl" not in body["open"]
    profile = load_profile(target)
    assert (profile.title, profile.currency, profile.per_eur) == ("Shop bot", "USD", 1.1)
    assert profile.facts["model.hosting"].owner == "dana"
    assert profile.facts["audience"].owner == "kim"
    assert profile.facts["audience"].source == "answers.yaml"
    assert profile.value("tools.identity") == "not_applicable"


def test_a_second_run_adds_and_changes_nothing_else(answers: Path, tmp_path: Path) -> None:
    target = tmp_path / "profile.yaml"
    assert run(["init", str(target), "--answers", str(answers), "--owner", "kim"]) == 0
    before = target.read_text()
    assert run(["init", str(target), "--answers", str(answers), "--owner", "kim"]) == 0
    assert target.read_text() == before


def test_a_name_becomes_an_id_and_stays_as_the_title(answers: Path, tmp_path: Path, capsys) -> None:
    answers.write_text(ANSWERS.replace("application: shop-bot\ntitle: Shop bot\n", ""))
    target = tmp_path / "Müllers Bot (2).yaml"
    assert run(["init", str(target), "--answers", str(answers)]) == 0
    profile = load_profile(target)
    assert (profile.application, profile.title) == ("mullers-bot-2", "Müllers Bot (2)")
    said = capsys.readouterr().out
    assert shlex.split(said.partition("Next: ")[2]) == ["seawall", "assess", str(target)]


def test_what_the_profile_keeps_though_the_answers_say_otherwise_is_said(
    answers: Path, tmp_path: Path, capsys
) -> None:
    target = tmp_path / "profile.yaml"
    target.write_text("application: dir\ntitle: dir\ncurrency: USD\nper_eur: 1.1\nfacts: {}\n")
    assert run(["init", str(target), "--answers", str(answers)]) == 0
    err = capsys.readouterr().err
    assert "application stays 'dir', not 'shop-bot'" in err and "title stays 'dir'" in err
    assert "currency" not in err and "per_eur" not in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Q99: yes", "answers.yaml:1: Q99: no question"),
        ("rag.use: yes", "did you mean 'rag.used'"),
        ("a: 1\nrag.used: often", "answers.yaml:1: a"),
        ("Q9: [everyone]", "'everyone' is no answer"),
        ("Q21: yes\nrag.used: no", "answered twice"),
        ("- yes", "mapping"),
        ("currency: USD\nQ21: yes", "--per-eur"),
    ],
)
def test_a_wrong_file_is_refused_and_writes_nothing(
    answers: Path, tmp_path: Path, capsys, text: str, says: str
) -> None:
    answers.write_text(text)
    target = tmp_path / "profile.yaml"
    assert run(["init", str(target), "--answers", str(answers)]) == 2
    assert says in capsys.readouterr().err
    assert not target.exists()


def test_without_a_terminal_it_says_how_to_go_on(tmp_path: Path, monkeypatch, capsys) -> None:
    with open(os.devnull) as nothing:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", nothing)
        assert run(["init", str(tmp_path / "p.yaml")]) == 2
    assert "--answers" in capsys.readouterr().err


def test_the_list_shows_what_is_open_with_reasons(tmp_path: Path, capsys) -> None:
    assert run(["init", str(tmp_path / "p.yaml"), "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 46
    assert all(row["why"] and row["ask"] for row in rows)


def talk(path: Path, lines: list[str]) -> str:
    """Run the command in a real terminal and return what it shows."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "seawall", "init", str(path), "--owner", "kim"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{line}\n" for line in lines).encode())
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end closed
                break
            if not piece:
                break
            shown += piece
        assert process.wait(timeout=60) == 0
    os.close(ours)
    return shown.decode()


def test_a_talk_in_a_terminal_stops_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    shown = talk(path, ["bot", "", "", "support", "", "help", "unknown", "quit"])
    assert "In which field does the application work?" in shown
    assert "Why: The field decides" in shown
    assert "Type an answer" in shown and "keeps the answer" in shown
    profile = load_profile(path)
    assert profile.application == "bot"
    assert profile.value("purpose.domain") == "support"
    assert profile.facts["purpose.intended_use"].value is None
    shown = talk(path, ["scoring people", "back", "", "quit"])
    assert "Q03" in shown and "Q01" not in shown
    assert load_profile(path).value("purpose.forbidden_uses") == ("scoring people",)


def test_options_say_beside_them_what_they_mean(capsys) -> None:
    from seawall.catalog.load import load_catalog
    from seawall.cli._ask import _print_options

    questions = load_catalog().questions
    _print_options(questions["role.eu"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(questions["role.eu"].options)
    assert any("deployer" in line and "you use a system in your work" in line for line in lines)
    _print_options(questions["geo.users"])
    assert len(capsys.readouterr().out.splitlines()) == 1, "countries need no explanation"


def test_quit_stops_before_the_first_question_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    for lines in (["quit"], ["bot", "Quit"], ["bot", "", "quit"], ["bot", "", "usd", "quit"]):
        assert "First the application" in talk(path, lines)
        assert not path.exists()


def test_a_currency_has_three_letters_and_code_is_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    shown = talk(path, ["bot", "", "dollars", "usd", "1.1", "quit"])
    assert "A currency has three letters" in shown
    assert f"seawall discover DIR --profile {path}" in " ".join(shown.split())
    profile = load_profile(path)
    assert (profile.currency, profile.per_eur) == ("USD", 1.1)


def test_the_counts_of_a_sitting_add_up(tmp_path: Path, capsys) -> None:
    """What was found in code and what was answered are told apart, and nothing counts twice."""
    from seawall.assess.interview.file import ProfileFile
    from seawall.catalog.load import load_catalog
    from seawall.core.profile import Fact

    questions = load_catalog().questions
    path = tmp_path / "profile.yaml"
    file = ProfileFile(path, questions)
    file.create("shop", title="", currency="EUR", per_eur=1.0)
    file.put({"rag.used": Fact(key="rag.used", value=True, source="discover", date="2026-11-28")})
    answers = tmp_path / "answers.yaml"
    answers.write_text("audience: [customers]\nops.fallback: unknown\n")
    assert run(["init", str(path), "--answers", str(answers)]) == 0
    out = capsys.readouterr().out
    assert "1 answered, 1 found and not confirmed, 1 unknown, 43 not asked yet." in out
    assert run(["init", str(path), "--list"]) == 0
    assert "44 questions are open; 1 have an answer that was found" in capsys.readouterr().out
