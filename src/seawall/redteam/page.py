"""The result of a run as one HTML file, without script or outside parts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from seawall.catalog.model import ProbeCard
from seawall.core.html import environment, style_hash
from seawall.core.trials import Attempt
from seawall.redteam.comparing import HARMLESS, harmless_side, side_of
from seawall.redteam.coverage import Coverage
from seawall.redteam.findings import findings, matrix
from seawall.redteam.measure import Tallies
from seawall.redteam.rows import Head
from seawall.redteam.stopping import honest_side
from seawall.redteam.transcripts import Transcript
from seawall.redteam.verdicts import Judged

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 200


def render(
    head: Head,
    rows: Iterable[Attempt],
    cards: Mapping[str, ProbeCard],
    transcripts: Mapping[str, Transcript],
    style: str,
    judged: Sequence[Judged] = (),
    covered: Coverage | None = None,
) -> str:
    """Return the page. `style` is the reports' CSS. At most 200 findings are shown in full.

    `rows` are read several times, and only successes are kept.
    """
    found = findings(head, rows, cards, judged)
    # The worst first: what most variants of a probe have in common stands together.
    counts = Counter(one.probe for one in found if one.probe in cards)
    found.sort(key=lambda one: (one.false, -counts[one.probe], one.attempt))
    table, tallies = matrix(rows, cards), Tallies(rows)
    bounded = side_of if head.stop is None else lambda tally: honest_side(side_of(tally))
    names = {name: one for name, one in tallies.probes.items() if name != HARMLESS}
    return (
        environment(TEMPLATES)
        .get_template("attack.html.j2")
        .render(
            head=head,
            found=found[:SHOWN],
            more=max(0, len(found) - SHOWN),
            total=len(found),
            probes=[(name, bounded(tally)) for name, tally in names.items()],
            titles={name: cards[name].title if name in cards else name for name in names},
            matrix=table,
            open=sum(one.count.total() - one.n for one in names.values()),
            judged=head.audit.corrected(tallies.judged) if head.audit else None,
            harmless=harmless_side(tallies),
            covered=covered if set(names) & set(cards) else None,
            strategies=sorted({name for cells in table.values() for name in cells}),
            transcripts=transcripts,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=style_hash(style),
        )
    )
