"""The lab behind its gateway, as one command runs it: real processes, both arms, what passes."""

import json

import pytest
import yaml

from seawall.catalog.load import load_catalog
from seawall.cli.main import run as seawall
from seawall.core.errors import InputError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.demo.gateway import adapted
from seawall.demo.lab import results
from seawall.demo.lab.bench import lab, tasks
from seawall.demo.lab.models import OwnModel, read_answer
from seawall.demo.lab.policy import policy_text, probed_controls, provider
from seawall.demo.lab.target import LabTarget
from seawall.policy.load import decode_policy
from seawall.redteam.arm import hold_arm
from seawall.redteam.rows import read_rows

PROBES = ("PRB-SSRF", "PRB-INJ-FETCH", "PRB-PII-RECORD", "PRB-HARASS")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    out = tmp_path_factory.mktemp("lab")
    words = ["attack", "lab", "--out", str(out), "--n", "2", "--harmless", "2"]
    words += ["--markdown", str(out / "tables.md")]
    words += [word for probe in PROBES for word in ("--probe", probe)]
    assert seawall(words) == 0
    return out, words


def outcomes(path):
    return {(row.probe, row.id): row.outcome for row in read_rows(path)[1]}


def test_both_arms_hold_the_same_attempts(both) -> None:
    out, _ = both
    off, on = outcomes(out / "off.jsonl"), outcomes(out / "on.jsonl")
    assert off.keys() == on.keys()
    assert read_rows(out / "on.jsonl")[0].mode is Mode.ON
    attacks = {key: value for key, value in off.items() if key[0] in PROBES}
    assert len(attacks) == 2 * len(PROBES)
    assert AttemptOutcome.COMPLIED in attacks.values()
    assert not {AttemptOutcome.ERROR, AttemptOutcome.UNSCORED} & {*off.values(), *on.values()}


def test_the_gateway_stops_what_its_policy_names(both) -> None:
    out, _ = both
    rows = [row for row in read_rows(out / "on.jsonl")[1] if row.probe == "PRB-SSRF"]
    assert {row.outcome for row in rows} == {AttemptOutcome.BLOCKED}
    assert all(row.controls and row.request_id for row in rows)


def test_a_second_run_sends_nothing_again(both, capsys) -> None:
    out, words = both
    before = (out / "on.jsonl").read_bytes()
    assert seawall([*words, "--json"]) == 0
    assert (out / "on.jsonl").read_bytes() == before
    told = json.loads(capsys.readouterr().out)
    assert {change["probe"] for change in told["comparison"]["probes"]} == set(PROBES)
    for miss in told["misses"]:
        assert miss["passed"] and miss["why"], miss


def test_tables_name_each_probe_and_its_counts(both) -> None:
    out, _ = both
    text = (out / "tables.md").read_text()
    for probe in PROBES:
        assert f"| {probe} |" in text
    assert "Harmless conversations blocked or refused: 0/26" in text


def test_why_tells_rules_from_people() -> None:
    catalog = load_catalog()
    card = catalog.all_probes["PRB-HARASS"]
    assert "rests on people" in results.why(card, catalog.controls)
    assert "in force" in results.why(catalog.all_probes["PRB-PERSONA"], catalog.controls)
    told = results.why(catalog.all_probes["PRB-CARELESS-CODE"], catalog.controls)
    assert "CTL-CODE-OUT at most flags it" in told and "in force" not in told


async def test_the_bare_lab_does_what_its_customers_ask() -> None:
    rows = await hold_arm(tasks(), LabTarget(OwnModel()), Mode.OFF)
    assert [row.id for row in rows if row.outcome is not AttemptOutcome.COMPLIED] == []


def test_policy_holds_every_control_that_a_gateway_carries_out() -> None:
    catalog = load_catalog()
    policy = decode_policy(policy_text("http://127.0.0.1:9/v1", catalog), "lab")
    enforced = {rule.control for rule in policy.guards}
    assert {one.id for one in probed_controls(catalog) if one.enforce.guards} <= enforced
    assert "CTL-CHANGE" in enforced
    assert policy.tools.unlisted == "block"
    assert "run_shell" not in policy.tools.rules


def test_another_policy_keeps_its_rules_and_gets_the_simulated_provider(tmp_path) -> None:
    path = tmp_path / "policy.yaml"
    given = yaml.safe_load(policy_text("http://127.0.0.1:9/v1", load_catalog()))
    given["guards"] = given["guards"][:1]
    given["functions"]["agent"]["models"] = ["none-such"]
    given["upstreams"][0]["models"] = {"none-such": given["upstreams"][0]["models"].popitem()[1]}
    path.write_text(yaml.safe_dump(given))
    policy = decode_policy(adapted(path, provider("http://127.0.0.1:7/v1")), "adapted")
    assert len(policy.guards) == 1
    assert policy.upstreams[0].base_url == "http://127.0.0.1:7/v1"
    assert "harbour-sim-1" in policy.upstreams[0].models


def test_an_address_must_be_one(tmp_path) -> None:
    with pytest.raises(InputError, match="no http address"):
        lab("lab:nowhere", behind=False, folder=tmp_path, model="m", key_env="")
    facts = lab("lab:http://h/v1", behind=False, folder=tmp_path, model="real", key_env="").facts()
    assert not facts["simulated"] and not facts["sees_model_input"]
    assert "training_records" not in facts


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, b"<html>", {"error": "Status 500 with a body that is no JSON."}),
        (429, b'{"error": {"code": "rate_limit"}}', {"error": "HTTP 429: rate_limit"}),
        (200, b'{"choices": []}', {"error": "The answer has no message that can be read."}),
        (400, b'{"error": {"code": "content_filter", "seawall": {"controls": ["CTL-X"]}}}',
         {"blocked": True, "controls": ("CTL-X",), "error": ""}),
        (200, b'{"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}],'
         b'"seawall": {"controls": ["CTL-X"], "actions": ["flag"]}}',
         {"text": "hi", "blocked": False, "controls": ()}),
        (200, b'{"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]}',
         {"blocked": True}),
    ],
)  # fmt: skip
def test_answers_are_read_as_they_are(status, body, expected) -> None:
    said = read_answer(status, {}, body)
    assert {name: getattr(said, name) for name in expected} == expected
