"""Is it JSON, and what reading bytes as JSON raises where they are none."""

import json

import msgspec

NOT_JSON: tuple[type[Exception], ...] = (
    msgspec.MsgspecError, UnicodeDecodeError, RecursionError,
)  # fmt: skip
"""For `except`: not JSON or of another shape, texts that are not UTF-8, nested too deeply."""


def is_json(text: str, openings: tuple[str, ...]) -> bool:
    """Say whether a text is one JSON value that begins with one of `openings`, blanks aside."""
    if not text.lstrip().startswith(openings):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
