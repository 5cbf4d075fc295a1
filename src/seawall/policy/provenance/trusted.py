"""Does a value come from people who may steer, or only from text that outsiders can write?"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from seawall.core.exchange import Part, Trust
from seawall.core.normal_forms import normalized

_TRUSTED = frozenset({Trust.OPERATOR, Trust.USER})
_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d[\d.,'\u00a0\u202f ]*")
_COMPACT_MIN, _COMPACT_MAX = 6, 64


def normalise(text: str) -> str:
    """Return `text` folded for comparison: NFKC, case folded, blanks single, no format marks."""
    folded = normalized("NFKC", text).casefold()
    kept = (char for char in folded if unicodedata.category(char) != "Cf")
    return " ".join("".join(kept).split())


def _compact(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _stands_in(needle: str, text: str) -> bool:
    """Say whether `needle` stands in `text` as whole words (no letter or digit touches it)."""
    start = text.find(needle)
    while start >= 0:
        end = start + len(needle)
        left = start == 0 or not (text[start - 1].isalnum() and needle[0].isalnum())
        right = end == len(text) or not (text[end].isalnum() and needle[-1].isalnum())
        if left and right:
            return True
        start = text.find(needle, start + 1)
    return False


def _grouped(value: str, text: str) -> bool:
    """Say whether `value` stands in `text` with other grouping (blanks, hyphens, dots)."""
    compact = _compact(value)
    if not _COMPACT_MIN <= len(compact) <= _COMPACT_MAX or not any(
        char.isdigit() for char in compact
    ):
        return False
    pattern = r"[\s.\-/_]{0,2}".join(map(re.escape, compact))
    return re.search(rf"(?<!\w){pattern}(?!\w)", text) is not None


def _readings(token: str) -> Iterator[float]:
    """Yield a written number's readings: 1,234.50 and 1.234,50 and 1 234."""
    plain = re.sub(r"[\s']", "", token).rstrip(".,")
    for thousands, decimal in ((",", "."), (".", ",")):
        try:
            yield float(plain.replace(thousands, "").replace(decimal, "."))
        except ValueError:
            continue


def _number_stands_in(value: float, text: str) -> bool:
    for match in _NUMBER.finditer(text):
        for token in {match.group(), *match.group().split()}:
            if value in _readings(token):
                return True
    return False


def leaves(value: Any) -> Iterator[Any]:
    """Yield every scalar of a JSON value (the tool's schema decides about keys)."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
        else:
            yield node


def _leaf_is_trusted(value: Any, texts: list[str]) -> bool:
    if value is None:
        return True
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return any(_number_stands_in(value, text) for text in texts)
    needle = normalise(str(value))
    if not needle:
        return True
    return any(_stands_in(needle, text) or _grouped(needle, text) for text in texts)


def from_trusted(value: Any, parts: Iterable[Part]) -> bool:
    """Say whether every scalar of `value` stands in text that the operator or the user wrote.

    Case, blanks, width, number format and the grouping of account numbers are ignored; words are
    compared whole. Text of documents, tool results, images and the model does not count.
    """
    texts = [normalise(part.text) for part in parts if part.trust in _TRUSTED and part.text]
    return all(_leaf_is_trusted(leaf, texts) for leaf in leaves(value))
