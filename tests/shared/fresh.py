"""Code in a Python process of its own: what it loads, nobody loaded before it."""

import subprocess
import sys


def passes_alone(code: str) -> None:
    """Assert that code ends well in a fresh process; what it says otherwise is the message."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
