"""Lexical retrieval over the documents folder (Okapi BM25) and over outsiders' reviews."""

import math
import re
from collections import Counter
from pathlib import Path

_K1, _B = 1.2, 0.75
_STOP = frozenset(
    ["a", "an", "the", "is", "are", "was", "be", "do", "does", "can", "could", "will", "would", "i", "me", "my", "we", "our", "you", "your", "it", "this", "that", "of", "to", "in", "on", "at", "by", "for", "from", "with", "and", "or", "not", "if", "what", "when", "where", "how", "much", "many", "please", "der", "die", "das", "und", "ist", "ich", "mein", "wie", "was", "le", "la", "les", "de", "des", "et", "est", "mon", "je", "el", "los", "las", "y", "es", "mi", "un", "una"]
)


def words(text: str) -> list[str]:
    """Return the folded words that count for retrieval, with a plural s cut off."""
    found = re.findall(r"[^\W_]{2,}", text.casefold())
    return [
        word.removesuffix("s") if len(word) > 3 else word for word in found if word not in _STOP
    ]


class Library:
    """Documents of a folder, indexed once. `best` returns (source, text) by BM25 score."""

    def __init__(self, folder: Path) -> None:
        self.documents = [
            (path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.md"))
        ]
        self._counts = [Counter(words(text)) for _, text in self.documents]
        self._sizes = [sum(counts.values()) for counts in self._counts]
        self._mean = sum(self._sizes) / max(1, len(self._sizes))
        self._spread = Counter(word for counts in self._counts for word in counts)

    def _score(self, place: int, wanted: set[str]) -> float:
        counts, total = self._counts[place], 0.0
        for word in wanted:
            often = counts[word]
            if often:
                rare = len(self._counts) - self._spread[word] + 0.5
                weight = math.log(1 + rare / (self._spread[word] + 0.5))
                size = _K1 * (1 - _B + _B * self._sizes[place] / self._mean)
                total += weight * often * (_K1 + 1) / (often + size)
        return total

    def best(self, question: str, *, top: int = 3, least: float = 1.0) -> list[tuple[str, str]]:
        """Return up to `top` documents that score at least `least`, best first."""
        wanted = set(words(question))
        scores = sorted(
            ((self._score(place, wanted), place) for place in range(len(self.documents))),
            key=lambda item: (-item[0], item[1]),
        )
        return [self.documents[place] for score, place in scores[:top] if score >= least]


def products(question: str, product: str) -> list[str]:
    """Return the product numbers that a question is about."""
    return list(dict.fromkeys([*re.findall(r"\bSKU-\d+\b", question), *filter(None, [product])]))
