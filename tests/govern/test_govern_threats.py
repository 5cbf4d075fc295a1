"""The threat model: each place its threats, ids that stay, notes that survive a redraw."""

import json
from pathlib import Path

import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.profile import Element, Fact, Flow, Profile
from seawall.govern.threats import _ATLAS, Model, Note, mermaid, otm, place_of, threats

ATLAS = load_catalog().frameworks["mitre-atlas"]
ELEMENTS = (
    Element(id="customer", name='Cus"tomer <b>', kind="person", zone="internet"),
    Element(id="app", name="App", kind="process", zone="shop"),
    Element(id="llm", name="Model", kind="model", zone="provider"),
    Element(id="docs", name="Documents", kind="store", zone="shop"),
)
FLOWS = (
    Flow(source="customer", target="app", label="question"),
    Flow(source="docs", target="app", label="passages"),
)


def profile(
    elements: tuple[Element, ...] = ELEMENTS, flows: tuple[Flow, ...] = FLOWS,
    classes: tuple[str, ...] | None = ("public",),
) -> Profile:  # fmt: skip
    facts = {"data.classes_in_prompt": Fact(key="data.classes_in_prompt", value=classes)}
    return Profile(application="shop", title="Shop", facts=facts, elements=elements, flows=flows)


def modelled(given: Profile, **notes: Note) -> Model:
    return threats(given, ATLAS, {key.replace("_", "-"): one for key, one in notes.items()})


def test_every_element_and_flow_has_threats_of_its_kind() -> None:
    found = modelled(profile()).threats
    places = {one.place for one in found}
    assert places == {"customer", "app", "llm", "docs", *(place_of(flow) for flow in FLOWS)}
    by_place = {place: {one.category for one in found if one.place == place} for place in places}
    assert by_place["customer"] == {"Spoofing", "Repudiation"}
    assert "Elevation of privilege" in by_place["app"]
    assert "AML.T0051.001 Indirect" in by_place["llm"]
    assert "AML.T0070 RAG Poisoning" in by_place["docs"]


def test_a_store_that_nothing_is_read_from_poisons_no_answer() -> None:
    log = Element(id="logs", name="Logs", kind="store", zone="own")
    written = Flow(source="app", target="logs", label="records")
    given = msgspec.structs.replace(
        profile(), elements=(*profile().elements, log), flows=(*profile().flows, written)
    )
    found = {(one.place, one.category) for one in modelled(given).threats}
    assert ("logs", "Tampering") in found
    assert ("logs", "AML.T0070 RAG Poisoning") not in found
    assert ("docs", "AML.T0070 RAG Poisoning") in found


def test_every_technique_exists_in_the_pinned_index() -> None:
    assert not set(_ATLAS) - set(ATLAS.entries)


def test_personal_data_that_is_not_ruled_out_brings_privacy_threats() -> None:
    methods = {classes: {t.method for t in modelled(profile(classes=classes)).threats}
               for classes in (("public",), ("personal",), None)}  # fmt: skip
    assert "LINDDUN" not in methods["public",]
    assert "LINDDUN" in methods["personal",] and "LINDDUN" in methods[None]


def test_a_flow_over_a_boundary_says_so() -> None:
    crossing = {one.place: one.crosses for one in modelled(profile()).threats}
    assert crossing["customer->app:question"] == "internet -> shop"
    assert crossing["docs->app:passages"] == "" == crossing["app"]


def test_ids_and_notes_survive_moving_renaming_and_adding() -> None:
    before = modelled(profile())
    assert len({one.id for one in before.threats}) == len(before.threats)
    key = next(one.id for one in before.threats if one.place == "docs")
    moved = tuple(
        Element(id=one.id, name=one.name.upper(), kind=one.kind, zone="elsewhere")
        for one in reversed(ELEMENTS)
    )
    added = (Element(id="mail", name="Mail", kind="external", zone="internet"), *moved)
    note = Note(note="encrypted", status="handled")
    after = threats(profile(added), ATLAS, {key: note})
    assert {one.id for one in before.threats} < {one.id for one in after.threats}
    kept = next(one for one in after.threats if one.id == key)
    assert (kept.place, kept.note, kept.status) == ("docs", "encrypted", "handled")
    assert after.orphans == {}


def test_a_note_whose_element_is_gone_is_said_and_not_lost() -> None:
    key = next(one.id for one in modelled(profile()).threats if one.place == "llm")
    less = profile(tuple(one for one in ELEMENTS if one.id != "llm"))
    assert threats(less, ATLAS, {key: Note(note="x")}).orphans == {key: Note(note="x")}


def test_mermaid_counts_open_threats_and_takes_no_markup() -> None:
    given = profile()
    text = mermaid(given, modelled(given))
    assert text.startswith("flowchart LR\n")
    assert 'n0["Cus#quot;tomer #lt;b#gt; (2)"]' in text
    assert 'n2{{"Model (' in text and 'n3[("Documents (' in text and 'n1("App (' in text
    assert 'n0 -->|"question (3)"| n1' in text
    assert text.count("subgraph") == text.count("  end") == 3


def test_otm_links_every_threat_to_its_place() -> None:
    given = profile()
    model = modelled(given)
    document = otm(given, model)
    assert document["otmVersion"] == "0.2.0"
    zones = {zone["id"] for zone in document["trustZones"]}
    assert all(one["parent"]["trustZone"] in zones for one in document["components"])
    placed = [
        state["threat"]
        for part in (*document["components"], *document["dataflows"])
        for state in part["threats"]
    ]
    assert sorted(placed) == sorted(one["id"] for one in document["threats"])
    assert document == otm(given, modelled(given))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(
        "application: shop\nfacts: {}\nelements:\n"
        "  - {id: app, name: App, kind: process, zone: shop}\n"
    )
    assert run(["threats", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["threats"]
    notes = tmp_path / "notes.yaml"
    notes.write_text(f"{found[0]['id']}: {{note: signed, status: handled}}\nTHR-0: {{note: old}}\n")
    out = [str(tmp_path / "t.mmd"), str(tmp_path / "t.json")]
    words = ["threats", str(path), "--notes", str(notes), "--mermaid", out[0], "--otm", out[1]]
    assert run(words) == 0
    text = capsys.readouterr().out
    assert "signed" in text and "THR-0" in text
    states = json.loads(Path(out[1]).read_text())["components"][0]["threats"]
    assert [one["state"] for one in states].count("mitigated") == 1
    notes.write_text("THR-1: {status: perhaps}\n")
    assert run(words) == 2
    assert "notes.yaml:1" in capsys.readouterr().err
    path.write_text("application: shop\nfacts: {}\n")
    assert run(["threats", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["drawn"] is True


def test_a_renumbered_technique_keeps_its_threats_and_their_notes() -> None:
    old, new = "AML.T0070", "AML.T9070"
    entries = {new if key == old else key: title for key, title in ATLAS.entries.items()}
    moved = msgspec.structs.replace(ATLAS, entries=entries, renumbered={old: new})
    before = {one.id: one for one in modelled(profile()).threats}
    key = next(key for key, one in before.items() if one.category.startswith(old))
    after = threats(profile(), moved, {key: Note(note="reviewed")})
    assert {one.id for one in after.threats} == set(before) and not after.orphans
    (noted,) = (one for one in after.threats if one.note)
    assert noted.category == f"{new} {ATLAS.entries[old]}"
    lost = msgspec.structs.replace(moved, renumbered={})
    assert key in threats(profile(), lost, {key: Note(note="reviewed")}).orphans
