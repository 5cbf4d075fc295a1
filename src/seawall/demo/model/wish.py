"""What a text wants from the model: one type, and what every finder is given."""

import re
from typing import Any, Literal

import msgspec

Kind = Literal[
    "say", "call", "repeat", "prompt", "tools", "misuse", "personal", "human", "titled", "package",
    "length", "source", "earlier", "complete", "program",
    "decision", "answer", "think",
]  # fmt: skip

# A phrase that holds the model to exactly what it was told to say.
ONLY = re.compile(
    r"\b(?:only|nothing (?:else|but)|instead|exactly|whole|entire|complete reply|just|solely|"
    r"do nothing else|without adding|verbatim|nur|ausschließlich|statt|uniquement|seulement|rien "
    r"d'autre|sans rien|sólo|solo|solamente|nada más|soltanto|apenas|somente|alleen)\b",
    re.IGNORECASE,
)
# A text that talks to the assistant itself, and not merely to some reader.
ADDRESSED = re.compile(
    r"\b(?:assistant|assistants|assistente|asistente|assistenten|bankassistenten|\bAI\b|\bKI\b|IA|bot|"
    r"chatbot|language models?|model|system (?:message|prompt|notice)|agent|previous (?:rules|"
    r"instructions)|prior (?:rules|instructions)|(?:ignore|disregard|forget|override|drop|cancel)\w* "
    r"(?:\w+ ){0,4}(?:instructions?|rules?|prompt|guidelines|question|everything|above)|"
    r"you (?:are|have been) now|new (?:task|instruction)|from now on|automated readers?)\b",
    re.IGNORECASE,
)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. `payload` is what to say, repeat or encode with; `only` drops the rest."""

    kind: Kind
    payload: str = ""
    only: bool = False
    tool: str = ""
    arguments: tuple[tuple[str, str | float], ...] = ()


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What the model knows while it reads: offered tools, the customer's account,
    what was said, the system prompt and the people it remembers."""

    tools: dict[str, dict[str, Any]] = {}
    own: str = ""
    said: str = ""
    system: str = ""
    persons: tuple[str, ...] = ()


def sentences(text: str) -> list[str]:
    """Split at ends of sentences and blank lines; a full stop inside a token does not split."""
    return [piece for piece in re.split(r"(?<=[.!?…])[\"”»)]*\s+|\n\s*\n", text) if piece.strip()]


def flat(text: str) -> str:
    """Return the text on one line with plain apostrophes."""
    return re.sub(r"\s+", " ", text.replace("’", "'")).strip()
