"""What is said before a run whose probes stop once they are decided."""

from collections.abc import Sequence

import typer

from seawall.catalog.model import ProbeCard
from seawall.cli._output import print_table
from seawall.redteam.stopping import ahead


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
