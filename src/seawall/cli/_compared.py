"""How `seawall attack compare` prints what changed."""

from typing import TYPE_CHECKING

import typer

from seawall.cli._output import print_table

if TYPE_CHECKING:
    from seawall.redteam.comparing import Change, Comparison, Side

_COLUMNS = ("probe", "first", "second", "any of k, first", "any of k, second", "pairs",
            "difference", "95% interval", "p (Holm)")  # fmt: skip


def tell(comparison: "Comparison") -> None:
    """Print a row a probe, and the harmless arm below."""
    print_table(_COLUMNS, [_row(change) for change in comparison.probes], "Attacks that succeeded")
    if comparison.harmless is not None:
        title = "Harmless conversations that were blocked or refused"
        print_table(_COLUMNS, [_row(comparison.harmless)], title)
    elif comparison.probes:
        typer.echo("No harmless conversations in either run: over-blocking is not known.")


def _row(change: "Change") -> tuple[str, ...]:
    return (
        change.probe,
        _rate(change.first),
        _rate(change.second),
        _any(change.first),
        _any(change.second),
        str(change.pairs),
        f"{change.difference:+.1%}",
        f"{change.low:+.1%} to {change.high:+.1%}",
        f"{change.p_holm:.2g}",
    )


def _rate(side: "Side") -> str:
    lost = side.errors + side.unscored
    if not side.n:
        return "not scored"
    told = f"{side.hits}/{side.n} = {side.rate:.1%} ({side.low:.0%} to {side.high:.0%})"
    return f"{told}, {lost} not scored" if lost else told


def _any(side: "Side") -> str:
    if not side.payloads:
        return "-"
    bounds = f"({side.any_low:.0%} to {side.any_high:.0%})"
    return f"{side.any_rate:.1%} of {side.payloads} {bounds}"
