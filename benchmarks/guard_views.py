"""The readings of a text: time for 1 KB to 10 MB, on plain and on hostile text."""

import time
from itertools import pairwise

from seawall.guard.views import read

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
PLAIN = "The parcel arrives on Friday, and the shop closes at six. Please keep your receipt. "
TEXTS = {
    "plain": PLAIN,
    "base64": "YWJjZGVmZ2hpamts ",
    "url": "%41%42 ",
    "hex": "41 42 43 44 45 46 ",
    "spaced": "a.b.c. ",
    "leet": "l33t w0rds ",
    "one-letter": "a",
    "tildes": "n\\~",
    "quotes": "'a' + ",
    "cyrillic": "привет мир ",
    "drawn": "#  ## # ##\n ## #  # #\n## # ## #\n\n",
    "nested": "&#65; YWJjZGVmZ2hpamts ",
}
# Ten times the text may take this many times as long; quadratic work would take a hundred.
MOST_GROWTH = 25
_LEAST_SECONDS = 0.002


def _seconds(text: str) -> float:
    """Return this thread's time, whatever else the machine does."""
    start = time.thread_time()
    read(text)
    return time.thread_time() - start


def main() -> int:
    """Print milliseconds by size; return 1 where a text's time grows faster than linearly."""
    read("warm up: aGVsbG8gd29ybGQ= ~~~ 41 42 43 44 45 46")
    print(f"{'text':12}" + "".join(f"{size // 1000:>8} KB" for size in SIZES) + "   (ms)")
    worst = 0
    for name, piece in TEXTS.items():
        times = [_seconds((piece * (size // len(piece) + 1))[:size]) for size in SIZES]
        print(f"{name:12}" + "".join(f"{1000 * seconds:11.2f}" for seconds in times))
        grown = [b / max(a, _LEAST_SECONDS) for a, b in pairwise(times[1:])]
        if max(grown) > MOST_GROWTH:
            print(f"{name}: {max(grown):.0f} times as long for ten times the text")
            worst = 1
    return worst
