"""A search by likeness that is written in SQL: pgvector, MySQL, SQLite and ClickHouse have one."""

import re
from collections.abc import Iterator

from seawall.assess.discover.signals import Signal

LONGEST = 4_000
_LIKENESS = re.compile(
    r"\border\s+by\b[^;]{0,200}?(?:<->|<=>|<#>|<\+>|\bvec_distance|\bcosine_?distance\b"
    r"|\bl2_?distance\b|\bvector_distance\b)",
    re.IGNORECASE,
)


def search_signals(text: str, path: str, line: int) -> Iterator[Signal]:
    """Give a statement that orders rows by how near a vector they are."""
    if _LIKENESS.search(text[:LONGEST]):
        yield Signal(kind="retrieval", what="a search by likeness in SQL", path=path, line=line,
                     says=(("rag.used", True),))  # fmt: skip
