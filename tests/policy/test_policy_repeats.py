"""The same call twice in one answer: a user who asks once gets it once."""

import json
from typing import Any

import pytest
from conversation_support import POLICY, tool

from seawall.guard.engine import GuardEngine
from seawall.policy.load import decode_policy
from seawall.policy.replay import replay

ACCOUNT = "DE89370400440532013000"
ARGUMENTS = {"transfer_money": ("to_account", "amount"), "send_email": ("to", "body"),
             "read_file": ("path",)}  # fmt: skip
PAY = ("transfer_money", {"to_account": ACCOUNT, "amount": "50"})
MAIL = ("send_email", {"to": "bo@corp.example", "body": "hi"})
READ = ("read_file", {"path": "a.txt"})


def results(user: str, *calls: tuple[str, dict[str, Any]]) -> list[str]:
    tools = [tool(name, given) for name, given in ARGUMENTS.items()]
    proposed = [
        {"id": f"c{at}", "type": "function",
         "function": {"name": name, "arguments": json.dumps(arguments)}}
        for at, (name, arguments) in enumerate(calls)
    ]  # fmt: skip
    messages = [{"role": "user", "content": user},
                {"role": "assistant", "content": None, "tool_calls": proposed}]  # fmt: skip
    policy, engine = decode_policy(POLICY, "test"), GuardEngine(())
    body = json.dumps({"messages": messages, "tools": tools}).encode()
    return [one.result for one in replay(1, body, policy, engine.scan_code)]


@pytest.mark.parametrize(
    ("user", "call"), [(f"Pay 50 to {ACCOUNT}.", PAY), ("Mail hi to bo@corp.example.", MAIL)]
)
def test_a_second_call_of_one_answer_is_taken_out(user: str, call: Any) -> None:
    assert results(user, call, call) == ["allowed", "removed"]
    assert results(f"{user} Do it twice.", call, call) == ["allowed", "allowed"]


def test_other_calls_and_reads_pass() -> None:
    other = ("send_email", {"to": "kim@corp.example", "body": "hi"})
    user = "Mail hi to bo@corp.example and kim@corp.example."
    assert results(user, MAIL, other) == ["allowed", "allowed"]
    assert results("Read a.txt.", READ, READ) == ["allowed", "allowed"]
