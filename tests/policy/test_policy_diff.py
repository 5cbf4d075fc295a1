"""Two policies compared by what they do: weaker is seen, order and wording are not differences."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.cli.main import run
from seawall.policy.diff import PolicyChange, diff
from seawall.policy.load import decode_policy, load_policy
from seawall.policy.model import Policy

EXAMPLE = Path(__file__).parents[2] / "examples" / "policy.yaml"
BASE = """version: 1
application: shop
upstreams:
  - {name: p, base_url: "http://127.0.0.1:9/v1",
     models: {m: {input_per_million: 1, output_per_million: 2}}}
functions: {chat: {}}
"""
RULE = {"detector": "injection", "control": "CTL-X", "action": "block", "stages": ["input"]}


def policy(*guards: dict[str, Any], **more: Any) -> Policy:
    tree = {"guards": [{**RULE, **one} for one in guards], **more}
    plain = msgspec.to_builtins(decode_policy(BASE, "p"), str_keys=True)
    return msgspec.convert({**plain, **tree}, Policy)


def only(before: Policy, after: Policy) -> PolicyChange:
    (change,) = diff(before, after)
    (back,) = diff(after, before)
    swapped = {"weaker": "stronger", "stronger": "weaker", "other": "other"}
    assert (back.before, back.after) == (change.after, change.before)
    assert back.effect == swapped[change.effect] or "weaker" in (change.effect, back.effect)
    return change


def test_a_policy_is_like_itself_and_like_one_that_is_written_otherwise() -> None:
    example = load_policy(EXAMPLE)
    assert diff(example, example) == []
    split = policy({"stages": ["input"]}, {"stages": ["output"]})
    assert diff(policy({"stages": ["output", "input"]}), split) == []
    never = policy({}, {"action": "flag"})
    assert diff(policy({}), never) == [], "the first rule wins, so the second does nothing"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"action": "flag"}),
        ({}, {"threshold": 0.9}),
        ({"on_unknown": "block"}, {"on_unknown": "flag"}),
        ({}, {"allow_hosts": ["a.example"]}),
        ({"registered": ["book.txt"]}, {}),
        ({}, {"action": "flag", "threshold": 0.1}),
        ({}, {"depth": "quick"}),
        ({"depth": "quick"}, {"depth": "static"}),
    ],
)
def test_a_guard_that_does_less_is_weaker(before: Any, after: Any) -> None:
    change = only(policy(before), policy(after))
    assert (change.effect, change.place) == ("weaker", "guard injection on input")


def test_a_guard_that_is_gone_or_moved_is_weaker_where_it_was() -> None:
    gone = only(policy({"stages": ["input", "document"]}), policy({}))
    assert (gone.effect, gone.place, gone.after) == (
        "weaker", "guard injection on document", "nothing",
    )  # fmt: skip
    moved = diff(policy({}), policy({"stages": ["output"]}))
    assert [(one.effect, one.place) for one in moved] == [
        ("weaker", "guard injection on input"), ("stronger", "guard injection on output"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [([], ["ana"], "stronger"), (["ana"], ["ana", "ben"], "weaker"), (["ana"], ["ben"], "weaker"),
     (["ana", "ben"], ["ben"], "stronger"), (["ana"], [], "weaker")],
)  # fmt: skip
def test_who_may_approve(before: list[str], after: list[str], effect: str) -> None:
    def one(people: list[str]) -> Policy:
        rule = {"effect": "pay", "control": "CTL-X", "approvers": people}
        return policy(tools={"rules": {"pay": rule}})

    (change,) = diff(one(before), one(after))
    assert (change.place, change.effect) == ("tools.rules.pay.approvers", effect)


@pytest.mark.parametrize(
    ("before", "after", "effect", "said"),
    [
        ((0, True), (1, True), "weaker", ("0 (so 2)", "1")),
        ((2, False), (0, False), "weaker", ("2", "0 (so 1)")),
        ((1, True), (0, True), "stronger", ("1", "0 (so 2)")),
        ((0, False), (2, False), "stronger", ("0 (so 1)", "2")),
        ((0, True), (3, True), "stronger", ("0 (so 2)", "3")),
        ((3, False), (2, False), "weaker", ("3", "2")),
        ((0, True), (2, True), "other", ("0 (so 2)", "2")),
        ((0, False), (1, False), "other", ("0 (so 1)", "1")),
        ((0, True), (2, False), "other", ("0 (so 2)", "2")),
        ((0, True), (1, False), "weaker", ("0 (so 2)", "1")),
    ],
)
def test_how_many_must_approve_is_what_is_in_force(
    before: tuple[int, bool], after: tuple[int, bool], effect: str, said: tuple[str, str]
) -> None:
    def one(needs: int, four_eyes: bool) -> Policy:
        rule = {"effect": "pay", "control": "CTL-X", "needs": needs}
        return policy(tools={"rules": {"pay": rule}, "approvals": {"four_eyes": four_eyes}})

    found = {change.place: change for change in diff(one(*before), one(*after))}
    change = found["tools.rules.pay.needs"]
    assert (change.effect, change.before, change.after) == (effect, *said)


def test_a_tool_that_is_called_needs_comes_and_goes_whole() -> None:
    rule = {"effect": "pay", "control": "CTL-X"}
    change = only(policy(tools={"rules": {"a.needs": rule}}), policy(tools={"rules": {}}))
    assert (change.place, change.effect) == ("tools.rules.a.needs", "weaker")


def test_labels_count_one_by_one() -> None:
    narrowed = diff(policy({}), policy({"labels": ["override"]}))
    assert [(one.effect, one.place) for one in narrowed] == [
        ("weaker", "guard injection on input")
    ], "every other label is free now, override is not"
    milder = policy({"labels": ["override"], "action": "flag"}, {})
    assert only(policy({}), milder).place == "guard injection, override on input"


def test_an_order_that_lets_a_milder_rule_win_is_weaker() -> None:
    strict, mild = {"action": "block"}, {"action": "flag"}
    assert only(policy(strict, mild), policy(mild, strict)).effect == "weaker"


RULES = {"pay": {"effect": "pay", "control": "CTL-T", "arguments": {"to": {"from_trusted": True}}}}


def tools(**more: Any) -> Policy:
    return policy(tools={"rules": RULES, **more})


def servers(*hosts: str, **more: Any) -> Policy:
    return tools(hosted={"mcp": {"per_call": 0, "hosts": [*hosts], **more}})


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        (tools(), tools(rules={}), "tools.rules.pay"),
        (tools(), tools(rules={"pay": {**RULES["pay"], "action": "flag"}}),
         "tools.rules.pay.action"),
        (tools(), tools(rules={"pay": {**RULES["pay"], "arguments": {}}}),
         "tools.rules.pay.arguments.to"),
        (tools(unlisted="block"), tools(), "tools.unlisted"),
        (tools(followed="block"), tools(followed="flag"), "tools.followed"),
        (tools(approvals={"four_eyes": True}), tools(), "tools.approvals.four_eyes"),
        (tools(), tools(hosted={"web_search": {"per_call": 1}}), "tools.hosted.web_search"),
        (servers("a.example"), servers("a.example", "b.example"), "tools.hosted.mcp.hosts"),
        (servers("a.example"), servers("a.example", without_approval=True),
         "tools.hosted.mcp.without_approval"),
        (policy(), policy(on_unknown="flag"), "on_unknown"),
        (policy(usage_policy={"required": True}), policy(), "usage_policy.required"),
        (policy(rules=[{"id": "x", "expression": "a"}]), policy(), "rules.x"),
    ],
)  # fmt: skip
def test_what_guards_less_elsewhere(before: Policy, after: Policy, place: str) -> None:
    change = only(before, after)
    assert (change.effect, change.place) == ("weaker", place)


def test_what_is_no_guard_is_named_and_not_judged() -> None:
    more = {"chat": {"max_output_tokens": 9}, "report": {}}
    found = diff(policy(), policy(functions=more))
    assert [(one.effect, one.place) for one in found] == [
        ("other", "functions.chat.max_output_tokens"), ("other", "functions.report"),
    ]  # fmt: skip
    listed = policy(allow=[{"detectors": ["secrets"], "values": ["x"]}])
    assert only(policy(), listed).effect == "weaker"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strict, mild = tmp_path / "a.yaml", tmp_path / "b.yaml"
    guard = "guards:\n  - {detector: injection, control: CTL-X, action: %s, stages: [input]}\n"
    strict.write_text(BASE + guard % "block")
    mild.write_text(BASE + guard % "flag")
    assert run(["policy", "diff", str(strict), str(strict), "--strict"]) == 0
    assert "do the same" in capsys.readouterr().out
    assert run(["policy", "diff", str(strict), str(mild), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["weaker"] == 1
    assert run(["policy", "diff", str(strict), str(mild), "--strict"]) == 4
    assert run(["policy", "diff", str(mild), str(strict), "--strict"]) == 0
    assert run(["policy", "diff", str(mild), str(tmp_path / "none.yaml")]) == 2
