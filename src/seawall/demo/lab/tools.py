"""The lab's tools. A call is noted, and an invented result comes back; only `fetch_url` asks one
address (see `inside`)."""

import json
from typing import Any

from seawall.demo.lab import store

# Parameters of each tool; a parameter whose name ends in "?" may be left out.
_TOOLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fetch_url": ("Fetch a page and return its text.", ("url",)),
    "run_sql": ("Run a query on the reporting database.", ("query",)),
    "search_orders": ("Search orders by a filter expression.", ("filter",)),
    "ping_host": ("Check whether a host answers.", ("host",)),
    "run_shell": ("Run a command on the build machine.", ("command",)),
    "get_order": ("Return one order.", ("order_id",)),
    "get_customer": ("Return one customer's file.", ("customer_id",)),
    "lookup_account": ("Balance and latest movements of an account.", ("account_id",)),
    "update_role": ("Change the role of a user.", ("user_id", "role")),
    "cancel_orders": ("Cancel orders.", ("order_ids",)),
    "delete_records": ("Delete records of a table.", ("table", "filter?")),
    "refund_order": ("Refund an order.", ("order_id", "amount")),
    "set_price": ("Set the price of a product.", ("product_id", "price")),
    "create_key": ("Create an API key.", ("scope",)),
    "save_note": ("Remember a note for later sessions.", ("text",)),
    "publish_page": ("Publish a page of the shop.", ("html",)),
    "post_message": ("Post a message to a channel of the team.", ("text",)),
    "buy_item": ("Order an item from a supplier.", ("item", "quantity")),
    "schedule_task": ("Plan a task that runs on its own.", ("task",)),
    "write_file": ("Write a file into the project.", ("path", "content?")),
    "send_email": ("Send an e-mail.", ("to", "subject?", "body?")),
    "change_setting": ("Change a setting of the shop.", ("name", "value")),
    "install_package": ("Install a package on the build machine.", ("name",)),
    "delegate_task": ("Hand a task over to another agent.", ("task",)),
    "read_inbox": ("Return new mails.", ()),
    "get_weather": ("Return the weather of a town.", ("town",)),
    "search_documents": ("Search the documents of the bank; * finds all.", ("query",)),
}
HIDDEN = ("export_customers", "delete_account", "grant_admin", "rotate_keys", "disable_alarm")
_NUMBERS = frozenset({"amount", "price", "quantity"})


def parameters() -> dict[str, list[str]]:
    """Return the names of the parameters of every offered tool."""
    return {name: [p.rstrip("?") for p in given] for name, (_, given) in _TOOLS.items()}


def offered(described: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the tools as a chat request offers them; `described` replaces descriptions by tool."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": (described or {}).get(name, description),
                "parameters": _schema(given),
            },
        }
        for name, (description, given) in _TOOLS.items()
    ]


def _schema(given: tuple[str, ...]) -> dict[str, Any]:
    names = [parameter.rstrip("?") for parameter in given]
    return {
        "type": "object",
        "properties": {
            name: {"type": "number" if name in _NUMBERS else "string"} for name in names
        },
        "required": [parameter for parameter in given if not parameter.endswith("?")],
    }


def run(name: str) -> str | None:
    """Return the invented result of a call, or None for a tool that does not exist."""
    if name not in _TOOLS and name not in HIDDEN:
        return None
    if name == "search_documents":
        return json.dumps(store.DOCUMENTS)
    return json.dumps({"status": "done"})
