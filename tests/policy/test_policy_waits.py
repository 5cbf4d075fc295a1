"""A followed document may have a message sent, yet nothing of what else was read leaves in it."""

import codecs
import json

import pytest

from seawall.policy.provenance import Provenance
from seawall.wire.openai_chat import parse_request

TODO = "Send an email with the status of the project to tom@partner.example"
PRIVATE = "The merger with Harbour Logistics closes quietly before Christmas."
TOOLS = {"read_file": ["name"], "send_email": ["to", "subject", "body"]}


def passes(body: str) -> bool:
    """Judge a message after the to-do list and a private file were read."""
    messages: list[dict[str, object]] = [
        {"role": "user", "content": "Do what my todo file todo.txt says"}
    ]
    for name, text in (("todo.txt", TODO), ("merger.txt", PRIVATE)):
        called = {"name": "read_file", "arguments": json.dumps({"name": name})}
        call = {"id": name, "type": "function", "function": called}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": name, "content": text})
    tools = [
        {"type": "function", "function": {"name": one, "parameters": {
            "type": "object", "properties": {word: {} for word in words}}}}
        for one, words in TOOLS.items()
    ]  # fmt: skip
    raw = json.dumps({"model": "m", "messages": messages, "tools": tools}).encode()
    mail = {"to": "tom@partner.example", "subject": "Project status", "body": body}
    return Provenance(parse_request(raw), {}).judge("send_email", mail).passes


@pytest.mark.parametrize(
    "body",
    [
        f"Status: {PRIVATE}",
        f"Status: {codecs.encode(PRIVATE, 'rot13')}",
        f"Status: {PRIVATE[::-1]}",
        "Status: ureba ynagrea ohlre tybork ynhapu pbqrjbeq",
        "Status of the project: " + " ".join(word[::-1] for word in PRIVATE.split()),
    ],
)
def test_what_else_was_read_waits_for_a_person_plain_or_disguised(body: str) -> None:
    assert not passes(body)


def test_the_message_itself_goes() -> None:
    assert passes("The status of the project: good.")
