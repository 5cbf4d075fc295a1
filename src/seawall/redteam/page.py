"""The result of a run as one HTML file, without script or outside parts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from seawall.catalog.model import ProbeCard
from seawall.core.html import environment, style_hash
from seawall.core.trials import Attempt
from seawall.redteam.comparing import HARMLESS, harmless_side, side
from seawall.redteam.findings import findings, matrix
from seawall.redteam.measure import SCORED
from seawall.redteam.rows import Head
from seawall.redteam.stopping import honest_side
from seawall.redteam.transcripts import Transcript
from seawall.redteam.verdicts import Judged

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 200


def render(
    head: Head,
    rows: Sequence[Attempt],
    cards: Mapping[str, ProbeCard],
    transcripts: Mapping[str, Transcript],
    style: str,
    judged: Sequence[Judged] = (),
) -> str:
    """Return the page. `style` is the reports' CSS. At most 200 findings are shown in full."""
    found = findings(head, rows, cards, judged)
    # The worst first: what most variants of a probe have in common stands together.
    counts = {name: sum(one.probe == name for one in found) for name in cards}
    found.sort(key=lambda one: (one.false, -counts.get(one.probe, 0), one.attempt))
    table = matrix(rows, cards)
    bounded = side if head.stop is None else lambda part: honest_side(side(part))
    names = dict.fromkeys(row.probe for row in rows if row.probe != HARMLESS)
    return (
        environment(TEMPLATES)
        .get_template("attack.html.j2")
        .render(
            head=head,
            found=found[:SHOWN],
            more=max(0, len(found) - SHOWN),
            total=len(found),
            probes=[(name, bounded([r for r in rows if r.probe == name])) for name in names],
            titles={name: cards[name].title if name in cards else name for name in names},
            matrix=table,
            open=sum(row.probe != HARMLESS and row.outcome not in SCORED for row in rows),
            judged=head.audit.corrected(rows) if head.audit else None,
            harmless=harmless_side([row for row in rows if row.probe == HARMLESS]),
            untested=_untested(rows, cards) if set(names) & set(cards) else [],
            strategies=sorted({name for cells in table.values() for name in cells}),
            transcripts=transcripts,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=style_hash(style),
        )
    )


def _untested(rows: Sequence[Attempt], cards: Mapping[str, ProbeCard]) -> list[str]:
    """Return the risks that have probes, of which none was scored in this run."""
    scored = {row.probe for row in rows if row.outcome in SCORED}
    seen = {card.risk for name, card in cards.items() if name in scored}
    return sorted({card.risk for card in cards.values()} - seen)
