"""How long `seawall attack lab --quick` and `--full` take on the bundled agent, both arms."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMITS = {"--quick": 60.0, "--full": 900.0}
QUICK_ENV = "SEAWALL_BENCH_QUICK"


def _lab(size: str, folder: Path) -> tuple[float, float, int]:
    """Return the seconds of a run, those of CPU time with its gateway, and the rows it left."""
    command = [sys.executable, "-m", "seawall", "attack", "lab", size, "--out", str(folder)]
    begun, used = time.perf_counter(), _cpu()
    done = subprocess.run(
        [*command, "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    taken = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"the run ended with {done.returncode}: {done.stderr[-500:]!r}")
    rows = sum(path.read_bytes().count(b"\n") - 1 for path in folder.glob("*.jsonl"))
    return taken, _cpu() - used, rows


def _cpu() -> float:
    """Return the CPU seconds of all ended children, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Print the times beside the limits; 1 beyond one. SEAWALL_BENCH_QUICK=1 leaves --full out."""
    sizes = ["--quick"] if os.environ.get(QUICK_ENV) else list(LIMITS)
    worst = 0
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            taken, cpu, rows = _lab(size, Path(name))
        print(f"{size}: {taken:.0f} s for {rows} attempts   limit {LIMITS[size]:.0f} s "
              f"on two free cores ({cpu:.0f} s of CPU time)")  # fmt: skip
        worst = max(worst, int(taken > LIMITS[size]))
    return worst
