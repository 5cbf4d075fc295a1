"""Agents' tool calls, judged without classifiers: python -m benchmarks agents."""


def main() -> int:
    """Judge all sets; return 1 beyond a limit."""
    from benchmarks.agents.measure import main as measure  # training reads the sets without it

    return measure()
