"""Retrieval: the documents that share most rare words with a question, and a product's reviews."""

import math
import re
from collections import Counter, defaultdict
from importlib import resources
from pathlib import Path

import msgspec

from seawall.core import yamlfile

_WORD = re.compile(r"[^\W_]{3,}")
_PRODUCT = re.compile(r"SKU-\d+")
_K1, _B = 1.4, 0.6


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A product review; anybody can write one."""

    product: str
    text: str


class Library:
    """Documents ranked with BM25 (Robertson and Zaragoza 2009), reviews by product id."""

    def __init__(self, folder: Path) -> None:
        self._texts = {p.name: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.md"))}
        # A word in the title counts three times.
        self._counts = {
            name: Counter(_tokens(text) + 2 * _tokens(text.partition("\n")[0]))
            for name, text in self._texts.items()
        }
        self._spread = Counter(token for count in self._counts.values() for token in count)
        self._mean = sum(map(Counter.total, self._counts.values())) / max(1, len(self._counts))
        self._reviews: dict[str, list[str]] = defaultdict(list)
        bundled = resources.files("seawall.demo") / "data" / "reviews.yaml"
        with resources.as_file(bundled) as path:
            for review in yamlfile.load(path, tuple[Review, ...]):
                self.add_review(review.product, review.text)

    def texts(self) -> list[str]:
        """Return the texts of all documents."""
        return list(self._texts.values())

    def add_review(self, product: str, text: str) -> None:
        """Keep an outsider's review."""
        self._reviews[product].append(text)

    def _score(self, name: str, question: set[str]) -> float:
        count = self._counts[name]
        length = count.total() / self._mean
        total = 0.0
        for token in question & count.keys():
            rarity = math.log(1 + (len(self._texts) - self._spread[token] + 0.5)
                              / (self._spread[token] + 0.5))  # fmt: skip
            total += (
                rarity * count[token] * (_K1 + 1) / (count[token] + _K1 * (1 - _B + _B * length))
            )
        return total

    def search(self, question: str, most: int = 2) -> list[tuple[str, str]]:
        """Return (source, text) of the best documents and of the reviews of named products."""
        tokens = set(_tokens(question))
        ranked = sorted(((self._score(n, tokens), n) for n in self._texts), reverse=True)
        found = [(name, self._texts[name]) for _, name in ranked[:most]]
        for product in dict.fromkeys(_PRODUCT.findall(question)):
            found += [(f"review of {product}", text) for text in self._reviews.get(product, ())]
        return found


def _tokens(text: str) -> list[str]:
    return [_singular(word) for word in _WORD.findall(text.lower())]


def _singular(word: str) -> str:
    """Cut an ending off, so that "branch" finds "branches" and "open" finds "opening"."""
    if word.endswith("ing") and len(word) > 5:
        return word[:-3]
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 and not word.endswith("ss") else word
