"""Files of attempts as results of probes: with and without the gateway, with their age."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seawall.core.register import AttackRun
    from seawall.core.trials import Attempt, HarmlessResult, ProbeResult
    from seawall.redteam.rows import Head

LAB = "lab"


class Measured(NamedTuple):
    """Pairs of results (without the gateway, with it or None), and days since, by probe.

    `harmless` are the conversations that went through the gateway, `runs` what each file is about.
    """

    pairs: "list[tuple[ProbeResult, ProbeResult | None]]"
    ages: dict[str, float]
    harmless: "tuple[HarmlessResult, ...]" = ()
    runs: "tuple[AttackRun, ...]" = ()


def measured(paths: Sequence[Path], today: date) -> Measured:
    """Read what `seawall attack --out` wrote. Raises InputError."""
    from seawall.catalog.load import load_catalog
    from seawall.core.errors import InputError
    from seawall.core.trials import Mode
    from seawall.redteam.arm import results
    from seawall.redteam.comparing import HARMLESS
    from seawall.redteam.measure import Tallies
    from seawall.redteam.rows import open_rows

    scored = load_catalog().probes
    tallies = {Mode.OFF: Tallies(), Mode.ON: Tallies()}
    talks: dict[Mode, dict[str, Attempt]] = {Mode.OFF: {}, Mode.ON: {}}
    ages: dict[str, float] = {}
    runs: list[AttackRun] = []
    for path in paths:
        head, rows = open_rows(path)
        head.whole(path)
        day = _day(path, head.created, today)
        age, attempts = float((today - day).days), 0
        for row in rows:
            attempts += 1
            # Further probes, saved cases and other tools' probes move no risk.
            if row.probe == HARMLESS:
                talks[head.mode][row.id] = row
            elif row.probe in scored:
                tallies[head.mode].add(row)
                ages[row.probe] = max(age, ages.get(row.probe, 0.0))
        runs.append(_run(head, day, attempts))
    off, on = (tallies[mode].results() for mode in (Mode.OFF, Mode.ON))
    if alone := sorted(set(on) - set(off)):
        raise InputError(
            f"{', '.join(alone)}: tried through the gateway only.",
            hint="Attack without the gateway too: that is what it is compared with.",
        )
    pairs = [(result, on.get(probe)) for probe, result in off.items()]
    held = results(talks[Mode.ON].values(), talks[Mode.OFF].values())
    return Measured(pairs, ages, held, tuple(runs))


def _run(head: "Head", day: date, attempts: int) -> "AttackRun":
    from seawall.core.register import AttackRun
    from seawall.demo.names import SIMULATED_MODEL

    return AttackRun(
        run=head.run, target=head.target, model=head.model, mode=head.mode, day=day.isoformat(),
        attempts=attempts, simulated=head.target == LAB or head.model == SIMULATED_MODEL,
        lab=head.target == LAB or head.target.startswith(f"{LAB}:"),
    )  # fmt: skip


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
