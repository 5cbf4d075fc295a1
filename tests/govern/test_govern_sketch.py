"""A picture drawn from facts: what is known, what is not known, nothing that was ruled out."""

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.assess.profile import load_profile
from seawall.cli.main import run
from seawall.core.profile import Element, Fact, Profile
from seawall.govern.sketch import sketch

EXAMPLES = Path(__file__).parents[2] / "examples"
RULED_OUT: dict[str, Any] = {
    "audience": ("employees",), "model.ids": ("m",), "model.hosting": "self_hosted",
    "rag.used": False, "memory.persistent": False, "logging": "none", "tools.list": (),
}  # fmt: skip


def profile(**facts: Any) -> Profile:
    values = {key.replace("__", "."): value for key, value in facts.items()}
    return Profile(
        application="shop", title="Shop",
        facts={key: Fact(key=key, value=value) for key, value in {**RULED_OUT, **values}.items()},
    )  # fmt: skip


def ids(**facts: Any) -> set[str]:
    return {one.id for one in sketch(profile(**facts)).elements}


def test_nothing_known_is_drawn_and_says_so() -> None:
    drawn = sketch(Profile(application="shop", title="Shop", facts={}))
    unknown = {one.id for one in drawn.elements if one.name.endswith("(not known)")}
    assert unknown == {
        "person:unknown", "model:unknown", "documents", "writers", "memory", "logs",
        "tool:unknown",
    }  # fmt: skip
    assert {one.id for one in drawn.elements} == {*unknown, "app"}


@pytest.mark.parametrize(
    ("fact", "value", "more"),
    [
        ("audience", ("employees", "anonymous"), {"person:anonymous"}),
        ("model__ids", ("m", "n"), {"model:n"}),
        ("rag__used", True, {"documents", "writers"}),
        ("rag__used", None, {"documents", "writers"}),
        ("memory__persistent", True, {"memory"}),
        ("logging", "redacted_with_deadline", {"logs"}),
        ("tools__list", ("refund", "refund"), {"tool:refund"}),
    ],
)
def test_each_fact_draws_its_own(fact: str, value: Any, more: set[str]) -> None:
    base = ids()
    assert base == {"app", "person:employees", "model:m"}
    assert ids(**{fact: value}) == base | more
    drawn = sketch(profile(**{fact: value}))
    known = {one.id for one in drawn.elements}
    assert all({flow.source, flow.target} <= known for flow in drawn.flows)
    assert len({(f.source, f.target, f.label) for f in drawn.flows}) == len(drawn.flows)


def test_zones_follow_who_runs_and_who_writes() -> None:
    def zones(**facts: Any) -> dict[str, str]:
        return {one.id: one.zone for one in sketch(profile(**facts)).elements}

    assert zones()["model:m"] == zones()["app"]
    for hosting in ("vendor_api", "cloud_hosted", None):
        assert zones(model__hosting=hosting)["model:m"] == "provider"
    assert "writers" not in zones(rag__used=True, rag__sources_trust=False)


def test_a_drawn_picture_stays() -> None:
    own = Element(id="x", name="X", kind="process", zone="z")
    given = Profile(application="s", title="S", facts={}, elements=(own,))
    assert sketch(given) is given


@pytest.mark.parametrize("name", ["support-bot", "hr-screening", "coding-agent"])
def test_every_example_has_threats_and_attack_paths(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = EXAMPLES / name / "profile.yaml"
    assert not load_profile(path).elements
    assert run(["threats", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["drawn"] is True and told["threats"] and told["paths"]
    assert run(["threats", str(path)]) == 0
    assert "Drawn from the facts" in " ".join(capsys.readouterr().out.split())
