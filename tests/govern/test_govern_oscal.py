"""OSCAL 1.1: the strict types hold, references resolve, equal inputs give equal files."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import govern_samples as samples
import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.register import Register
from seawall.govern.oscal.common import line, made_id, moment, token
from seawall.govern.oscal.components import component_definition
from seawall.govern.oscal.model import check
from seawall.govern.oscal.results import assessment_results
from seawall.govern.status.judge import Grounds, control_states
from seawall.govern.status.model import Vouched

CATALOG = load_catalog()
TODAY = date(2026, 7, 1)
replace = msgspec.structs.replace
WORD = Vouched(control="CTL-VENDOR", by="kim", date="2026-06-01", until="2026-09-01", ref="att_1")


def register() -> Register:
    """The sample register with a failing pitfall and a control that rests on people."""
    base = samples.with_pitfall(4, samples.pitfall(4, on=40, status="failed"))
    legal = tuple(
        replace(row, controls=("CTL-VENDOR", "CTL-AUDIT")) if row.risk == "LEG-09" else row
        for row in base.risks
    )
    vendor = replace(samples.risk(samples.pitfall(0)), risk="LEG-11", controls=("CTL-VENDOR",))
    return replace(base, risks=(*legal, vendor))


def results(found: Register | None = None, **accepted: str) -> bytes:
    found = found or register()
    grounds = Grounds(vouched=[WORD])
    states = control_states(found, CATALOG, today=TODAY, grounds=grounds)
    names = {key.replace("_", "-"): value for key, value in accepted.items()}
    return assessment_results(found, states, accepted=names)


def components(found: Register | None = None) -> bytes:
    found = found or register()
    states = control_states(found, CATALOG, today=TODAY, grounds=Grounds(vouched=[WORD]))
    return component_definition(found, states, CATALOG, {"CTL-DIVERGE": "guard divergence"})


def one(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(raw)["assessment-results"]["results"][0]
    return found


@pytest.mark.parametrize("make", [results, components])
def test_the_files_pass_the_strict_types_and_stay_equal(make: Any) -> None:
    raw = make()
    assert check(raw) == []
    assert raw == make()
    later = replace(register(), created="2026-07-02T00:00:00+00:00")
    assert json.loads(raw) != json.loads(make(later))


def test_every_id_changes_with_what_it_names_and_with_nothing_else() -> None:
    first, same = one(results()), one(results())
    assert [f["uuid"] for f in first["findings"]] == [f["uuid"] for f in same["findings"]]
    more = replace(register(), model="model-b")
    assert (
        json.loads(results())["assessment-results"]["uuid"]
        != (json.loads(results(more))["assessment-results"]["uuid"])
    )
    assert made_id("a", "bc") != made_id("ab", "c")


def test_a_finding_says_what_was_shown() -> None:
    found = {f["target"]["target-id"]: f["target"]["status"] for f in one(results())["findings"]}
    assert found["CTL-DIVERGE"]["state"] == "not-satisfied"
    assert found["CTL-DIVERGE"]["reason"] == "fail"
    assert (found["CTL-VENDOR"]["state"], found["CTL-VENDOR"]["reason"]) == ("satisfied", "other")
    assert (found["CTL-DISCLOSE"]["state"], found["CTL-DISCLOSE"]["reason"]) == (
        "satisfied", "pass",
    )  # fmt: skip
    assert (found["CTL-AUDIT"]["state"], found["CTL-AUDIT"]["reason"]) == (
        "not-satisfied", "other",
    )  # fmt: skip
    assert "CTL-FAIRNESS" not in found, "what does not apply is not reviewed"


def test_observations_say_how_and_until_when() -> None:
    found = one(results())
    by_title = {o["title"]: o for o in found["observations"]}
    word = by_title["CTL-VENDOR: attestation att_1"]
    assert (word["methods"], word["expires"]) == (["INTERVIEW"], "2026-09-01T00:00:00+00:00")
    probe = by_title["CTL-DIVERGE: probe PRB-DIVERGE"]
    assert probe["methods"] == ["TEST"]
    assert probe["props"][0]["value"] == "no"
    finding = next(f for f in found["findings"] if f["target"]["target-id"] == "CTL-DIVERGE")
    assert finding["related-observations"] == [{"observation-uuid": probe["uuid"]}]


def test_risks_are_closed_only_within_their_tolerance() -> None:
    found = {r["title"].split()[0]: r for r in one(results(PRI_04="dana"))["risks"]}
    assert found["PRI-04"]["status"] == "deviation-approved"
    assert {p["name"]: p["value"] for p in found["PRI-04"]["props"]}["accepted-by"] == "dana"
    assert found["SEC-01"]["status"] == "closed"
    assert found["LEG-09"]["status"] == "open", "no probe: nothing was shown"
    assert "MIS-03" not in found, "it does not apply"
    facets = {f["name"]: f["value"] for f in found["SEC-01"]["characterizations"][0]["facets"]}
    assert facets["residual-ale"] == "2346.00 EUR a year, prior"
    again = {r["title"].split()[0]: r for r in one(results())["risks"]}
    assert again["PRI-04"]["status"] == "open"


def test_components_are_the_gateway_and_people() -> None:
    found = json.loads(components())["component-definition"]
    gateway, people = found["components"]
    assert (gateway["type"], people["type"]) == ("software", "process-procedure")
    own = {r["control-id"]: r for r in gateway["control-implementations"][0][
        "implemented-requirements"]}  # fmt: skip
    assert "Enforced by guard divergence." in own["CTL-DIVERGE"]["description"]
    assert "CTL-VENDOR" not in own
    rest = people["control-implementations"][0]["implemented-requirements"]
    assert rest[0]["description"] == CATALOG.controls["CTL-VENDOR"].enforce.attestation
    titles = {r["title"] for r in found["back-matter"]["resources"]}
    assert CATALOG.frameworks["nist-ai-rmf"].title in titles
    labels = {
        p["value"]
        for implementation in gateway["control-implementations"][1:]
        for requirement in implementation["implemented-requirements"]
        for p in requirement["props"]
    }
    assert any(label.startswith("MEASURE ") for label in labels)


def broken(change: Any) -> list[str]:
    tree = json.loads(results())
    change(tree["assessment-results"])
    return check(json.dumps(tree).encode())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.update(uuid="no"), "uuid"),
        (lambda t: t.update(extra=1), "unknown field"),
        (lambda t: t["metadata"].update(title=" x"), "title"),
        (lambda t: t["metadata"].pop("last-modified"), "last-modified"),
        (lambda t: t["metadata"].update({"last-modified": "2026-07-01T00:00:00"}), "last-modified"),
        (lambda t: t["metadata"].update({"oscal-version": "2"}), "oscal-version"),
        (lambda t: t.update(results=[]), "results"),
        (lambda t: t["results"][0]["findings"][0].update({"related-risks": []}), "is empty"),
        (lambda t: t["results"][0]["risks"].pop(0), "which is nowhere"),
        (lambda t: t["results"][0]["observations"].pop(0), "which is nowhere"),
        (lambda t: t["results"][0]["risks"].append(t["results"][0]["risks"][0]), "used twice"),
        (lambda t: t["back-matter"]["resources"].pop(0), "which is nowhere"),
        (lambda t: t["results"][0]["findings"][0]["target"].update({"target-id": "a b"}),
         "target-id"),
        (lambda t: t["results"][0]["findings"][0]["target"]["status"].update(state="ok"), "state"),
        (lambda t: t["results"][0]["observations"][0].update(methods=["GUESS"]), "methods"),
    ],
)  # fmt: skip
def test_the_strict_types_find_what_is_wrong(change: Any, says: str) -> None:
    assert any(says in problem for problem in broken(change)), broken(change)


def test_a_file_holds_exactly_one_document() -> None:
    assert check(b"{}") == ["exactly one document must be in a file"]
    assert check(b"[]") != []


def test_hostile_texts_become_lines() -> None:
    hostile = " \n a\u202e\tb \x00 "
    found = replace(register(), title=hostile, model=hostile)
    assert check(results(found)) == []
    assert line(hostile) == "a b"
    assert line("") == "not stated"
    assert token("MEASURE 2.7") == "MEASURE-2.7"
    assert token("42001") == "_42001"
    assert token("") == "none"
    assert moment("2026-07-01") == "2026-07-01T00:00:00+00:00"
    assert moment("2026-07-01T02:00:00+02:00") == "2026-07-01T00:00:00+00:00"


def test_a_register_without_anything_is_refused() -> None:
    for changes in ({"risks": ()}, {"created": "yesterday"}):
        with pytest.raises(InputError):
            results(replace(register(), **changes))


@pytest.mark.parametrize("what", ["assessment-results", "component-definition"])
def test_the_command(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "register.json"
    path.write_bytes(msgspec.json.encode(register()))
    policy = ["--policy", str(Path(__file__).parents[2] / "examples" / "policy.yaml")]
    words = ["oscal", what, "--register", str(path), *policy]
    assert run([*words, "--out", str(tmp_path / "o.json")]) == 0
    raw = (tmp_path / "o.json").read_bytes()
    assert check(raw) == []
    capsys.readouterr()
    assert run([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(raw)
    assert run(["oscal", what, "--register", str(tmp_path / "none.json")]) == 2
