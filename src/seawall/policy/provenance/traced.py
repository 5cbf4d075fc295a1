"""What is said of where a value comes from: plain types, needed before anything is judged."""

from typing import Literal

import msgspec

Kind = Literal["target", "amount", "content", "selector", "date", "code", "other"]
ValueOrigin = Literal[
    "user", "operator", "trusted", "untrusted", "instruction", "definition", "model", "composed",
    "nowhere",
]  # fmt: skip


class File(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a text was retrieved from: id, name and chunk, as far as they are known.

    `chunk` counts from 1 in chunks of the gateway's; another number is the retrieving tool's own.
    `known`: the gateway knows the text again; else the text itself says so, true or not.
    """

    id: str = ""
    name: str = ""
    chunk: int | None = None
    known: bool = False


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Where one value comes from. `argument` is a JSON pointer into the arguments.

    `pointer` and `span` (character offsets) name the part that holds the value, empty where none
    does. `reason`: how it was found there, or why it stops the call. `file`: the retrieved file
    whose chunk holds the value; strangers may have chosen its name. Never holds other text.
    """

    argument: str
    kind: Kind
    origin: ValueOrigin
    pointer: str = ""
    span: tuple[int, int] | None = None
    reason: str = ""
    stops: bool = False
    shares: dict[str, float] = {}
    file: File | None = None
