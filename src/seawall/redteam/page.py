"""The result of a run as one HTML file, without script or outside parts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from markupsafe import Markup

from seawall import __version__
from seawall.catalog.model import ProbeCard
from seawall.core.html import environment, style_hash
from seawall.core.trials import Attempt, AttemptOutcome
from seawall.redteam.comparing import HARMLESS, harmless_side, side_of
from seawall.redteam.coverage import Coverage
from seawall.redteam.findings import Cell, cell, change, matrix
from seawall.redteam.measure import Tallies
from seawall.redteam.rows import Head
from seawall.redteam.stopping import honest_side
from seawall.redteam.transcripts import Transcript
from seawall.redteam.triage import Fault, faults
from seawall.redteam.verdicts import Judged

TEMPLATES = Path(__file__).parent / "templates"
SHOWN, EXAMPLES = 200, 3


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One finding on the page: `said` are up to three of its attempts, those with a transcript
    first; `stops` is the command that writes the change of a policy, empty where there is none."""

    fault: Fault
    said: tuple[tuple[str, Transcript | None], ...]
    stops: str


def render(
    head: Head,
    rows: Iterable[Attempt],
    cards: Mapping[str, ProbeCard],
    transcripts: Mapping[str, Transcript],
    style: str,
    judged: Sequence[Judged] = (),
    covered: Coverage | None = None,
    source: str = "rows.jsonl",
) -> str:
    """Return the page. `style` is the reports' CSS, `source` the rows' file for commands. At most
    200 findings are shown in full.

    `rows` are read several times, and only successes are kept.
    """
    # The worst first: what succeeded most often; what a person called false last.
    found = sorted(faults([(head, rows)], cards, judged), key=lambda one: one.false)
    table, tallies = matrix(rows, cards), Tallies(rows)
    bounded = side_of if head.stop is None else lambda tally: honest_side(side_of(tally))
    names = {name: one for name, one in tallies.probes.items() if name != HARMLESS}
    return (
        environment(TEMPLATES)
        .get_template("attack.html.j2")
        .render(
            head=head,
            version=__version__,
            found=[_shown(head, one, transcripts, source) for one in found[:SHOWN]],
            more=max(0, len(found) - SHOWN),
            total=sum(len(one.attempts) for one in found),
            number=len(found),
            attempts=sum(one.count.total() for one in names.values()),
            probes=[(name, bounded(tally)) for name, tally in names.items()],
            titles={name: cards[name].title if name in cards else name for name in names},
            matrix=table,
            sums=_sums(table),
            open=sum(one.count.total() - one.n for one in names.values()),
            judged=head.audit.corrected(tallies.judged) if head.audit else None,
            harmless=harmless_side(tallies),
            stopped=stopped_by(rows).most_common(),
            covered=covered if set(names) & set(cards) else None,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=style_hash(style),
        )
    )


def stopped_by(rows: Iterable[Attempt]) -> Counter[str]:
    """Count the blocked attacks of each control that the rows name; one may name several."""
    return Counter(
        control
        for row in rows
        if row.outcome is AttemptOutcome.BLOCKED and row.probe != HARMLESS
        for control in row.controls
    )


def _shown(head: Head, fault: Fault, said: Mapping[str, Transcript], source: str) -> Shown:
    names = sorted(fault.attempts, key=lambda name: name not in said)[:EXAMPLES]
    return Shown(
        fault=fault,
        said=tuple((name, said.get(name)) for name in names),
        stops=change(head, source, fault.id),
    )


def _sums(table: Mapping[str, Mapping[str, Cell]]) -> dict[str, Cell]:
    """Return what each strategy comes to over all risks, the strongest strategy first."""
    groups: defaultdict[str, list[Cell]] = defaultdict(list)
    for cells in table.values():
        for name, one in cells.items():
            groups[name].append(one)
    sums = {
        name: cell(
            sum(one.complied for one in group), sum(one.scored for one in group),
            sum(one.unknown for one in group), sum(one.payloads for one in group),
        )
        for name, group in groups.items()
    }  # fmt: skip
    order = sorted(sums, key=lambda name: _strength(name, sums[name]))
    return {name: sums[name] for name in order}


def _strength(name: str, one: Cell) -> tuple[float, int, str]:
    return -one.complied / max(1, one.scored), -one.scored, name
