"""Run the benchmarks of this folder: `python -m benchmarks [NAME ...] [--peers DIR]`."""

import importlib
import os
import sys
from pathlib import Path


def names() -> list[str]:
    """Return the benchmarks' module names, sorted."""
    folder = Path(__file__).parent
    files = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    return sorted(files | {path.parent.name for path in folder.glob("*/__init__.py")})


def main(wanted: list[str]) -> int:
    """Run the named benchmarks, or all; return the worst exit code."""
    if "--peers" in wanted[:-1]:
        at = wanted.index("--peers")
        os.environ["SEAWALL_PEERS"] = wanted[at + 1]
        wanted = wanted[:at] + wanted[at + 2 :]
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(names())}")
        return 2
    worst = 0
    for name in wanted or names():
        print(f"== {name}", flush=True)
        worst = max(worst, int(importlib.import_module(f"benchmarks.{name}").main()))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
