"""What a guard holds doesn't grow with what it has read, whatever its length."""

import subprocess
import sys
from pathlib import Path

MOST_MB = 50
_CHILD = """
import random
from pathlib import Path
from seawall import Guard
from training.mails import carried
from training.rows import Row

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20

words = Path("docs/how-to/agent-tools.md").read_text().split()
bodies = [" ".join(words[at : at + 40 + at % 90]) for at in range(0, 3_000, 20)]
mails = carried([Row(b, "benign", "document", "", "en", "", "") for b in bodies], 2 * len(bodies))
guard = Guard()
for number, mail in enumerate(mails):
    guard.check(mail.text, "document")
    if number == 10:
        before = resident()
print(len(mails), resident() - before)
"""


def test_memory_does_not_grow_with_mails_of_every_length() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    number, more = map(int, done.stdout.split())
    assert number > 100
    assert more < MOST_MB
