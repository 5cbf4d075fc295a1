"""A tool that reads and does something else as well: get_and_delete, "Lists users, and removes the idle"."""

import re

from seawall.policy.provenance import tool_words as lexicon
from seawall.policy.provenance.described import NAMED_THINGS, verb_of
from seawall.policy.provenance.words import DELETE, EXECUTE, PAY, READ, SEND, WRITE

_GRAVEST = (PAY, DELETE, EXECUTE, SEND, WRITE)
# Whoever only notes that something was read does nothing to it.
_NOTES = frozenset({"mark", "log", "record", "note", "register"})
_AND = frozenset({"and", "then", "plus", "or"})
# What is done to something: behind "and", a noun of the same spelling has no article.
_SAID = re.compile(
    r"(?:\b(?:and|then|also)|[,;.])\s+(?:(?:and|then|it|also|automatically|permanently)\s+){0,2}"
    r"([a-z]{3,}s)\s+(?:the|all|it|them|any|every|each|a|an|this|these|those|its|their)\b|"
    r"\balso\s+([a-z]{3,}s)\b"
)


def also_does(tokens: list[str], description: str) -> str:
    """Return the gravest effect that a reading tool has besides; "" for none."""
    words = [*_behind_and(tokens), *_said(description)]
    found = {lexicon.effect_of(word) for word in words} - {"", READ}
    return next((effect for effect in _GRAVEST if effect in found), "")


def _behind_and(tokens: list[str]) -> list[str]:
    """Return the doings behind an "and" of a name, where a doing or no thing of that name is meant."""
    pairs = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return [
        word
        for before, link, word in pairs
        if link in _AND and (word not in NAMED_THINGS or lexicon.effect_of(before) == READ)
    ]


def _said(description: str) -> list[str]:
    return [
        verb for match in _SAID.finditer(description.casefold())
        if (verb := verb_of(match[1] or match[2])) in lexicon.NAME_EFFECT and verb not in _NOTES
    ]  # fmt: skip
