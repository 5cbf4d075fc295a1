"""What the gateway tells of its work, as a target of attacks reads it."""

from collections.abc import Mapping
from typing import Any

_BLOCKING = ("block", "redact", "ask")


def acting_controls(told: Mapping[str, Any]) -> list[str]:
    """Return the controls that stopped or took out something; what was only flagged is left out.

    `told` is the `seawall` field of an answer or of an error.
    """
    actions = told.get("actions") or ([told["action"]] if told.get("action") else [])
    found = []
    for index, control in enumerate(told.get("controls") or []):
        action = actions[index] if index < len(actions) else actions[-1] if actions else "block"
        if action in _BLOCKING:
            found.append(str(control))
    return found
