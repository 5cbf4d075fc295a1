"""What is said before a run: what it can show, and when its probes stop."""

from collections.abc import Sequence

import typer

from seawall.catalog.model import ProbeCard
from seawall.cli._output import print_table
from seawall.govern.words import plural
from seawall.redteam.power import what_shows
from seawall.redteam.stopping import ahead


def tell_power(cards: Sequence[ProbeCard], n: int | None) -> None:
    """Say on standard error what the run can show; `--dry-run` says it of each probe."""
    shows = [what_shows(card, n, len(cards)) for card in cards]
    bounds = sorted(one.ucb95_at_zero for one in shows)
    falls = sorted(one.least_fall for one in shows if one.least_fall is not None)
    compared = f"a fall of its ASR shows from {_span(falls)} on" if falls else "no fall shows"
    if 0 < len(falls) < len(shows):
        compared += f", in {len(falls)} of them"
    typer.echo(
        f"{plural(sum(one.attempts for one in shows), 'attempt')} of "
        f"{plural(len(shows), 'probe')}. If none of a probe's succeeds, its UCB95 is "
        f"{_span(bounds)}; compared with a second run, {compared} (80% power, 5% over all "
        "probes). Of each probe: --dry-run.",
        err=True,
    )


def _span(rates: Sequence[float]) -> str:
    low, high = f"{rates[0]:.1%}", f"{rates[-1]:.1%}"
    return low if low == high else f"{low} to {high}"


def tell_ahead(cards: Sequence[ProbeCard], n: int | None, limit: float) -> None:
    """Say when each probe can stop, and what it can show. `limit` is the rate allowed (0 to 1)."""
    shows = [ahead(card, n, limit) for card in cards]
    print_table(
        ("probe", "passes after", "fails after", f"passes if {limit / 4:.1%} is true",
         "sends then"),
        [
            (one.probe, one.pass_after or "never", one.fail_after or "never",
             f"{one.passes_at_quarter:.0%}", f"{one.mean_at_quarter:.0f}")
            for one in shows
        ],
        f"Each probe stops once it is surely below or above {limit:.1%}",
    )  # fmt: skip
    if never := sum(one.pass_after is None for one in shows):
        typer.echo(f"{never} probes cannot pass with so few attempts: raise --n.")
