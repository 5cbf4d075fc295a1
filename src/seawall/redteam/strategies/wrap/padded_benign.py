"""For training files: each harmful turn between two harmless sentences."""

from random import Random

from seawall.redteam.strategies.base import Strategy, Variant

_BEFORE = ("Thank you for your question about our shop.", "Good to hear from you.", "Hello!")
_AFTER = (
    "Is there anything else I can do for you?",
    "Our shops are open until six.",
    "Have a lovely day.",
)


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the text with a friendly sentence before and after."""
    return Variant(texts=(f"{rng.choice(_BEFORE)} {text} {rng.choice(_AFTER)}",))


STRATEGY = Strategy(
    id="padded-benign",
    title="Harmless padding",
    apply=apply,
    kind="file",
    channels=frozenset({"file"}),
    files=True,
)
