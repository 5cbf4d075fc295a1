"""Write src/seawall/guard/reading/letters.bin: how letters follow each other in a dozen languages.

Input: JSON Lines files (also .gz) with a `text` field and, where known, a `lang`. Every language
counts alike. The file holds one byte for each of the 27^3 triples of a-z and "between words":
-8 log2 P(third | first two), at most 255. Run: python scripts/build_letters.py FILE...
"""

import gzip
import json
import math
import sys
from collections import Counter, defaultdict
from pathlib import Path

from seawall.guard.reading.fluency import SIGNS, fold

TARGET = Path(__file__).parent.parent / "src/seawall/guard/reading/letters.bin"
LATIN = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "vi", "id", "sv", "cs"]
SMOOTHING = 1e-6


def counts(paths: list[str]) -> dict[str, Counter[str]]:
    """Return the triples of each language."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for path in map(Path, paths):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                lang = row.get("lang", "en").partition("_")[0]
                if lang in LATIN:
                    for word in fold(row["text"][:4000]):
                        padded = f" {word} "
                        found[lang].update(padded[i : i + 3] for i in range(len(word)))
    return found


def main(paths: list[str]) -> int:
    """Count and write."""
    by_language = counts(paths)
    share: Counter[str] = Counter()
    for found in by_language.values():
        total = sum(found.values())
        for triple, count in found.items():
            share[triple] += count / total / len(by_language)
    table = bytearray()
    for first in SIGNS:
        for second in SIGNS:
            row = [share[first + second + third] + SMOOTHING for third in SIGNS]
            table += bytes(min(255, round(-8 * math.log2(p / sum(row)))) for p in row)
    TARGET.write_bytes(bytes(table))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
