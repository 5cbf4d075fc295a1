"""`seawall law` on the command line."""

import json
from pathlib import Path

import pytest

from seawall.cli.main import run

PROFILE = """
application: help-bot
facts:
  role.eu: [deployer]
  geo.users: [eu, br]
  purpose.domain: hr
  practices.banned: [emotion_inference, intimate_imagery]
"""


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "profile.yaml"
    path.write_text(PROFILE)
    return str(path)


def test_show_names_the_ban_the_class_and_the_source(
    profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["law", "show", profile, "--on", "2026-11-28"]) == 0
    text = capsys.readouterr().out
    assert "Class under the EU AI Act: prohibited." in text
    assert "BANNED PRACTICE under EUAIA-5" in text
    assert "verified 2026-11-23" in text and "to be checked" in text
    assert "eur-lex" in text
    assert "Banned practice from 2026-12-02 under EUAIA-5-NCII" in text.replace("\n", " ")
    assert run(["law", "show", profile, "--on", "2026-12-02"]) == 0
    assert "BANNED PRACTICE under EUAIA-5-NCII" in capsys.readouterr().out


def test_json_leaves_out_what_does_not_apply_unless_asked(
    profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["law", "show", profile, "--json"]) == 0
    some = json.loads(capsys.readouterr().out)["entries"]
    assert run(["law", "show", profile, "--json", "--all"]) == 0
    every = json.loads(capsys.readouterr().out)["entries"]
    assert {one["bearing"] for one in some} == {"applies", "may apply"}
    assert len(every) > len(some)


def test_calendar(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["law", "calendar", profile, "--days", "10", "--on", "2026-11-28", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["clause"] for one in found["changes"]] == ["EUAIA-5-NCII"]
    assert run(["law", "calendar", profile, "--days", "2", "--on", "2026-11-28"]) == 0
    assert "Nothing changes" in capsys.readouterr().out


def test_a_day_that_is_none_is_refused(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["law", "show", profile, "--on", "tomorrow"]) == 2
    assert "--on" in capsys.readouterr().err
