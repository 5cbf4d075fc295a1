"""OSCAL files against the published models, compiled to rules by scripts/oscal_rules.py."""

import copy
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from test_govern_oscal import components, results

ROOT = Path(__file__).parents[2]
RULES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "oscal_rules.json").read_text(encoding="utf-8")
)
DOCUMENTS = {"assessment-results": results, "component-definition": components}


def rule(root: str) -> Any:
    return jsonschema_rs.validator_for(RULES[root])


def compiler() -> Any:
    spec = importlib.util.spec_from_file_location("oscal_rules", ROOT / "scripts/oscal_rules.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("root", DOCUMENTS)
def test_what_we_write_is_what_the_models_allow(root: str) -> None:
    document = json.loads(DOCUMENTS[root]())
    assert list(rule(root).iter_errors(document)) == []
    other = next(name for name in DOCUMENTS if name != root)
    assert not rule(other).is_valid(document)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from nodes(one)


@pytest.mark.parametrize("root", DOCUMENTS)
def test_the_rules_notice_a_field_too_many_in_every_object(root: str) -> None:
    document, found = json.loads(DOCUMENTS[root]()), rule(root)
    for node in nodes(document):
        node["not-a-name"] = "x"
        assert not found.is_valid(document), list(node)
        del node["not-a-name"]
    assert found.is_valid(document)


RESULT = ("assessment-results", "results", 0)
STATUS = (*RESULT, "findings", 0, "target", "status", "state")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("assessment-results", "uuid"), "1"),
        (("assessment-results", "metadata", "last-modified"), "2026-07-01T00:00:00"),
        (("assessment-results", "metadata", "oscal-version"), ""),
        (("assessment-results", "results"), []),
        ((*RESULT, "observations", 0, "methods"), []),
        ((*RESULT, "observations", 0, "collected"), "2026-07-01"),
        ((*RESULT, "findings", 0, "target", "target-id"), "two words"),
        ((*RESULT, "findings", 0, "target", "type"), "control"),
        (STATUS, "perhaps"),
        ((*RESULT, "reviewed-controls", "control-selections"), {}),
        ((*RESULT, "risks", 0, "props", 0, "name"), "two words"),
        ((*RESULT, "risks", 0, "props", 0, "ns"), "none"),
    ],
)
def test_the_rules_refuse_a_wrong_value(path: tuple[Any, ...], value: Any) -> None:
    document = json.loads(results())
    node = document
    for step in path[:-1]:
        node = node[step]
    assert path[-1] in node
    node[path[-1]] = value
    assert not rule("assessment-results").is_valid(document)


def needed(node: Any) -> Iterator[tuple[dict[str, Any], str]]:
    for one in nodes(node):
        for name in [key for key in one if key in ("uuid", "title", "description", "target")]:
            yield one, name


def test_the_rules_refuse_what_lacks_a_needed_field() -> None:
    document, found = json.loads(results()), rule("assessment-results")
    refused = 0
    for one, name in needed(document):
        kept = copy.deepcopy(one[name])
        del one[name]
        refused += not found.is_valid(document)
        one[name] = kept
    assert refused >= 50
    assert found.is_valid(document)


NS = "http://csrc.nist.gov/ns/oscal/metaschema/1.0"
MODEL = f"""<!DOCTYPE METASCHEMA [<!ENTITY more SYSTEM "./more.ent">]>
<METASCHEMA xmlns="{NS}">
  <define-assembly name="box">
    <define-flag name="uuid" as-type="uuid" required="yes"/>
    <flag ref="colour"><use-name>hue</use-name></flag>
    <model>
      <define-field name="title" as-type="markup-line" min-occurs="1"/>
      <field ref="note" max-occurs="unbounded"><group-as name="notes" in-json="ARRAY"/></field>
      <choice>
        <define-field name="left" as-type="nonNegativeInteger" min-occurs="1"/>
        <define-field name="right" as-type="token" min-occurs="1"/>
      </choice>
      <assembly ref="box" max-occurs="unbounded"><use-name>inner</use-name>
        <group-as name="boxes" in-json="ARRAY"/></assembly>
    </model>
    <constraint><allowed-values target="note/@kind"><enum value="a"/>&more;</allowed-values>
      <allowed-values target="title" allow-other="yes"><enum value="t"/></allowed-values>
    </constraint>
  </define-assembly>
  <define-flag name="colour" as-type="token">
    <constraint><allowed-values><enum value="red"/></allowed-values></constraint>
  </define-flag>
  <define-field name="note" as-type="string">
    <json-value-key>text</json-value-key>
    <define-flag name="kind" as-type="token"/>
  </define-field>
</METASCHEMA>"""
BOX = {"uuid": "5ea3a11e-0000-4000-8000-000000000002", "title": "t"}


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"hue": "red", "left": 0, "notes": [{"text": "x", "kind": "b"}]}, True),
        ({"boxes": [{**BOX, "boxes": [BOX]}], "title": "any"}, True),
        ({"hue": "green"}, False),
        ({"colour": "red"}, False),
        ({"left": -1}, False),
        ({"notes": []}, False),
        ({"notes": [{"text": "x", "kind": "c"}]}, False),
        ({"notes": ["x"]}, False),
        ({"notes": [{"kind": "a"}]}, False),
        ({"boxes": [{"title": "t"}]}, False),
        ({"title": None}, False),
    ],
)
def test_the_compiler_reads_names_numbers_types_and_values(
    tmp_path: Path, change: dict[str, Any], good: bool
) -> None:
    (tmp_path / "box.xml").write_text(MODEL)
    (tmp_path / "more.ent").write_text(f'<enum xmlns="{NS}" value="b"/>')
    models = compiler().Models(tmp_path, "box.xml")
    start = models.ref("assembly", models.definitions["assembly", "box"])
    found = jsonschema_rs.validator_for({**start, "$defs": models.made})
    assert found.is_valid({**BOX, **change}) is good
