"""What is kept of one turn: its own messages and its response, both as they were inspected."""

from typing import Any

import msgspec

from seawall.core.exchange import Exchange
from seawall.wire import documents, strict_json
from seawall.wire.hosted import kinds
from seawall.wire.openai_responses import flat
from seawall.wire.openai_responses.items import Messages
from seawall.wire.openai_responses.request import Asked


class Kept(msgspec.Struct, kw_only=True):
    """One turn. `messages` are the chat messages of its input; no instructions, no turns before."""

    messages: list[dict[str, Any]]
    response: dict[str, Any]


def encode(exchange: Exchange, asked: Asked, response: dict[str, Any]) -> bytes:
    """Return a turn as it is stored."""
    return strict_json.dumps(Kept(messages=exchange.body["messages"][asked.own :],
                                  response=response))  # fmt: skip


def decode(body: bytes) -> Kept:
    """Return a stored turn. Raises msgspec.MsgspecError for anything else."""
    return msgspec.json.decode(body, type=Kept)


def history(
    turns: list[bytes], markers: documents.Markers, rules: kinds.Rules | None = None
) -> list[dict[str, Any]]:
    """Return the chat messages of stored turns, answers included.

    `rules`: the provider's own tools that the policy allows by now. Raises RequestError.
    """
    found: list[dict[str, Any]] = []
    for body in turns:
        turn = decode(body)
        said = Messages(markers, rules)
        said.input(turn.response["output"], "/previous_response_id")
        found += [*turn.messages, *said.messages]
    return found


def input_items(turn: Kept) -> list[dict[str, Any]]:
    """Return a turn's input as items, in order."""
    prefix = turn.response["id"].removeprefix("resp_")
    items: list[dict[str, Any]] = []
    for message in turn.messages:
        for item in flat.items_of(message):
            items.append({**item, **_marks(message, item, f"in_{prefix}_{len(items)}")})
    return items


def _marks(message: dict[str, Any], item: dict[str, Any], name: str) -> dict[str, str]:
    """Return an item's id and status; what asks for approval keeps the id that answers name."""
    if "hosted" not in message:
        return {"id": name, "status": "completed"}
    return {"id": item["id"] or name}
