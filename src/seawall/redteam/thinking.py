"""Tokens that a model thought in: billed, and in no word of the answer."""

from typing import Any

_BILLED = ("completion_tokens", "output_tokens")


def thought_of(usage: Any, text: str) -> int | None:
    """Return the tokens of an answer's `usage` that it spent on thinking; None where it tells none.

    OpenAI's APIs count them (`reasoning_tokens`). Elsewhere they are among the billed ones: what is
    left after one token for each byte of the answer, the most that a text can take, was thought.
    """
    if not isinstance(usage, dict):
        return None
    billed = next((n for key in _BILLED if (n := _count(usage.get(key))) is not None), None)
    told = [
        _count(details.get("reasoning_tokens"))
        for key in _BILLED
        if isinstance(details := usage.get(f"{key}_details"), dict)
    ]
    known = [n for n in told if n is not None]
    if billed is not None:
        known.append(max(0, billed - len(text.encode())))
    return max(known, default=None)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def together(counts: list[int | None]) -> int | None:
    """Return the sum of the turns that tell; None where none does."""
    told = [n for n in counts if n is not None]
    return sum(told) if told else None
