"""The demo's result as a table for the terminal."""

from rich.console import Console
from rich.table import Table

from seawall.core.register import PitfallRow, Register
from seawall.core.trials import HarmlessOutcome, HarmlessResult
from seawall.demo.names import SIMULATED_LABEL
from seawall.govern.gate import GateResult

_STYLE = {
    "tested": "green",
    "failed": "red",
    "not tested": "yellow",
    "not shown": "yellow",
    "unverified": "yellow",
}


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if value >= 0.095 or value == 0 else f"{100 * value:.1f} %"


def _row(row: PitfallRow) -> tuple[str, ...]:
    lost = row.off.errors + row.off.unscored + row.on.errors + row.on.unscored
    status = row.status if not lost else f"UNKNOWN ({lost} not scored)"
    style = "yellow" if lost else _STYLE.get(row.status, "")
    return (
        row.title,
        row.category,
        str(row.on.n),
        _share(row.off.asr) if row.off.n else "–",
        f"{_share(row.on.asr)} [{_share(row.on.low)}, {_share(row.on.high)}]" if row.on.n else "–",
        ", ".join(row.controls),
        f"[{style}]{status}[/{style}]" if style else status,
    )


def table(register: Register) -> Table:
    """Return one row a pitfall: tries, ASR off, ASR on with its 95% interval, control, status."""
    title = f"{register.title}: attacks without and with Seawall ({register.model})"
    shown = Table(title=title, title_justify="left", header_style="bold")
    for name, side in (
        ("Pitfall", "left"), ("Category", "left"), ("Tried", "right"), ("ASR off", "right"),
        ("ASR on [95%]", "right"), ("Control", "left"), ("Status", "left"),
    ):  # fmt: skip
        shown.add_column(name, justify="right" if side == "right" else "left", overflow="fold")
    for row in register.pitfalls:
        shown.add_row(*_row(row))
    return shown


def harmless_line(results: tuple[HarmlessResult, ...]) -> str:
    """Return one sentence on the harmless traffic."""
    counts = {o: sum(r.outcome is o for r in results) for o in HarmlessOutcome}
    hit = counts[HarmlessOutcome.BLOCKED] + counts[HarmlessOutcome.ALTERED]
    share = 100 * hit / len(results) if results else 0.0
    failed = counts[HarmlessOutcome.ERROR]
    unknown = f", {failed} UNKNOWN (errors)" if failed else ""
    return (
        f"Harmless traffic: {hit} of {len(results)} conversations blocked or altered "
        f"({share:.1f} %){unknown}."
    )


def show(
    console: Console, register: Register, gate: GateResult, results: tuple[HarmlessResult, ...]
) -> None:
    """Print table, harmless share, loss, coverage and the gate's reasons."""
    console.print(table(register))
    console.print(harmless_line(results), highlight=False)
    console.print(
        f"Coverage: {100 * register.coverage:.1f} % of the model's traffic passed the gateway.",
        highlight=False,
    )
    console.print(
        f"Yearly loss, P95: {register.inherent.p95:,.0f} {register.currency} inherent, "
        f"{register.residual.p95:,.0f} {register.currency} residual.",
        highlight=False,
    )
    if SIMULATED_LABEL in register.model:
        console.print(
            "A simulated model obeys everything; a real one refuses some of it by itself.",
            highlight=False,
        )
    console.print("[green]Gate: passed[/green]" if gate.passes else "[red]Gate: failed[/red]")
    for reason in gate.reasons:
        named = reason.subject in reason.sentence
        shown = reason.sentence if named else f"{reason.subject}: {reason.sentence}"
        console.print(f"  {shown}", highlight=False, markup=False)
