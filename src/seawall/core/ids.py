"""Identifiers that sort by time."""

import secrets
import time


def request_id() -> str:
    """Return `sw_` + 12 hex digits of milliseconds + 16 random hex digits."""
    return f"sw_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"
