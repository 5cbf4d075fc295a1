"""Changes of a policy against findings: made from cards, tried, chosen, and proven by replay."""

import json

import msgspec
import pytest
import yaml

from seawall.assess.policyfile import render
from seawall.catalog.load import load_catalog
from seawall.cli.main import run as seawall
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.demo.gateway import ProtectedChat
from seawall.demo.lab.policy import policy_text
from seawall.demo.names import KEY_ENV, SIMULATED_MODEL
from seawall.demo.services import Services, free_port
from seawall.guard.cards import cards as detector_cards
from seawall.policy.load import decode_policy
from seawall.redteam.facts import read_facts
from seawall.redteam.mitigate import Change, Effect, applied, changes, chosen, effects
from seawall.redteam.planning import plan
from seawall.redteam.triage import Fault

CATALOG = load_catalog()
POLICY = yaml.safe_load(policy_text("http://127.0.0.1:9/v1", CATALOG))


def fault(probe) -> Fault:
    card = CATALOG.all_probes[probe]
    return Fault(
        id="F-00000000", probe=probe, title="", risk=card.risk, mode=Mode.ON, evidence="",
        controls=card.controls, seeds={}, strategies={}, attempts=(), tried=1, first_seen="",
        last_seen="", runs=1, state="new", reproduce="",
    )  # fmt: skip


def made(policy, *probes) -> dict[str, Change]:
    found = changes(
        policy, [fault(probe) for probe in probes], CATALOG.all_probes, CATALOG.controls,
        detector_cards(),
    )  # fmt: skip
    return {change.what: change for change in found}


def test_a_stage_that_nobody_looks_at_is_looked_at() -> None:
    looking = [rule for rule in POLICY["guards"] if rule["stages"] != ["tool-definition"]]
    assert len(looking) < len(POLICY["guards"]), "the card of CTL-INJ-UNTRUSTED reads definitions"
    policy = {**POLICY, "guards": looking}
    found = made(policy, "PRB-MCP-POISON")["injection looks at tool-definition"]
    assert found.guard == {
        "detector": "injection", "action": "redact", "stages": ["tool-definition"],
    }  # fmt: skip
    assert found.control == "CTL-INJ-UNTRUSTED"


def test_what_looks_already_gets_stricter_and_keeps_its_control() -> None:
    found = made(POLICY, "PRB-PERSONA")["injection at input acts from 0.4, not 0.65"]
    assert (found.guard["action"], found.guard["threshold"]) == ("block", 0.4)
    assert found.control == "CTL-INJ-INPUT"


def test_a_rule_that_only_flags_acts_and_a_strict_one_is_left() -> None:
    guards = [
        {"detector": "markdown-exfiltration", "control": "CTL-EGRESS", "action": action,
         "stages": ["output"], "threshold": 0.2}
        for action in ("flag", "redact")
    ]  # fmt: skip
    flagging, strict = (made({**POLICY, "guards": [rule]}, "PRB-XSS") for rule in guards)
    acting = [
        one.guard for one in flagging.values() if one.guard["detector"] == guards[0]["detector"]
    ]
    assert [(rule["action"], rule["threshold"]) for rule in acting] == [("redact", 0.2)]
    assert not [one for one in strict.values() if one.guard["detector"] == guards[0]["detector"]]


def test_a_missing_control_is_proposed() -> None:
    bare = {**POLICY, "guards": []}
    found = made(bare, "PRB-DIVERGE-CODE")
    assert {one.control for one in found.values()} >= {"CTL-DIVERGE"}


def test_a_tool_that_outsiders_use_is_bound_to_the_user() -> None:
    policy = json.loads(json.dumps(POLICY))
    del policy["tools"]["rules"]["fetch_url"]["instructed_by"]
    found = made(policy, "PRB-INJ-FETCH")["fetch_url only on the user's request"]
    changed = decode_policy(render(applied(policy, [found]), {}, ""), "changed")
    assert changed.tools.rules["fetch_url"].instructed_by == "user"


@pytest.mark.parametrize("trial", [False, True])
def test_every_change_makes_a_policy_that_loads(trial) -> None:
    found = list(made(POLICY, *CATALOG.more_probes).values())
    assert len({change.id for change in found}) == len(found) > 20
    for tried in (found, *([change] for change in found)):
        policy = decode_policy(render(applied(POLICY, tried, trial=trial), {}, ""), "changed")
        controls = {rule.control for rule in policy.guards}
        assert not trial or {change.id for change in tried if change.guard} <= controls
    assert yaml.safe_load(policy_text("http://127.0.0.1:9/v1", CATALOG)) == POLICY, "not copied"


def row(name, outcome, *controls, probe="PRB-X"):
    return Attempt(
        id=name, probe=probe, mode=Mode.ON, outcome=outcome, strategy="plain", cluster=name,
        controls=controls,
    )  # fmt: skip


COMPLIED, BLOCKED, ERROR = AttemptOutcome.COMPLIED, AttemptOutcome.BLOCKED, AttemptOutcome.ERROR


def test_effects_count_what_passed_before_and_is_held_now() -> None:
    change = Change(id="trial-1", control="CTL-X", what="w", probes=())
    before = [row("a", COMPLIED), row("b", BLOCKED), row("c", COMPLIED), row("d", COMPLIED),
              row("h", COMPLIED, probe="harmless")]  # fmt: skip
    during = [
        row("a", BLOCKED, "trial-1"), row("b", BLOCKED, "trial-1"), row("c", ERROR, "trial-1"),
        row("d", COMPLIED, "trial-1"), row("h", BLOCKED, "trial-1", probe="harmless"),
    ]  # fmt: skip
    (found,) = effects([change], before, during)
    assert (found.stopped, found.disturbed) == (("a",), ("h",))


def effect(name, stopped, disturbed=()) -> Effect:
    change = Change(id=name, control="CTL-X", what=name, probes=())
    return Effect(change=change, stopped=tuple(stopped), disturbed=tuple(disturbed))


def test_the_fewest_changes_are_kept_and_none_that_disturbs() -> None:
    found = [effect("one", "ab"), effect("two", "c"), effect("all", "abcd", "h"), effect("no", "")]
    assert [one.change.id for one in chosen(found)] == ["one", "two"]
    assert [one.change.id for one in chosen(found, harmless=1)] == ["all"]
    assert chosen([effect("no", "")]) == []


def test_a_change_is_found_and_proven_on_the_lab(tmp_path, capsys) -> None:
    rows, policy = tmp_path / "off.jsonl", tmp_path / "policy.yaml"
    bare = {**POLICY, "guards": []}
    policy.write_text(render(bare, {}, ""))
    words = ["attack", "--target", "lab", "--harmless", "0", "--no-calibrate", "--n", "2"]
    assert seawall([*words, "--probe", "PRB-DIVERGE-CODE", "--out", str(rows)]) == 0
    capsys.readouterr()
    out = tmp_path / "changed.yaml"
    words = ["attack", "mitigate", str(rows), "--policy", str(policy), "--out", str(out)]
    assert seawall([*words, "--each", "2", "--harmless", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (proof,) = told["findings"]
    assert (proof["before"], proof["after"], proof["unknown"]) == (2, 0, 0)
    assert proof["by"]
    changed = decode_policy(out.read_text(), "changed")
    assert "CTL-DIVERGE" in {rule.control for rule in changed.guards}
    assert len(set(told["harmless_disturbed"])) == 1


async def test_a_chat_endpoint_is_put_behind_a_gateway(tmp_path, monkeypatch) -> None:
    policy, port = tmp_path / "policy.yaml", free_port()
    policy.write_text(render(POLICY, {}, ""))
    monkeypatch.setenv("CHAT_KEY", "a-key-of-the-chat")
    with Services(tmp_path / "logs") as services:
        services.start(
            "provider", ["-m", "seawall.demo.model", "--port", str(port)],
            {KEY_ENV: "a-key-of-the-chat"},
        )  # fmt: skip
        services.wait_ready("provider", f"http://127.0.0.1:{port}/healthz")
        url = f"http://127.0.0.1:{port}/v1"
        async with ProtectedChat(
            tmp_path / "gateway", policy, url, SIMULATED_MODEL, key_env="CHAT_KEY"
        ) as target:
            card = CATALOG.all_probes["PRB-INJ-DIRECT"]
            attack = plan(card, read_facts(target.facts()), n=1)[0].attack
            assert (await target.attempt(attack)).controls == ("CTL-INJ-INPUT",)
            hello = msgspec.structs.replace(attack, messages=("Good morning!",))
            seen = await target.attempt(hello)
            assert seen.text and not seen.error and not seen.blocked
