"""What would move the yearly loss most, as the report's tables."""

from seawall.core.register import ControlLever, FactLever, Register, TestLever
from seawall.govern.context import LeverLine, LeverTable
from seawall.govern.words import money, percent, plain

SHOWN = 6


def tables(register: Register) -> tuple[LeverTable, ...]:
    """Return the six largest levers of each kind; none where nobody asked for them."""
    found = register.levers
    if found is None:
        return ()
    unit = plain(register.currency)
    made = (
        LeverTable(
            title=f"Answers, {unit} a year",
            columns=("Fact", "Answer today", "P95 with the best answer", "With the worst"),
            lines=tuple(_fact(lever) for lever in found.facts[:SHOWN]),
        ),
        LeverTable(
            title=f"Controls, {unit} a year",
            columns=("Control", "In place", "Takes off P95", "Return"),
            lines=tuple(_control(lever) for lever in found.controls[:SHOWN]),
        ),
        LeverTable(
            title=f"Next tests, {unit}",
            columns=("Probe", "Run", "P95 falls if no try succeeds", "Worth"),
            lines=tuple(_test(lever) for lever in found.tests[:SHOWN]),
        ),
    )
    return tuple(table for table in made if table.lines)


def notes(register: Register) -> tuple[str, ...]:
    """Return what the tables cannot say."""
    return () if register.levers is None else tuple(plain(n) for n in register.levers.notes)


def _fact(lever: FactLever) -> LeverLine:
    return LeverLine(
        id=plain(lever.question),
        name=plain(lever.fact),
        now=plain(lever.now),
        effect=f"{money(lever.p95_best)} ({plain(lever.best)})",
        note=f"{money(lever.p95_worst)} ({plain(lever.worst)})",
    )


def _control(lever: ControlLever) -> LeverLine:
    back = f"{lever.rosi:,.1f} times its cost of {money(lever.cost)}" if lever.cost else "no cost"
    return LeverLine(
        id=plain(lever.control),
        name=plain(lever.title),
        now="yes" if lever.in_place else "no",
        effect=f"{money(lever.p95_fall)}, ALE {money(lever.ale_fall)} ({lever.basis})",
        note=back,
    )


def _test(lever: TestLever) -> LeverLine:
    return LeverLine(
        id=plain(lever.probe),
        name=plain(lever.title),
        now=f"{lever.through}, {lever.tries} tries, about {lever.hours:g} h",
        effect=f"{money(lever.fall)}, with a chance of {percent(lever.chance)}",
        note=f"{money(lever.per_hour)} an hour",
    )
