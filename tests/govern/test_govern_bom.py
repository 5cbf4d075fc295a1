"""The bill of materials: CycloneDX 1.6 that fits its schema, the same each time, no content."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from seawall.cli.main import run
from seawall.core.profile import Fact, Profile
from seawall.govern.bom import bom
from seawall.policy.load import load_policy
from seawall.policy.model import Policy

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SCHEMA = json.loads((Path(__file__).parent / "cyclonedx_subset.json").read_text())
POLICY = """
version: 1
application: shop
upstreams:
  - name: main
    base_url: https://api.example.com/v1
    models: {chat: {input_per_million: 1, output_per_million: 1, upstream_model: big-1}}
functions: {support: {}}
guards:
  - {detector: injection, control: CTL-INJ-INPUT, action: block, stages: [input]}
tools:
  rules: {lookup: {effect: read, control: CTL-TOOL-RULES}}
"""


def profile(**facts: Any) -> Profile:
    given = {"model.ids": ("big-1", "small-2"), "tools.list": ("lookup", "refund"), **facts}
    return Profile(
        application="shop",
        title="Shop",
        facts={key: Fact(key=key, value=value) for key, value in given.items()},
    )


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return load_policy(path)


def made(policy: Policy | None, **prompts: bytes) -> dict[str, Any]:
    return bom(profile(), policy, prompts, now=NOW, version="1")


def named(document: dict[str, Any]) -> list[str]:
    return [part["bom-ref"] for part in document["components"]]


def test_it_lists_models_tools_prompts_and_guards(policy: Policy) -> None:
    document = made(policy, system=b"You help.")
    assert named(document) == [
        "model:big-1", "model:small-2", "tool:lookup", "tool:refund", "prompt:system",
        "guard:1:injection",
    ]  # fmt: skip
    assert document["dependencies"][0]["dependsOn"] == sorted([*named(document), "provider:main"])
    tools = {part["name"]: part["properties"] for part in document["components"][2:4]}
    assert {"name": "seawall:rule", "value": "none"} in tools["refund"]
    assert {"name": "seawall:effect", "value": "read"} in tools["lookup"]


def test_it_fits_the_schema_and_a_broken_one_does_not(policy: Policy) -> None:
    document = made(policy, system=b"You help.")
    check = jsonschema_rs.validator_for(SCHEMA)
    assert [error.message for error in check.iter_errors(document)] == []
    document["components"][0]["type"] = "model"
    assert list(check.iter_errors(document))


def test_neither_prompts_nor_credentials_are_in_it(policy: Policy) -> None:
    # The policy file refuses such an address; a policy made in Python may still hold one.
    address = "https://user:pass@api.example.com/v1?token=hidden"
    upstream = msgspec.structs.replace(policy.upstreams[0], base_url=address)
    unsafe = msgspec.structs.replace(policy, upstreams=(upstream,))
    text = json.dumps(made(unsafe, system=b"TOPSECRET words"))
    assert "https://api.example.com/v1" in text
    for hidden in ("TOPSECRET", "pass@", "user:", "hidden"):
        assert hidden not in text, hidden


def test_the_serial_number_changes_with_the_parts_only(policy: Policy) -> None:
    first, again = made(policy, a=b"x"), made(policy, a=b"x")
    assert first == again
    assert made(policy, a=b"y")["serialNumber"] != first["serialNumber"]
    assert made(None, a=b"x")["serialNumber"] != first["serialNumber"]


def test_without_a_policy_there_are_no_guards_and_no_providers() -> None:
    document = made(None)
    assert named(document) == ["model:big-1", "model:small-2", "tool:lookup", "tool:refund"]
    assert document["services"] == []


def test_the_command_writes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "profile.yaml").write_text("application: shop\nfacts: {model.ids: [big-1]}\n")
    out = tmp_path / "bom.json"
    words = ["bom", str(tmp_path / "profile.yaml"), "--out", str(out)]
    assert run(words) == 0
    assert named(json.loads(out.read_text())) == ["model:big-1"]
    assert run([*words, "--prompt", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err
