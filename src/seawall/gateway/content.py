"""What a request and its answer said, gathered for capture; bounded, and never in a record."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from seawall.core.exchange import Part, Role, Stage
from seawall.core.verdicts import Action, Outcome
from seawall.guard.decision import Decision, PartDecision

_PASSES = (Action.ALLOW, Action.FLAG)
_MOST_ITEMS = 4096
_Key = tuple[str, tuple[int, int] | None]


class _Item(msgspec.Struct):
    """One text. `withheld` says why it is not here."""

    pointer: str
    stage: Stage
    role: Role
    pieces: list[str] = []
    withheld: str = ""

    def shown(self) -> dict[str, Any]:
        value: dict[str, Any] = {
            "pointer": self.pointer, "stage": self.stage.value, "role": self.role.value,
        }  # fmt: skip
        if self.withheld:
            return {**value, "withheld": self.withheld}
        return {**value, "text": "".join(self.pieces)}


class Content:
    """Texts of one request by place. `mode` is the policy's; at most `room` characters are kept.

    `redacted`: as the guard's redaction left them; what was blocked or could not be judged is
    withheld. Pictures are named, not kept.
    """

    def __init__(self, mode: Literal["redacted", "full"], room: int) -> None:
        self._full = mode == "full"
        self.mode = mode
        self._room = room
        self._items: dict[_Key, _Item] = {}
        self._cut = False

    def judged(self, decision: Decision, parts: Sequence[Part]) -> None:
        """Take parts as they were inspected, and what was decided of each."""
        found = {(part.pointer, part.span): part for part in decision.parts}
        for part in parts:
            key = part.pointer, part.span
            item = self._item(key, part.stage, part.role)
            if item is None:
                continue
            if part.image is not None:
                item.withheld = "image"
                continue
            text, item.withheld = self._text(part, found.get(key))
            item.pieces = self._fitting(text)

    def judged_again(self, decision: Decision) -> None:
        """Withhold what a second look at the same texts stops; nothing new is kept of it."""
        if self._full:
            return
        stopped = {p.pointer: _why(p) for p in decision.parts if p.action not in _PASSES}
        for item in self._items.values():
            if item.pointer in stopped:
                item.pieces, item.withheld = [], stopped[item.pointer]

    def streamed(self, pointer: str, said: str, released: str) -> None:
        """Take a piece of a streamed answer, as the provider said it and as it was released."""
        text = said if self._full else released
        item = self._item((pointer, None), Stage.OUTPUT, Role.ASSISTANT) if text else None
        if item is not None:
            item.pieces += self._fitting(text)

    def encode(self) -> bytes | None:
        """Return the content as JSON; None when there is none."""
        if not self._items:
            return None
        items = [item.shown() for item in self._items.values()]
        return msgspec.json.encode({"mode": self.mode, "cut": self._cut, "items": items})

    def _item(self, key: _Key, stage: Stage, role: Role) -> _Item | None:
        item = self._items.get(key)
        if item is None:
            if len(self._items) >= _MOST_ITEMS:
                self._cut = True
                return None
            item = self._items[key] = _Item(key[0], stage, role)
        return item

    def _text(self, part: Part, decided: PartDecision | None) -> tuple[str, str]:
        """Return (text, why it is withheld)."""
        if self._full:
            return part.text, ""
        if decided is None or (decided.outcome is Outcome.UNKNOWN or decided.unknown):
            return "", "not judged"
        if decided.action is Action.REDACT and decided.redacted is not None:
            return decided.redacted, ""
        return (part.text, "") if decided.action in _PASSES else ("", _why(decided))

    def _fitting(self, text: str) -> list[str]:
        """Return as much of the text as there is room for."""
        fits = text[: self._room]
        self._room -= len(fits)
        self._cut = self._cut or len(fits) < len(text)
        return [fits] if fits else []


def _why(decided: PartDecision) -> str:
    return f"{decided.action.value} by {', '.join(decided.controls) or 'policy'}"
