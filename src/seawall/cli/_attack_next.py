"""What to do next, said at the end of a run."""

from collections.abc import Collection
from pathlib import Path

import typer

from seawall.core.trials import ProbeResult


def tell_next(results: Collection[ProbeResult], out: Path | None, *, judged: bool) -> None:
    """Say what decides attempts without a verdict, and what shows the successes."""
    left = sum(one.unscored for one in results)
    if left and not judged:
        typer.echo(
            f"{left} attempts of {sum(one.unscored > 0 for one in results)} probes have no "
            "verdict, which is not safe: no oracle can tell. --judge guard, or --judge URL with a "
            "model of yours, decides more of them."
        )
    if out is not None and any(one.complied for one in results):
        typer.echo(
            f"What succeeded: seawall attack triage {out}, "
            f"or seawall attack report {out} --html attacks.html"
        )
