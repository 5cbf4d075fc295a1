"""What a text is known by when it comes back: its addresses, links, codes and whole sentences."""

import re
from typing import Any

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.words import WRITE

UNTRUSTED, INSTRUCTION = 1, 2
MOST_MARKS = 2000
_SENTENCE = re.compile(r"[.!?\n;]+|\\n")
_CODE = re.compile(r"\b(?=[a-z-]*\d)[a-z0-9][a-z0-9_-]{5,63}\b")
_WORDS_MIN = 4
_MEMORY = frozenset(
    (
        "memory",
        "memories",
        "remember",
        "note",
        "notes",
        "knowledge",
        "vector",
        "vectors",
        "embedding",
        "embeddings",
        "fact",
        "facts",
        "preference",
        "preferences",
        "recall",
        "index",
        "chunk",
        "chunks",
    )
)


def marks_of(folded: str) -> frozenset[str]:
    """Return what a folded text is known by, at most `MOST_MARKS`; linear in its length.

    A sentence of four words or more counts as a whole, whatever its punctuation.
    """
    found: dict[str, None] = dict.fromkeys(texts.identifiers(folded))
    found.update(dict.fromkeys(match.group() for match in _CODE.finditer(folded)))
    for sentence in _SENTENCE.split(folded):
        words = texts.words(sentence)
        if len(words) >= _WORDS_MIN:
            found[" ".join(words)] = None
    return frozenset(list(found)[:MOST_MARKS])


def writes_memory(profile: ToolProfile) -> bool:
    """Say whether a tool keeps what it is given for later conversations, by its name."""
    return profile.effect == WRITE and bool(_MEMORY & set(split_name(profile.name)))


def whole(value: Any) -> str:
    """Return the folded text of a value, as it may come back from a memory."""
    return texts.fold(value) if isinstance(value, str) else ""
