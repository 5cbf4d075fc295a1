"""Attack paths: from where outsiders enter to where something is lost, until a flow stops them."""

import json
from pathlib import Path

import pytest

from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.profile import Element, Flow, Profile
from seawall.govern.paths import AttackPath, paths
from seawall.govern.threats import Note, threats

ATLAS = load_catalog().frameworks["mitre-atlas"]


def element(text: str) -> Element:
    name, kind, zone = text.split()
    return Element(id=name, name=name, kind=kind, zone=zone)


def flow(text: str) -> Flow:
    source, target = text.split(">")
    return Flow(source=source, target=target, label="data")


ELEMENTS = ("customer person net", "app process shop", "llm model cloud", "db store shop",
            "shopdb store shop", "web external net", "idle store shop")  # fmt: skip
FLOWS = ("customer>app", "app>llm", "llm>app", "app>db", "web>shopdb", "shopdb>app", "app>web")


def found(elements: tuple[str, ...] = ELEMENTS, flows: tuple[str, ...] = FLOWS,
          **notes: str) -> dict[tuple[str, str], AttackPath]:  # fmt: skip
    profile = Profile(
        application="shop", title="Shop", facts={}, elements=tuple(map(element, elements)),
        flows=tuple(map(flow, flows)),
    )  # fmt: skip
    model = threats(profile, ATLAS, {})
    given = {one.id: Note(status="handled") for one in model.threats if one.place in notes.values()}
    made = threats(profile, ATLAS, given)
    return {(one.entry, one.loss): one for one in paths(profile, made.threats)}


def test_every_entry_reaches_every_loss_by_the_shortest_way() -> None:
    ways = found()
    assert set(ways) == {("customer", "db"), ("customer", "web"), ("customer", "shopdb"),
                         ("web", "db")}  # fmt: skip
    assert ways["customer", "db"].steps == (
        "customer", "customer->app:data", "app", "app->db:data", "db",
    )  # fmt: skip
    assert ways["customer", "db"].crosses == ("net -> shop",)
    assert ways["web", "db"].steps[:3] == ("web", "web->shopdb:data", "shopdb")
    assert all(one.open > 0 and one.stopped_by == "" for one in ways.values())


def test_what_nobody_works_on_or_nothing_reaches_is_no_loss() -> None:
    assert found(("web external net", "db store shop"), ("web>db",)) == {}
    assert ("customer", "idle") not in found()
    assert found(flows=()) == {}


def test_a_flow_whose_threats_are_handled_stops_the_ways_over_it_only() -> None:
    ways = found(place="customer->app:data")
    assert ways["customer", "db"].stopped_by == "customer->app:data"
    assert ways["web", "db"].stopped_by == ""
    assert list(ways)[-1][0] == "customer", "what is stopped comes last"
    fewer = found(place="app")
    assert fewer["web", "db"].open < found()["web", "db"].open
    assert fewer["web", "db"].stopped_by == "", "a place is not a boundary"


def test_circles_end() -> None:
    ways = found(flows=(*FLOWS, "llm>llm", "app>customer", "db>app"))
    assert ("customer", "customer") not in ways
    assert len(ways["customer", "db"].steps) == 5


PROFILE = """application: shop
title: Shop
facts: {}
elements:
  - {id: c, name: Customer, kind: person, zone: net}
  - {id: a, name: App, kind: process, zone: shop}
  - {id: d, name: Orders, kind: store, zone: shop}
flows:
  - {source: c, target: a, label: question}
  - {source: a, target: d, label: order}
"""


def test_the_command_draws_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile, picture = tmp_path / "profile.yaml", tmp_path / "t.mmd"
    profile.write_text(PROFILE)
    assert run(["threats", str(profile), "--mermaid", str(picture), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (path,) = told["paths"]
    assert (path["entry"], path["loss"]) == ("c", "d") and told["threats"]
    assert "linkStyle 0,1 " in picture.read_text()
    notes = tmp_path / "notes.yaml"
    closed = [one["id"] for one in told["threats"] if one["place"] == "a->d:order"]
    notes.write_text("".join(f"{key}: {{status: handled}}\n" for key in closed))
    words = ["threats", str(profile), "--notes", str(notes), "--mermaid", str(picture)]
    assert run(words) == 0
    assert "linkStyle" not in picture.read_text(), "a way that is stopped is not drawn"
    assert "stopped by" in " ".join(capsys.readouterr().out.split())
