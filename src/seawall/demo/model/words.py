"""A small vocabulary: tells a readable text from a scrambled one, and splits run-together words."""

import re
from functools import cache, lru_cache
from pathlib import Path

_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_\-]*[0-9_\-][A-Za-z0-9_\-]*|https?:\S+|\S+@\S+")


@cache
def vocabulary() -> frozenset[str]:
    """Return common words of four languages (folded)."""
    text = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8")
    return frozenset(text.casefold().split())


@lru_cache(maxsize=8192)
def readable(text: str) -> float:
    """Return the share of letters (0..1) that stand in known words of two letters or more."""
    words = _WORD.findall(text.casefold())
    total = sum(map(len, words))
    known = vocabulary()
    hits = sum(len(word) for word in words if word in known and len(word) > 1)
    return hits / total if total else 0.0


def split_run(run: str) -> str:
    """Split letters without spaces into known words: the cheapest split wins.

    Unknown characters cost 3 each and stay together; codes such as CAN-1234 are kept whole.
    """
    known, size = vocabulary(), len(run)
    folded = run.casefold()
    if len(folded) != size:
        return run
    best: list[tuple[float, int, bool]] = [(0.0, 0, True)] + [(9e9, 0, False)] * size
    for end in range(1, size + 1):
        for start in range(max(0, end - 16), end):
            word = folded[start:end]
            good = word in known and (len(word) > 1 or word in "ai")
            if not good and end - start > 1:
                continue
            step = 1.0 + 2.0 / len(word) if good else 3.0
            cost = best[start][0] + step
            if cost < best[end][0]:
                best[end] = (cost, start, good)
    return _pieces(run, best)


def _pieces(run: str, best: list[tuple[float, int, bool]]) -> str:
    pieces: list[tuple[str, bool]] = []
    end = len(run)
    while end > 0:
        _, start, good = best[end]
        pieces.append((run[start:end], good))
        end = start
    text, before = "", True
    for piece, good in reversed(pieces):
        text += piece if not (good or before) or not text else " " + piece
        before = good
    return text


def is_code(token: str) -> bool:
    """Tell whether a token is an identifier, address or URL that no decoder should touch."""
    return _CODE.fullmatch(token) is not None
