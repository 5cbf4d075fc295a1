"""Sizes and times of the data plane, each declared once."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that protect the gateway itself. Sizes in bytes, times in seconds."""

    max_body: int = 8 * 1024 * 1024
    max_file: int = 64 * 1024 * 1024
    max_document: int = 8 * 1024 * 1024
    max_discard: int = 32 * 1024 * 1024
    # All bodies at once, beyond the first MiB of each.
    max_bodies: int = 512 * 1024 * 1024
    body_seconds: float = 30.0
    file_seconds: float = 300.0
    header_seconds: float = 15.0
    # A client must take this many bytes in this time while an answer waits for it.
    take_bytes: int = 64 * 1024
    take_seconds: float = 60.0
    max_header_bytes: int = 32 * 1024
    connect_seconds: float = 10.0
    max_answer: int = 16 * 1024 * 1024
    stream_factor: float = 10.0
    guard_seconds: float = 15.0
    guard_workers: int = 2
    guard_inline_chars: int = 512
    guard_glance_chars: int = 40_000
    guard_batch_parts: int = 256
    max_connections: int = 1024
    drain_seconds: int = 30
    drain_notice_seconds: float = 0.0
    keep_alive_seconds: float = 15.0
    # For so long keys and policy that were read before serve while a shared database is away.
    stale_seconds: float = 900.0
