"""Identifiers that sort by time."""

import os
import secrets
import threading
import time

_DIGITS = 16
_AT_ONCE = 256
# The system is asked for many at once: each question lets another thread take its turn first.
_ready: list[str] = []
os.register_at_fork(after_in_child=_ready.clear)
_MOST = 0xFFFF
_turn = threading.Lock()
_last = (0, 0)


def request_id() -> str:
    """Return `sw_` + 12 hex digits of milliseconds + 16 random hex digits."""
    return f"sw_{time.time_ns() // 1_000_000:012x}{_random()}"


def ordered_id() -> str:
    """Return a `request_id` that sorts behind all that this process was given here before.

    Of its random digits the first four count what came within a millisecond.
    """
    global _last
    with _turn:
        now, (before, count) = time.time_ns() // 1_000_000, _last
        if now > before:
            _last = now, 0
        else:
            _last = (before, count + 1) if count < _MOST else (before + 1, 0)
        milliseconds, place = _last
    return f"sw_{milliseconds:012x}{place:04x}{_random()[4:]}"


def _random() -> str:
    """Return 16 random hex digits that nobody else was given. Safe to share between threads."""
    try:
        return _ready.pop()
    except IndexError:
        text = secrets.token_hex(_DIGITS * _AT_ONCE // 2)
        first, *others = (text[at : at + _DIGITS] for at in range(0, len(text), _DIGITS))
        _ready.extend(others)
        return first
