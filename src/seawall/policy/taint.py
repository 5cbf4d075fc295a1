"""What a text is known by when it comes back: its addresses, links, codes and whole sentences."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.words import READ, WRITE

UNTRUSTED, INSTRUCTION = 1, 2
MOST_MARKS = 2000
_SENTENCE = re.compile(r"[.!?\n;]+|\\n")
_CODE = re.compile(r"\b(?=[a-z-]*\d)[a-z0-9][a-z0-9_-]{5,63}\b")
_WORDS_MIN = 4
_KEPT_IN = (
    "memory memories remember memorize memorise note notes knowledge vector vectors embedding "
    "embeddings fact facts preference preferences recall index chunk chunks upsert ingest learn "
    "lesson lessons insight insights observation observations entity entities relation relations "
    "diary journal scratchpad profile kb rag corpus collection cache kv persist embed "
    "qdrant pinecone chroma weaviate milvus pgvector faiss redis mem0"
)
_MEMORY = frozenset(_KEPT_IN.split())
# A document is kept for later where it is put into something, not where one is written.
_DOCUMENTS, _PUT = (
    frozenset({"document", "documents", "text", "texts"}),
    frozenset({"add", "insert", "put", "save", "store", "load"}),
)


def marks_of(folded: str) -> frozenset[str]:
    """Return what a folded text is known by, at most `MOST_MARKS`; linear in its length.

    A sentence of four words or more counts as a whole, whatever its punctuation.
    """
    return frozenset(placed_marks(folded))


def placed_marks(folded: str) -> dict[str, tuple[int, int]]:
    """Return what a folded text is known by, each with the range where it stands first."""
    found: dict[str, tuple[int, int]] = {}
    for expression in (texts.EMAIL, texts.URL, texts.IBAN, _CODE):
        for match in expression.finditer(folded):
            name = match.group() if expression is _CODE else match.group().rstrip(".,;:!?)")
            found.setdefault(name, match.span())
    start = 0
    for end, after in _ends(folded):
        words = texts.words(folded[start:end])
        if len(words) >= _WORDS_MIN:
            found.setdefault(" ".join(words), (start, end))
        start = after
    return dict(islice(found.items(), MOST_MARKS))


def _ends(folded: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence ends, and where the next begins."""
    for match in _SENTENCE.finditer(folded):
        yield match.span()
    yield len(folded), len(folded)


def writes_memory(profile: ToolProfile) -> bool:
    """Say whether a tool keeps what it is given for later conversations, by its name."""
    words = set(split_name(profile.name))
    if profile.effect == READ:  # index_document, where "index" is taken for a thing
        return bool(words & _DOCUMENTS) and split_name(profile.name)[0] in ("index", "embed")
    kept = words & _MEMORY or (words & _DOCUMENTS and words & _PUT)
    return profile.effect == WRITE and bool(kept or words <= {"store", "save", "context"})


def whole(value: Any) -> str:
    """Return the folded text of a value, as it may come back from a memory."""
    return texts.fold(value) if isinstance(value, str) else ""
