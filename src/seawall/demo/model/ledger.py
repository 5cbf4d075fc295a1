"""What the provider received: calls with their gateway request ids, and texts by end user."""

from collections import OrderedDict
from typing import Any

import msgspec

from seawall.demo.model.context import texts

_USERS = 20_000
_CALLS = 200_000


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One model call: the route, the end user, and the gateway's request id ("" when bare)."""

    route: str
    user: str
    request_id: str


class Ledger:
    """Everything received since the last reset, within a cap that the demo never reaches."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._received: OrderedDict[str, list[str]] = OrderedDict()

    def note(self, route: str, user: str, request_id: str) -> None:
        """Count one call."""
        if len(self.calls) < _CALLS:
            self.calls.append(Call(route=route, user=user, request_id=request_id))

    def note_messages(self, user: str, messages: list[dict[str, Any]]) -> None:
        """Keep the texts of a chat request for the end user."""
        if not user:
            return
        kept = self._received.setdefault(user, [])
        for message in messages:
            for text in texts(message.get("content")):
                if text not in kept:
                    kept.append(text)
        while len(self._received) > _USERS:
            self._received.popitem(last=False)

    def received(self, user: str) -> list[str]:
        """Return the texts that came in for an end user."""
        return self._received.get(user, [])

    def reset(self) -> None:
        """Forget everything."""
        self.calls.clear()
        self._received.clear()
