"""What reading bytes as JSON raises where they are none."""

import msgspec

NOT_JSON: tuple[type[Exception], ...] = (
    msgspec.MsgspecError, UnicodeDecodeError, RecursionError,
)  # fmt: skip
"""For `except`: not JSON or of another shape, texts that are not UTF-8, nested too deeply."""
