"""What the surfaces besides chat have in common: a request as it goes on, an answer to inspect."""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from seawall.core.errors import UpstreamError
from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.wire import usage
from seawall.wire.form import Upload
from seawall.wire.formats import ParseOptions
from seawall.wire.usage import Usage

Look = Callable[[dict[str, Any]], list[Part]]


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid besides tokens: pictures, and minutes of sound."""

    images: int = 0
    minutes: float = 0.0


class Outgoing(msgspec.Struct, kw_only=True):
    """A form for the provider, written anew: fields, and files with names of ours."""

    pairs: list[tuple[str, str]]
    uploads: list[Upload]


class Rendered(msgspec.Struct, kw_only=True):
    """What the client gets: JSON, or bytes of another type."""

    body: Any = None
    raw: bytes | None = None
    media_type: str = "application/json"


class Reading(msgspec.Struct, kw_only=True):
    """A provider's answer: `value` holds only what is known.

    `looks` are asked one after the other for the parts of `value` as it is then: what one look
    takes out, the next does not see. `spare` names pointers (`key:` and a key of `value`) of parts
    that become an empty list where something must be taken out of them.
    """

    value: dict[str, Any]
    looks: tuple[Look, ...]
    render: Callable[[dict[str, Any], dict[str, Any]], Rendered]
    spare: frozenset[str] = frozenset()
    usage: Usage | None = None
    units: Units | None = None


class DirectFormat(Protocol):
    """One surface: how its requests are read and written, and how its answers are read."""

    path: str

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError that names the field."""
        ...

    def output_tokens(self, exchange: Exchange) -> int:
        """Return the most tokens that an answer may cost."""
        ...

    def units(self, exchange: Exchange) -> Units:
        """Return what a request asks for besides tokens."""
        ...

    def upstream(self, exchange: Exchange, model: str) -> bytes | Outgoing:
        """Return the body for the provider, from what was inspected."""
        ...

    def read(self, raw: bytes, media_type: str, exchange: Exchange) -> Reading:
        """Return the answer. Raises UpstreamError for one that cannot be read."""
        ...


def said(at: str, text: str) -> Part:
    """Return a text of the user's."""
    return Part(pointer=at, role=Role.USER, trust=Trust.USER, stage=Stage.INPUT, text=text)


def shown(at: str, image: bytes, media_type: str) -> list[Part]:
    """Return an uploaded picture, judged as a stranger's document and as the user's own words."""
    part = Part(
        pointer=f"key:{at}", role=Role.USER, trust=Trust.UNTRUSTED, stage=Stage.DOCUMENT,
        image=image, media_type=media_type, name="image",
    )  # fmt: skip
    own = msgspec.structs.replace(part, trust=Trust.USER, stage=Stage.INPUT)
    return [part, own]


def answered(at: str, text: str) -> Part:
    """Return a text of the model's."""
    return Part(pointer=at, role=Role.ASSISTANT, trust=Trust.MODEL, stage=Stage.OUTPUT, text=text)


def found(at: str, text: str, name: str) -> Part:
    """Return a text that strangers may have written."""
    return Part(
        pointer=at, role=Role.DOCUMENT, trust=Trust.UNTRUSTED, stage=Stage.DOCUMENT, text=text,
        name=name,
    )  # fmt: skip


def bad(what: str) -> UpstreamError:
    """Return the error of an answer that cannot be read."""
    return UpstreamError(f"The provider's answer cannot be read: {what}.")


def count(value: Any, key: str) -> int:
    """Return a count of an object; 0 for what is none."""
    return usage.count(value.get(key)) if isinstance(value, dict) else 0


def usage_of(value: Any) -> Usage | None:
    """Return tokens as `{"input_tokens", "output_tokens"}` counts them; None without one of them.

    Half a count would make the other half free.
    """
    asked, said = count(value, "input_tokens"), count(value, "output_tokens")
    return Usage(prompt_tokens=asked, completion_tokens=said) if asked and said else None
