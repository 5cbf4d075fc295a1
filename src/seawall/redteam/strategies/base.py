"""What a strategy is: one way to dress up a seed's text. Each lives in a file of its own."""

from collections.abc import Callable
from random import Random
from typing import Any, Literal

import msgspec

Kind = Literal["text", "image", "audio", "load", "file"]
TEXT_CHANNELS = frozenset(
    {"user", "document", "tool-result", "memory", "tool-description", "tool-schema",
     "tool-change", "tool-twin"}
)  # fmt: skip


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy made: one or more messages, a PNG, a WAV, or changed parameters."""

    texts: tuple[str, ...] = ()
    image: bytes | None = None
    audio: bytes | None = None
    params: dict[str, Any] = {}


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """One generator of variants. Pure: the same text, channel and random state, same variant.

    `channels` says where it fits. `exact` is true when a reader who undoes it gets the text back
    letter by letter; seeds with code or secrets take only such strategies. `files` is true when
    it can be applied to the texts inside a training file. `wide`: "*" and `image` leave it out, and
    cards take it by the name `more` or its own; so new ones leave the demo's attempts as they are.
    """

    id: str
    title: str
    apply: Callable[[str, str, Random], Variant]
    kind: Kind = "text"
    channels: frozenset[str] = TEXT_CHANNELS
    exact: bool = True
    files: bool = False
    wide: bool = False


def text_strategy(
    name: str,
    title: str,
    change: Callable[[str, Random], str],
    *,
    carrier: str = "",
    exact: bool = True,
    files: bool = False,
    channels: frozenset[str] = TEXT_CHANNELS,
    wide: bool = False,
) -> Strategy:
    """Build a strategy that maps one text to one text.

    `carrier` names the encoding in the sentence put around the text (see carriers), or is empty.
    """
    from seawall.redteam.strategies.carriers import carry

    def apply(text: str, channel: str, rng: Random) -> Variant:
        changed = change(text, rng)
        if carrier and channel != "file":
            changed = carry(changed, carrier, channel, rng)
        return Variant(texts=(changed,))

    if files:
        channels = channels | {"file"}
    return Strategy(
        id=name, title=title, apply=apply, channels=channels, exact=exact, files=files, wide=wide
    )


def frame(name: str, title: str, frames: tuple[str, ...], *, user: bool = True) -> Strategy:
    """Build a wide strategy that puts the text into one of several frames, at `{text}`.

    `user`: it fits what a customer says, not what an outsider plants.
    """

    def change(text: str, rng: Random) -> str:
        return rng.choice(frames).replace("{text}", text)

    channels = frozenset({"user"}) if user else TEXT_CHANNELS
    return text_strategy(name, title, change, channels=channels, wide=True)
