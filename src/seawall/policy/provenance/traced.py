"""What is said of where a value comes from: plain types, needed before anything is judged."""

from typing import Literal

import msgspec

Kind = Literal["target", "amount", "content", "selector", "date", "code", "other"]
ValueOrigin = Literal[
    "user", "operator", "trusted", "untrusted", "instruction", "definition", "model", "composed",
    "nowhere",
]  # fmt: skip


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Where one value comes from. `argument` is a JSON pointer into the arguments.

    `pointer` and `span` (character offsets) name the part that holds the value, empty where none
    does. `reason`: how it was found there, or why it stops the call. Never holds text.
    """

    argument: str
    kind: Kind
    origin: ValueOrigin
    pointer: str = ""
    span: tuple[int, int] | None = None
    reason: str = ""
    stops: bool = False
    shares: dict[str, float] = {}
