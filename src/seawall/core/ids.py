"""Identifiers that sort by time."""

import os
import secrets
import time

_DIGITS = 16
_AT_ONCE = 256
# The system is asked for many at once: each question lets another thread take its turn first.
_ready: list[str] = []
os.register_at_fork(after_in_child=_ready.clear)


def request_id() -> str:
    """Return `sw_` + 12 hex digits of milliseconds + 16 random hex digits."""
    return f"sw_{time.time_ns() // 1_000_000:012x}{_random()}"


def _random() -> str:
    """Return 16 random hex digits that nobody else was given. Safe to share between threads."""
    try:
        return _ready.pop()
    except IndexError:
        text = secrets.token_hex(_DIGITS * _AT_ONCE // 2)
        first, *others = (text[at : at + _DIGITS] for at in range(0, len(text), _DIGITS))
        _ready.extend(others)
        return first
