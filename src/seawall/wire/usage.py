"""Tokens of one request, as its provider counted them; read in OpenAI's form and written in it."""

from typing import Any

import msgspec

from seawall.core.errors import UpstreamError

# More than any request takes; what is larger would not fit into the books.
_MOST_TOKENS = 1_000_000_000


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one request. Raises UpstreamError for a count that no request can have.

    `cached`, `written`: those of the prompt that the provider's cache gave or took; `reasoning`:
    those of the answer that were thoughts. None where the provider does not say.
    """

    prompt_tokens: int
    completion_tokens: int
    cached: int | None = None
    written: int | None = None
    reasoning: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be booked: it would fail the records of others with its own."""
        if self.prompt_tokens > _MOST_TOKENS or self.completion_tokens > _MOST_TOKENS:
            raise UpstreamError(
                "The provider's answer cannot be read: its usage counts more tokens than a "
                "request can have."
            )

    @property
    def total(self) -> int:
        """Return prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    def as_json(self) -> dict[str, Any]:
        """Return the answer's `usage` field, with the details that the provider told."""
        value: dict[str, Any] = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total,
        }
        kept = {"cached_tokens": self.cached, "cache_write_tokens": self.written}
        if told := {key: number for key, number in kept.items() if number is not None}:
            value["prompt_tokens_details"] = {"cached_tokens": 0, **told}
        if self.reasoning is not None:
            value["completion_tokens_details"] = {"reasoning_tokens": self.reasoning}
        return value


def count(value: Any) -> int:
    """Return a count; 0 for what is none."""
    return _known(value) or 0


def counted(
    asked: int, said: int, *, cached: int | None = None, written: int | None = None,
    reasoning: int | None = None,
) -> Usage | None:  # fmt: skip
    """Return a usage whose details fit into its counts; None where nothing at all was counted."""
    if not asked and not said:
        return None
    cached = None if cached is None else min(cached, asked)
    written = None if written is None else min(written, asked - (cached or 0))
    return Usage(
        prompt_tokens=asked, completion_tokens=said, cached=cached, written=written,
        reasoning=None if reasoning is None else min(reasoning, said),
    )  # fmt: skip


def read(value: Any) -> Usage | None:
    """Read a usage of OpenAI's form; None where it counts nothing: an answer is not free for that.

    Some providers (Gemini, Grok) leave thoughts out of `completion_tokens`: they are paid like the
    rest, so what `total_tokens` or `reasoning_tokens` tell of them is added.
    """
    if not isinstance(value, dict):
        return None
    asked, said = count(value.get("prompt_tokens")), count(value.get("completion_tokens"))
    thought = _detail(value, "completion_tokens_details", "reasoning_tokens")
    if thought is not None and thought > said:
        said += thought
    return counted(
        asked,
        max(said, count(value.get("total_tokens")) - asked) if asked else said,
        cached=_first(
            _detail(value, "prompt_tokens_details", "cached_tokens"),
            _known(value.get("prompt_cache_hit_tokens")),  # DeepSeek
        ),
        written=_first(
            _detail(value, "prompt_tokens_details", "cache_write_tokens"),
            _known(value.get("cache_creation_input_tokens")),  # Anthropic behind a proxy
        ),
        reasoning=thought,
    )


def _known(value: Any) -> int | None:
    """Return a count, None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _detail(value: dict[str, Any], field: str, key: str) -> int | None:
    details = value.get(field)
    return _known(details.get(key)) if isinstance(details, dict) else None


def _first(*numbers: int | None) -> int | None:
    return next((number for number in numbers if number is not None), None)
