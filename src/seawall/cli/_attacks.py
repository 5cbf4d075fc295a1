"""Files of attempts as results of probes: with and without the gateway, with their age."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seawall.core.trials import Attempt, ProbeResult


class Measured(NamedTuple):
    """Pairs of results (without the gateway, with it or None), and days since, by probe."""

    pairs: "list[tuple[ProbeResult, ProbeResult | None]]"
    ages: dict[str, float]


def measured(paths: Sequence[Path], today: date) -> Measured:
    """Read what `seawall attack --out` wrote. Raises InputError."""
    from seawall.catalog.load import load_catalog
    from seawall.core.errors import InputError
    from seawall.core.trials import Mode
    from seawall.redteam.measure import summarise
    from seawall.redteam.rows import read_rows

    scored = load_catalog().probes
    rows: dict[Mode, list[Attempt]] = {Mode.OFF: [], Mode.ON: []}
    ages: dict[str, float] = {}
    for path in paths:
        head, kept = read_rows(path)
        head.whole(path)
        # Harmless talks, further probes, saved cases and other tools' probes move no risk.
        found = [row for row in kept if row.probe in scored]
        age = float(max(0, (today - _begun(path, head.created)).days))
        rows[head.mode] += found
        for probe in {row.probe for row in found}:
            ages[probe] = max(age, ages.get(probe, 0.0))
    off, on = (summarise(rows[mode]) for mode in (Mode.OFF, Mode.ON))
    if alone := sorted(set(on) - set(off)):
        raise InputError(
            f"{', '.join(alone)}: tried through the gateway only.",
            hint="Attack without the gateway too: that is what it is compared with.",
        )
    return Measured([(result, on.get(probe)) for probe, result in off.items()], ages)


def _begun(path: Path, created: str) -> date:
    """Return the day on which the run began; an old file without one is as old as its last line."""
    try:
        return date.fromisoformat(created)
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
