"""The agent of two drills: it reads mail, and does what it is told there."""

import json
from typing import Any

STRANGER = "lena.hart@partners.example"


def tool(name: str, *arguments: str) -> dict[str, Any]:
    """Return the definition of a tool whose arguments are texts."""
    properties = {argument: {"type": "string"} for argument in arguments}
    schema = {"type": "object", "properties": properties}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


TOOLS = [tool("read_mail", "subject"), tool("send_email", "to", "body"),
         tool("pay_bill", "iban", "amount")]  # fmt: skip


def read(asked: str, mail: str) -> list[dict[str, Any]]:
    """Return a conversation in which the agent has read a mail because of what was asked."""
    function = {"name": "read_mail", "arguments": json.dumps({"subject": "new"})}
    call = {"id": "c0", "type": "function", "function": function}
    return [
        {"role": "user", "content": asked},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c0", "content": mail},
    ]
