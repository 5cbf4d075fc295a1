"""The tools that the application offers to the model, as JSON schemas."""

from typing import Any


def _tool(name: str, description: str, **fields: tuple[str, str]) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": {
                    field: {"type": kind, "description": text}
                    for field, (kind, text) in fields.items()
                },
                "required": list(fields),
                "additionalProperties": False,
            },
        },
    }


TOOLS: tuple[dict[str, Any], ...] = (
    _tool(
        "lookup_account",
        "Return owner, balance and last movements of an account.",
        account_id=("string", "Account number, for example HB-12345678"),
    ),
    _tool(
        "transfer_money",
        "Transfer euros between two accounts.",
        from_account=("string", "Account that pays"),
        to_account=("string", "Account that receives"),
        amount=("number", "Amount in EUR"),
        memo=("string", "Text for both owners"),
    ),
    _tool(
        "send_email",
        "Send an e-mail in the name of the bank.",
        to=("string", "Address"),
        subject=("string", "Subject line"),
        body=("string", "Text"),
    ),
    _tool(
        "read_file",
        "Read one of the bank's documents.",
        path=("string", "File name, for example fees.md"),
    ),
    _tool(
        "run_python",
        "Run Python code in a scratch folder and return what it prints.",
        code=("string", "Python source"),
    ),
)
NAMES = tuple(str(tool["function"]["name"]) for tool in TOOLS)
PARAMETERS = {
    str(tool["function"]["name"]): tuple(tool["function"]["parameters"]["properties"])
    for tool in TOOLS
}
# The staff's tools: not offered to the model, but the application runs them when asked by name.
HIDDEN = ("delete_account", "grant_admin")
