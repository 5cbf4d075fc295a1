"""Runs in picklescan's own environment: its verdict on each file of a folder, its lists, as JSON.

Imports nothing of Seawall. A file that holds a dangerous import is dangerous, else one that holds
a suspicious one (any that is on neither list) is suspicious.
"""

import json
import logging
import sys
from pathlib import Path

from picklescan import scanner
from picklescan.scanner import SafetyLevel, scan_file_path


def verdict(path: Path) -> str:
    """Return what picklescan says of a file."""
    try:
        found = scan_file_path(str(path))
    except Exception as error:  # noqa: BLE001 - what it raises is its answer
        return f"raises {type(error).__name__}"
    levels = {one.safety for one in found.globals}
    if SafetyLevel.Dangerous in levels:
        return "dangerous"
    if found.scan_err:
        return "unknown"
    if SafetyLevel.Suspicious in levels:
        return "suspicious"
    return "harmless" if found.scanned_files else "no pickle"


def listed(names: dict[str, object]) -> list[str]:
    """Return a list of its names; one stands for all of a module."""
    return [
        f"{module}.{last}"
        for module, some in names.items()
        for last in (["anything"] if some == "*" else sorted(some))  # type: ignore[call-overload]
    ]


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    files = sorted(Path(sys.argv[1]).iterdir())
    lists = {
        "dangerous": listed(scanner._unsafe_globals),
        "safe": listed(scanner._safe_globals),
    }
    print(json.dumps({"files": {path.name: verdict(path) for path in files}, "lists": lists}))
