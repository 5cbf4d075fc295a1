"""A listed tool: is it the one that was accepted, does it speak to the model, does it hide?"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.policy.provenance.spans import ADDRESSED, TAKES_OVER, spans, speaks_to_model
from seawall.policy.provenance.text import fold

# Joiners and selectors within emoji are seen: they choose its look.
_EMOJI = re.compile(
    "[\u2190-\u2bff\u3030\u303d\u3297\u3299\u00a9\u00ae\U0001f000-\U0001faff][\U0001f3fb-\U0001f3ff]?\ufe0f?"
    "(?:\u200d[\u2190-\u2bff\U0001f000-\U0001faff][\U0001f3fb-\U0001f3ff]?\ufe0f?){0,6}|[0-9#*]\ufe0f\u20e3"
)
_DEPTH = 12
_MOST_TEXTS = 400


def texts_of(definition: Any, depth: int = 0) -> Iterator[str]:
    """Yield every string of a definition: names, descriptions, schemas, their keys too."""
    if isinstance(definition, str):
        yield definition
    elif depth > _DEPTH:
        yield str(definition)
    elif isinstance(definition, dict):
        for key, value in definition.items():
            yield str(key)
            yield from texts_of(value, depth + 1)
    elif isinstance(definition, list):
        for value in definition:
            yield from texts_of(value, depth + 1)


def parts_of(definition: dict[str, Any]) -> list[Part]:
    """Return a definition's texts as the guard inspects tool definitions; last comes the whole."""
    found = [text for text in dict.fromkeys(texts_of(definition)) if text.strip()]
    found = [*found[:_MOST_TEXTS], "\n".join(found)]
    name = str(definition.get("name", ""))
    return [
        Part(pointer=f"/tool/{at}", role=Role.TOOL_DEFINITION, trust=Trust.UNTRUSTED,
             stage=Stage.TOOL_DEFINITION, text=text, name=name)
        for at, text in enumerate(found)
    ]  # fmt: skip


def suspicions(definition: dict[str, Any], others: dict[str, str]) -> list[str]:
    """Return what a person should know before accepting a tool.

    `others`: folded names of tools of other servers, with the server. An order to the model, text
    that nobody sees, and the names of others' tools are found without the policy.
    """
    found: list[str] = []
    name = fold(str(definition.get("name", "")))
    whole = "\n".join(texts_of(definition))
    folded = fold(whole)
    if any(_orders(folded[one.start : one.end], one.level) for one in spans(folded)):
        found.append("its description gives orders to the model")
    if any(_hidden(char) for char in _EMOJI.sub("", whole)):
        found.append("it holds characters that nobody sees")
    if name in others:
        found.append(f"the server {others[name]} has a tool of this name")
    named = [other for other in others if other != name and len(other) > 5 and other in folded]
    if named:
        found.append("its description names tools of other servers")
    return found


def _orders(text: str, level: int) -> bool:
    return level >= TAKES_OVER or (level == ADDRESSED and speaks_to_model(text))


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cf", "Co", "Cn") or "\ufe00" <= char <= "\ufe0f"
