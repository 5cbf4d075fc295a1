"""Edits of a person: laid over each new drawing, they stay when the facts change."""

import json
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.profile import Element, Fact, Flow, Profile
from seawall.govern.charts.flow_layout import NARROW, WIDE
from seawall.govern.charts.flow_search import arrange
from seawall.govern.edits import Added, Change, Edits, lay, noted
from seawall.govern.sketch import sketch
from seawall.govern.threats import place_of

EDITS = Edits(
    add=Added(
        elements=(Element(id="prices", name="Price list", kind="store", zone="application"),),
        flows=(Flow(source="prices", target="app", label="prices"),),
    ),
    change={
        "app": Change(name="Chat", at=(1, 1)),
        "model:m": Change(zone="our cloud"),
        "logs": Change(at=(2, 0)),
    },
    notes={"logs": "30 days", "app->model:m:prompt": "over a private link"},
    remove=("memory",),
)


def profile(**facts: object) -> Profile:
    named = {key.replace("__", "."): value for key, value in facts.items()}
    known = {key: Fact(key=key, value=value) for key, value in named.items()}
    return Profile(application="shop", title="Shop", facts=known)


def test_edits_are_laid_over_a_drawing() -> None:
    edited = lay(sketch(profile(model__ids=("m",))), EDITS)
    elements = {one.id: one for one in edited.profile.elements}
    assert elements["app"].name == "Chat" and elements["model:m"].zone == "our cloud"
    assert "prices" in elements and "memory" not in elements
    places = {place_of(flow) for flow in edited.profile.flows}
    assert "prices->app:prices" in places
    assert not [place for place in places if "memory" in place]
    assert dict(noted(edited.profile)) == EDITS.notes
    assert edited.left == ()


def test_they_survive_when_the_facts_change() -> None:
    before = lay(sketch(profile(model__ids=("m",))), EDITS).profile
    after = lay(sketch(profile(model__ids=("m", "n"), tools__list=("mail",))), EDITS).profile
    new = {one.id: one for one in after.elements}
    assert {"model:n", "tool:mail"} <= set(new)
    for one in before.elements:
        if one.id != "tool:unknown":
            assert new[one.id] == one, "what a person wrote is not drawn over"
    assert dict(noted(after)) == dict(noted(before))


def test_an_edit_of_what_is_gone_is_named_not_lost() -> None:
    edited = lay(sketch(profile(model__ids=("other",), logging="none")), EDITS)
    assert edited.left == ("model:m", "logs", "app->model:m:prompt")


def test_elements_stand_where_a_person_put_them() -> None:
    drawn = lay(sketch(profile(model__ids=("m",))), EDITS).profile
    boxes = arrange(drawn, WIDE).elements
    app, logs = boxes["app"], boxes["logs"]
    assert logs.x > app.x and logs.y < app.y
    other = msgspec.structs.replace(
        EDITS, change={"app": Change(at=(0, 0)), "logs": Change(at=(0, 1))}
    )
    boxes = arrange(lay(sketch(profile(model__ids=("m",))), other).profile, WIDE).elements
    assert boxes["app"].x == boxes["logs"].x and boxes["app"].y < boxes["logs"].y
    narrow = arrange(drawn, NARROW)
    assert set(narrow.elements) == {one.id for one in drawn.elements}, "a phone has its own places"
    assert max(box.x + box.w for box in narrow.elements.values()) <= NARROW.width


def test_two_elements_in_one_place_both_stand_somewhere() -> None:
    both = Edits(change={"app": Change(at=(0, 0)), "logs": Change(at=(0, 0))})
    boxes = arrange(lay(sketch(profile()), both).profile, WIDE).elements
    assert {"app", "logs"} <= set(boxes)
    assert len({(box.x, box.y) for box in boxes.values()}) == len(boxes)


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        (Edits(add=Added(flows=(Flow(source="a", target="app", label="x"),))), "names 'a'"),
        (Edits(change={"app": Change(at=(9, 0))}), "The edit of app does not fit"),
        (Edits(change={"app": Change(kind="wall")}), "wall"),
    ],
)
def test_what_cannot_be_is_refused(edits: Edits, says: str) -> None:
    with pytest.raises(InputError, match=says):
        lay(sketch(profile()), edits)


def test_the_command_writes_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = tmp_path / "profile.yaml"
    facts.write_text("application: shop\ntitle: Shop & <Co>\nfacts:\n  model.ids: [m]\n")
    edits, picture = tmp_path / "edits.yaml", tmp_path / "flow.svg"
    edits.write_text("change: {app: {name: Chat}}\nnotes: {logs: 30 days, ghost: boo}\n")
    options = ["threats", str(facts), "--edits", str(edits), "--svg", str(picture)]
    assert run(options) == 0
    said = capsys.readouterr().out
    assert "logs: 30 days" in said and "Edit of ghost" in said and "--edits" in said
    root = ElementTree.parse(picture).getroot()
    texts = " ".join(root.itertext())
    assert root.tag.endswith("svg") and "Chat" in texts and "an attack path that nothing" in texts
    assert run([*options, "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["picture_notes"] == {"logs": "30 days"} and body["left"] == ["ghost"]
    register, page = tmp_path / "register.json", tmp_path / "report.html"
    assert run(["assess", str(facts), "--draws", "1000", "--out", str(register)]) == 0
    options = ["report", "--register", str(register), "--profile", str(facts), "--out", str(page)]
    assert run([*options, "--edits", str(edits)]) == 0
    assert ">Chat</text>" in page.read_text()
    assert run(options) == 0
    assert ">Chat</text>" not in page.read_text()
    options = ["threats", str(facts), "--edits", str(edits)]
    edits.write_text("chnge: {}\n")
    assert run(options) == 2


def test_a_flow_takes_a_label_and_a_note_and_the_rest_is_named() -> None:
    flow = "app->model:m:prompt"
    picture = sketch(profile(model__ids=("m",)))
    assert flow in {place_of(one) for one in picture.flows}
    change = {flow: Change(name="question", note="private link", zone="x"), "ghost": Change()}
    edited = lay(picture, Edits(change=change))
    notes = {place_of(one): one.note for one in edited.profile.flows}
    assert notes["app->model:m:question"] == "private link" and flow not in notes
    assert len(notes) == len(picture.flows) and edited.left == (flow, "ghost")
    assert lay(picture, Edits(change={flow: Change(name="question")})).left == ()


def test_the_report_names_edits_that_fit_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts, edits = tmp_path / "profile.yaml", tmp_path / "edits.yaml"
    facts.write_text("application: shop\nfacts: {model.ids: [m]}\n")
    edits.write_text("notes: {ghost: boo}\n")
    register, page = tmp_path / "register.json", tmp_path / "report.html"
    assert run(["assess", str(facts), "--draws", "1000", "--out", str(register)]) == 0
    options = ["report", "--register", str(register), "--out", str(page), "--edits", str(edits)]
    assert run(options) == 2
    assert "--profile" in capsys.readouterr().err and not page.exists()
    options += ["--profile", str(facts)]
    assert run(options) == 0
    assert "Edit of ghost" in capsys.readouterr().out
    assert run([*options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left"] == ["ghost"]
