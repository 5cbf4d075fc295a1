"""How much memory a loaded guard holds, and what takes it: a process of its own, step by step."""

import itertools
import json
import subprocess
import sys

from benchmarks.guard_speed import DATA, ordinary

LIMIT_MB = 250
TEXTS = 2_000
PAGES = 300
LENGTHS = (530, 1_870, 3_100, 790, 4_400, 2_300, 6_100, 1_250, 3_700, 950)
_CHILD = '''
import gc, json, sys

def proportional():
    """Return this process's share of memory in MB: shared pages count by how many share them."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as rollup:
        rows = dict(line.split(":", 1) for line in rollup.read().splitlines()[1:])
    return {name: int(rows[name].split()[0]) / 1024 for name in ("Pss", "Rss")}

def step(name):
    gc.collect()
    print(json.dumps([name, *proportional().values()]), flush=True)

step("Python")
import numpy
step("+ numpy")
import onnxruntime
step("+ onnxruntime")
import hyperscan, re2, phonenumbers, PIL.Image, msgspec
step("+ hyperscan, re2, phonenumbers, Pillow")
from seawall import Guard
step("+ the guard's code")
guard = Guard()
step("Guard(): patterns compiled, models loaded")
guard.check("Where is my parcel?")
step("one text judged")
texts = json.loads(sys.stdin.read())
for stage, text in texts:
    guard.check(text, stage)
step(f"{len(texts):,} texts judged")
'''


def texts() -> list[tuple[str, str]]:
    """Return chat, and pages of 0.5 to 6 KB, repeated with other endings.

    Every length takes other buffers: memory in pieces grows where texts are all alike in nothing.
    """
    pages = "\n\n".join(ordinary("document"))
    cuts = list(itertools.accumulate(itertools.islice(itertools.cycle(LENGTHS), PAGES)))
    found = [
        *(("input", text) for text in ordinary("input")),
        *(("document", text) for text in ordinary("document")),
        *(
            ("document", (2 * pages)[a % len(pages) :][: b - a])
            for a, b in itertools.pairwise(cuts)
        ),
    ]
    if not found:
        raise SystemExit(f"no texts in {DATA}")
    return [
        (stage, f"{text} ({number})")
        for number, (stage, text) in enumerate(found * (TEXTS // len(found) + 1))
    ][:TEXTS]


def main() -> int:
    """Print shares beside the limit; return 1 beyond it."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=json.dumps(texts()),
        capture_output=True,
        text=True,
        check=True,
    )
    print(f"{'MB':42} PSS     RSS    more")
    before = share = 0.0
    for line in done.stdout.splitlines():
        name, share, resident = json.loads(line)
        print(f"{name:38} {share:7.1f} {resident:7.1f} {share - before:+7.1f}")
        before = share
    print(f"loaded and used: {share:.0f} MB   limit {LIMIT_MB} MB")
    return int(share > LIMIT_MB)
