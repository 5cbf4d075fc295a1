"""The audit log: durable appends a second with 64 at once, and how fast it verifies."""

import asyncio
import tempfile
import time
from pathlib import Path

from seawall.store.audit import open_log, verify
from seawall.store.db import open_store

CONCURRENT = 64
EACH = 250
# About what the gateway writes for one request.
RECORD = {
    "event": "request",
    "request_id": "sw_019a7c3f2b10aabbccddeeff0011",
    "application": "shop",
    "function": "support-chat",
    "controls": ["CTL-INJ-INPUT"],
    "detectors": ["injection", "personal-data", "secrets", "misuse-fraud"] * 2,
    "tokens": [812, 230],
    "cost": 0.00231,
    "policy": "ab" * 32,
}
# Limits: a group commit that stopped grouping would be far below and far above.
LEAST_PER_SECOND = 1_000
MOST_P99_MS = 250


async def _load(folder: Path) -> tuple[float, list[float]]:
    store = open_store(folder)
    log = open_log(store)
    log.start()
    seconds: list[float] = []

    async def client() -> None:
        for _ in range(EACH):
            start = time.perf_counter()
            await log.append(RECORD)
            seconds.append(time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONCURRENT)))
    whole = time.perf_counter() - start
    log.stop()
    store.close()
    return whole, sorted(seconds)


def main() -> int:
    """Print appends a second, latencies and verification speed; 1 when beyond the limits."""
    # Beside the code, not in /tmp, which may be memory: the fsync has to be a real one.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as name:
        whole, seconds = asyncio.run(_load(Path(name) / "data"))
        rate = len(seconds) / whole
        p50, p99 = (seconds[int(len(seconds) * share)] * 1000 for share in (0.5, 0.99))
        start = time.perf_counter()
        report = verify(open_store(Path(name) / "data"))
        verified = report.records / (time.perf_counter() - start)
    print(f"{len(seconds)} durable appends, {CONCURRENT} at once, fsync of log and head:")
    print(f"  {rate:,.0f} a second (limit: {LEAST_PER_SECOND:,} or more)")
    print(f"  latency p50 {p50:.1f} ms, p99 {p99:.1f} ms (limit: {MOST_P99_MS} ms or less)")
    print(f"  verification {verified:,.0f} records a second, ok: {report.ok}")
    return 0 if report.ok and rate >= LEAST_PER_SECOND and p99 <= MOST_P99_MS else 1
