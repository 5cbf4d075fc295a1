"""Files of attempts as results of probes: with and without the gateway, with their age."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seawall.core.trials import ProbeResult


class Measured(NamedTuple):
    """Pairs of results (without the gateway, with it or None), and days since, by probe."""

    pairs: "list[tuple[ProbeResult, ProbeResult | None]]"
    ages: dict[str, float]


def measured(paths: Sequence[Path], today: date) -> Measured:
    """Read what `seawall attack --out` wrote. Raises InputError."""
    from seawall.catalog.load import load_catalog
    from seawall.core.errors import InputError
    from seawall.core.trials import Mode
    from seawall.redteam.measure import Tallies
    from seawall.redteam.rows import open_rows

    scored = load_catalog().probes
    tallies = {Mode.OFF: Tallies(), Mode.ON: Tallies()}
    ages: dict[str, float] = {}
    for path in paths:
        head, rows = open_rows(path)
        head.whole(path)
        age = float((today - _day(path, head.created, today)).days)
        for row in rows:
            # Harmless talks, further probes, saved cases and other tools' probes move no risk.
            if row.probe in scored:
                tallies[head.mode].add(row)
                ages[row.probe] = max(age, ages.get(row.probe, 0.0))
    off, on = (tallies[mode].results() for mode in (Mode.OFF, Mode.ON))
    if alone := sorted(set(on) - set(off)):
        raise InputError(
            f"{', '.join(alone)}: tried through the gateway only.",
            hint="Attack without the gateway too: that is what it is compared with.",
        )
    return Measured([(result, on.get(probe)) for probe, result in off.items()], ages)


def _day(path: Path, created: str, today: date) -> date:
    """Return the day on which the run began; an old file without one is as old as its last line.

    Raises InputError for a day to come: how old such evidence is nobody knows.
    """
    from seawall.core.errors import InputError

    try:
        day = date.fromisoformat(created)
    except ValueError:
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    if day > today:
        raise InputError(
            f"{path}:1: created: {day} is to come; today is {today}.",
            hint="Correct the clock of the machine that attacked, and attack again.",
        )
    return day
