"""The text as a value in a JSON object."""

import json
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return a JSON object that holds the text under one of several usual keys."""
    key = rng.choice(("message", "request", "content", "input", "customer_message"))
    around = rng.choice(
        (
            {"id": rng.randrange(1000, 9999), key: text},
            {"type": "chat", "data": {key: text}},
            {key: text, "reply": True},
        )
    )
    return json.dumps(around, ensure_ascii=False)


STRATEGY = text_strategy("json-embedding", "JSON value", encode)
