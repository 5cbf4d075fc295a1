"""Print what would move the yearly loss most: answers, controls, tests."""

from typing import TYPE_CHECKING

import typer

from seawall.cli._output import print_table

if TYPE_CHECKING:
    from seawall.core.register import Levers

_SHOWN = 6


def print_levers(levers: "Levers", currency: str) -> None:
    """Print the six that move most of each kind; all of them stand in the JSON."""
    typer.echo(
        f"What would move the P95, {levers.p95:,.0f} {currency} a year with the controls in place "
        f"today (of {levers.draws:,} simulated years, so not quite the number above):"
    )
    _print_facts(levers, currency)
    _print_controls(levers, currency)
    _print_tests(levers, currency)
    for note in levers.notes:
        typer.echo(f"Note: {note}")


def _print_facts(levers: "Levers", currency: str) -> None:
    if levers.facts:
        print_table(
            ("question", "fact", "answer", "best answer", "P95", "worst answer", "P95"),
            [
                (f.question, f.fact, f.now, f.best, f"{f.p95_best:,.0f}", f.worst,
                 f"{f.p95_worst:,.0f}")
                for f in levers.facts[:_SHOWN]
            ],
            title=f"Answers ({currency} a year)",
        )  # fmt: skip


def _print_controls(levers: "Levers", currency: str) -> None:
    if levers.controls:
        print_table(
            ("control", "title", "in place", "takes off P95", "off ALE", "cost", "return", "basis"),
            [
                (c.control, c.title, "yes" if c.in_place else "no", f"{c.p95_fall:,.0f}",
                 f"{c.ale_fall:,.0f}", f"{c.cost:,.0f}", f"{c.rosi:,.1f}", c.basis)
                for c in levers.controls[:_SHOWN]
            ],
            title=f"Controls ({currency} a year; return is (fall of ALE - cost) / cost)",
        )  # fmt: skip


def _print_tests(levers: "Levers", currency: str) -> None:
    if levers.tests:
        print_table(
            ("probe", "risk", "run", "tries", "hours", "P95 falls", "chance", "worth an hour"),
            [
                (t.probe, t.risk, t.through, str(t.tries), f"{t.hours:g}", f"{t.fall:,.0f}",
                 f"{t.chance:.0%}", f"{t.per_hour:,.0f}")
                for t in levers.tests[:_SHOWN]
            ],
            title=f"Next tests ({currency}; P95 falls if no try succeeds, which has this chance)",
        )  # fmt: skip
