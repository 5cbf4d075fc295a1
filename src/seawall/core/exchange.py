"""The Exchange: one request as every room sees it, independent of the provider's format."""

from enum import StrEnum
from typing import Any

import msgspec


class Surface(StrEnum):
    """The provider interface a request came through."""

    CHAT = "chat"
    EMBEDDINGS = "embeddings"
    MESSAGES = "messages"
    FILES = "files"
    FINE_TUNING = "fine-tuning"
    IMAGES = "images"
    AUDIO = "audio"
    VECTOR_STORES = "vector-stores"
    BATCHES = "batches"


class Role(StrEnum):
    """What a part is in the conversation."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    DOCUMENT = "document"
    TOOL_DEFINITION = "tool-definition"
    TOOL_CALL = "tool-call"
    FILE = "file"


class Trust(StrEnum):
    """Who could have written a part (its origin)."""

    OPERATOR = "operator"
    USER = "user"
    UNTRUSTED = "untrusted"
    MODEL = "model"


class Stage(StrEnum):
    """Where in the request's way a part is inspected; detectors and policy rules name stages."""

    SYSTEM = "system"
    INPUT = "input"
    DOCUMENT = "document"
    TOOL_RESULT = "tool-result"
    TOOL_DEFINITION = "tool-definition"
    HISTORY = "history"
    FILE = "file"
    OUTPUT = "output"
    TOOL_CALL = "tool-call"

    @classmethod
    def _missing_(cls, value: object) -> "Stage | None":
        """Take `tool_result` and `Tool result` for `tool-result`, and so on."""
        plain = str(value).strip().lower().replace("_", "-").replace(" ", "-")
        return next((one for one in cls if one.value == plain), None)


class Part(msgspec.Struct, kw_only=True):
    """One piece of text or one image.

    `pointer` is the RFC 6901 JSON pointer of the string in the provider's body. Where one string
    holds several parts (a document quoted in a user message), `span` gives the character range.
    `image` holds decoded bytes for image parts (then `text` is empty until it was read).
    `name` is the tool's name for tool parts, the source for documents. `partial`: more of the
    text is to come (a stream). `opaque`: bytes as base64 that only their maker reads.
    """

    pointer: str
    role: Role
    trust: Trust
    stage: Stage
    text: str = ""
    span: tuple[int, int] | None = None
    image: bytes | None = None
    media_type: str = "text/plain"
    name: str = ""
    turn: int = 0
    partial: bool = False
    opaque: bool = False


class ToolCall(msgspec.Struct, kw_only=True):
    """A tool call that the model proposes. `arguments` is the raw JSON text it produced.

    `signature`: of the thought behind it, opaque to all but its provider.
    """

    id: str
    name: str
    arguments: str
    index: int = 0
    signature: str = ""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: the authenticated key, its application and function, and the end user."""

    key_id: str
    application: str
    function: str
    user: str = ""


class Exchange(msgspec.Struct, kw_only=True):
    """One request: who asks, for what, through which surface, with which parts.

    `body` is the parsed provider JSON; edits go back into it by pointer and it is serialised
    again for the upstream: the client's bytes are never forwarded. `answer_schema`: the JSON
    Schema that the request wants its answers to fit. `native`: checked numbers and switches
    that only a provider with the client's own format has a word for. `places`: pointers of the
    body with the client's own pointer, where the client speaks another format. `hosted`: tools
    that the provider runs itself, by the names that rules have for them; see `tools`.
    """

    request_id: str
    surface: Surface
    model: str
    body: dict[str, Any]
    parts: list[Part]
    tools: dict[str, dict[str, Any]] = {}
    answer_schema: dict[str, Any] | None = None
    stream: bool = False
    user: str = ""
    max_output_tokens: int | None = None
    choices: int = 1
    caller: Caller | None = None
    native: dict[str, Any] = {}
    hosted: dict[str, dict[str, Any]] = {}
    places: dict[str, str] = {}
