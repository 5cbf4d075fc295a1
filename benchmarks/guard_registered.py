"""Registered texts: what a million words cost to register, to open and to look up."""

import random
import statistics
import tempfile
import time
from pathlib import Path

from seawall.guard.registered import index
from seawall.guard.registered.letters import letters

WORDS, LOOKUPS = 1_000_000, 200
# Seconds of CPU for the whole, bytes a word, and milliseconds of CPU for a kilobyte of answer.
MOST_SECONDS, MOST_BYTES, MOST_MILLISECONDS = 8.0, 6.0, 3.0
_ALPHABET = "etaoinshrdlucmfwypvbgk"


def _words() -> list[str]:
    """Return words that no language has, so that no index can be small by chance."""
    rng = random.Random(1)
    known = ["".join(rng.choices(_ALPHABET, k=rng.randint(2, 8))) for _ in range(20_000)]
    return rng.choices(known, k=WORDS)


def _lookup(opened: index.Index, text: str) -> float:
    """Return the median CPU milliseconds of one lookup."""
    taken = []
    for _ in range(LOOKUPS):
        start = time.process_time()
        opened.spans(letters(text))
        taken.append(1000 * (time.process_time() - start))
    return statistics.median(taken)


def main() -> int:
    """Print time, size and lookups beside their limits; return 1 beyond one."""
    text = " ".join(_words())
    start = time.process_time()
    made = index.make([text])
    seconds = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.npz"
        index.save(made, path)
        size = path.stat().st_size
        start = time.process_time()
        opened = index.load(path)
        opening = 1000 * (time.process_time() - start)
        copied, other = _lookup(opened, text[9_000:10_000]), _lookup(opened, text[1_000::-1])
    print(f"register {WORDS} words: {seconds:.1f} s of CPU (at most {MOST_SECONDS})")
    print(f"index: {size / 1e6:.1f} MB, {size / WORDS:.1f} bytes a word (at most {MOST_BYTES})")
    print(f"open: {opening:.0f} ms")
    print(
        f"look up 1 KB: copied {copied:.2f} ms, other {other:.2f} ms (at most {MOST_MILLISECONDS})"
    )
    good = seconds <= MOST_SECONDS and size / WORDS <= MOST_BYTES
    return 0 if good and max(copied, other) <= MOST_MILLISECONDS else 1
