"""`seawall plan` on the command line."""

import json
from pathlib import Path

import pytest
import yaml
from test_cli_assess import BASE, PROFILE

from seawall.cli.main import run
from seawall.policy.load import load_policy


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "profile.yaml").write_text(PROFILE)
    (tmp_path / "base.yaml").write_text(BASE)
    out = str(tmp_path / "plan")
    return [
        str(tmp_path / "profile.yaml"), "--base", str(tmp_path / "base.yaml"), "--out", out,
        "--draws", "2000",
    ]  # fmt: skip


def test_plan_writes_four_files_and_says_what_to_do(files, tmp_path: Path, capsys) -> None:
    assert run(["plan", *files]) == 0
    out = capsys.readouterr().out
    assert "PRB-INJ-DIRECT" in out and "CTL-INCIDENT" in out and "tasks for people" in out
    folder = tmp_path / "plan"
    assert sorted(path.name for path in folder.iterdir()) == [
        "alerts.yaml", "policy.yaml", "probes.yaml", "tasks.yaml"
    ]  # fmt: skip
    assert load_policy(folder / "policy.yaml").application == "help-bot"
    assert yaml.safe_load((folder / "probes.yaml").read_text())["probes"]


def test_plan_compares_with_the_policy_in_force(files, tmp_path: Path, capsys) -> None:
    assert run(["plan", *files]) == 0
    weak = tmp_path / "running.yaml"
    policy = yaml.safe_load((tmp_path / "plan" / "policy.yaml").read_text())
    weak.write_text(yaml.safe_dump({**policy, "guards": []}))
    capsys.readouterr()
    assert run(["plan", *files, "--running", str(weak), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert any(one["effect"] == "stronger" for one in body["changes"])
    assert body["probes"]["probes"] and body["alerts"] and body["plan"]["tasks"]
    assert set(body["files"]) == {"policy.yaml", "probes.yaml", "alerts.yaml", "tasks.yaml"}
    assert run(["plan", *files, "--running", str(tmp_path / "plan" / "policy.yaml")]) == 0
    assert "does all of this already" in capsys.readouterr().out


def test_plan_names_what_is_wrong(files, tmp_path: Path, capsys) -> None:
    (tmp_path / "base.yaml").write_text("- no\n")
    assert run(["plan", *files, "--json"]) == 2
    assert "must be a mapping" in json.loads(capsys.readouterr().out)["error"]["message"]
    (tmp_path / "base.yaml").write_text("functions: {chat: {}}\n")
    assert run(["plan", *files]) == 2
    assert "no upstreams" in capsys.readouterr().err


def test_without_a_base_one_is_started_from_the_profile_and_kept(
    files, tmp_path: Path, capsys
) -> None:
    profile = tmp_path / "profile.yaml"
    facts = "  model.ids: [claude-x]\n  tools.list: [send_mail, run_sql, blub]\n"
    profile.write_text(PROFILE + facts)
    command = ["plan", str(profile), "--out", str(tmp_path / "new"), "--draws", "2000"]
    assert run(command) == 0
    base = tmp_path / "new" / "base.yaml"
    assert f"rests on {base}" in capsys.readouterr().out
    policy = load_policy(tmp_path / "new" / "policy.yaml")
    assert policy.upstreams[0].kind == "anthropic" and "claude-x" in policy.upstreams[0].models
    effects = {name: rule.effect for name, rule in policy.tools.rules.items()}
    assert effects == {"send_mail": "send", "run_sql": "execute", "blub": "write"}
    base.write_text(base.read_text().replace("name: provider", "name: mine"))
    assert run(command) == 0
    assert "started from" not in capsys.readouterr().out
    assert load_policy(tmp_path / "new" / "policy.yaml").upstreams[0].name == "mine"


def test_a_base_says_which_tools_move_money_and_which_effect_no_name_shows(
    tmp_path: Path, capsys
) -> None:
    profile = tmp_path / "profile.yaml"
    tools = "make_payment, issue_refund, send_payout, list_payments, pay_invoice"
    profile.write_text(
        f"{PROFILE}  model.ids: [m]\n  tools.list: [{tools}]\n"
        "  tools.writes_or_spends: [pay, delete]\n"
    )
    assert run(["plan", str(profile), "--out", str(tmp_path / "new"), "--draws", "1000"]) == 0
    rules = load_policy(tmp_path / "new" / "policy.yaml").tools.rules
    assert {name: rule.effect for name, rule in rules.items()} == {
        "make_payment": "pay", "issue_refund": "pay", "send_payout": "pay",
        "list_payments": "read", "pay_invoice": "pay",
    }  # fmt: skip
    text = (tmp_path / "new" / "base.yaml").read_text()
    assert "says that a tool does 'delete'; no name below says which" in text
    assert "'pay'" not in text


def test_a_name_for_people_makes_no_policy_and_the_error_says_which_would(
    tmp_path: Path, capsys
) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text(PROFILE.replace("application: ", "application: Müllers ", 1))
    assert run(["plan", str(profile), "--out", str(tmp_path / "new"), "--draws", "1000"]) == 2
    err = capsys.readouterr().err
    assert "application: 'Müllers " in err and "Write `application: mullers-" in err


def test_a_profile_that_is_not_there_says_how_to_make_one(tmp_path: Path, capsys) -> None:
    assert run(["plan", str(tmp_path / "none.yaml")]) == 2
    err = capsys.readouterr().err
    assert "there is no such profile" in err and "seawall init" in err and "Errno" not in err
    assert run(["plan", str(tmp_path)]) == 2
    assert "cannot be read: is a directory" in capsys.readouterr().err
