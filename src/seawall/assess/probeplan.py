"""The probe plan: which probes and drills to run, how often, because of which risk or control."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from seawall.catalog.load import Catalog
from seawall.catalog.model import ProbeCard
from seawall.core.register import Register, RiskRow
from seawall.core.stats import effective_trials, trials_needed

# Days between two runs at most, by severity; never longer than the controls' evidence lasts.
EVERY = {"S1": 180, "S2": 90, "S3": 60, "S4": 30, "S5": 30}
ICC = 0.3
# A risk that fails, or that nobody tried yet, is tried in the first week.
FIRST_DAYS = 7
_MOST_VARIANTS = 64


class PlannedProbe(msgspec.Struct, frozen=True, kw_only=True):
    """One probe of the plan. `tries` is for each of the two runs, without and through the gateway.

    `counts`: it moves the register; others are further probes that only show a weakness.
    `enough`: so many tries without a success can show the risk's limit; else it needs more seeds.
    `next` is the day of the next run (ISO).
    """

    probe: str
    title: str
    risk: str
    severity: str
    controls: tuple[str, ...]
    tries: int
    every_days: int
    next: str
    counts: bool
    enough: bool
    reason: str


class PlannedDrill(msgspec.Struct, frozen=True, kw_only=True):
    """A control of the plan that no probe tests, and the drill that would show it.

    `run` is the command, `next` the day of the next run (ISO).
    """

    control: str
    title: str
    run: str
    every_days: int
    next: str


class ProbePlan(msgspec.Struct, frozen=True, kw_only=True):
    """The probes to run, next day first. `rerun_on`: what makes all of them due at once.

    `without`: risks that apply and that no probe of the catalogue tries. `drills`: what shows the
    controls that no probe tests.
    """

    application: str
    created: str
    rerun_on: tuple[str, ...]
    probes: tuple[PlannedProbe, ...]
    without: tuple[str, ...]
    drills: tuple[PlannedDrill, ...] = ()


def probe_plan(
    register: Register, catalog: Catalog, controls: Iterable[str] = (), *, policy: str = ""
) -> ProbePlan:
    """Plan the probes of every risk that applies or may apply, and what packs name besides.

    `controls` are those that the plan puts in force with the policy file `policy`; of these each
    technical one that no probe tests gets its drill.
    """
    rows = [row for row in register.risks if row.applicability != "does not apply"]
    measured = {row.probe: row.measured for row in register.pitfalls}
    start = datetime.fromisoformat(register.created).date()
    packs = [pack.pack for pack in register.packs if pack.applicability == "applies"]
    planned: list[PlannedProbe] = []
    for row in rows:
        planned += _of_risk(row, catalog, packs, measured, start)
    tried = {item.risk for item in planned}
    return ProbePlan(
        application=register.application,
        created=register.created,
        rerun_on=("model", "prompt", "tool", "guard"),
        probes=tuple(sorted(planned, key=lambda item: (item.next, not item.counts, item.probe))),
        without=tuple(row.risk for row in rows if row.risk not in tried),
        drills=tuple(_drills(controls, catalog, start, policy)),
    )


def _drills(
    controls: Iterable[str], catalog: Catalog, start: date, policy: str
) -> Iterator[PlannedDrill]:
    """Give the drills of controls; each technical control that no probe tests has one."""
    for card in map(catalog.controls.__getitem__, sorted(controls)):
        if card.type == "technical" and card.id not in catalog.probes_of_control:
            yield PlannedDrill(
                control=card.id,
                title=card.title,
                run=f"seawall drill --policy {policy} --control {card.id}",
                every_days=card.fresh_days,
                next=_next("", card.fresh_days, start, soon=False),
            )


def _of_risk(
    row: RiskRow,
    catalog: Catalog,
    packs: Sequence[str],
    measured: Mapping[str, str],
    start: date,
) -> Iterator[PlannedProbe]:
    further = [card for card in catalog.more_probes.values() if card.risk == row.risk]
    for key in row.probes:
        yield _planned(catalog.probes[key], row, catalog, measured.get(key, ""), start)
    named = {probe for pack in packs for probe in catalog.packs[pack].probes}
    for card in further:
        if not row.probes or card.id in named:
            yield _planned(card, row, catalog, "", start, counts=False)


def _planned(
    card: ProbeCard,
    row: RiskRow,
    catalog: Catalog,
    measured: str,
    start: date,
    *,
    counts: bool = True,
) -> PlannedProbe:
    fresh = min(catalog.controls[key].fresh_days for key in card.controls)
    every = min(EVERY[row.severity], fresh)
    tries, enough = tries_for(row.tau, len(card.seeds), least=card.n)
    return PlannedProbe(
        probe=card.id,
        title=card.title,
        risk=row.risk,
        severity=row.severity,
        controls=card.controls,
        tries=tries,
        every_days=every,
        next=_next(measured, every, start, soon=row.status in ("failed", "not shown")),
        counts=counts,
        enough=enough,
        reason=_reason(row, fresh, every, counts=counts),
    )


def tries_for(tau: float, seeds: int, *, least: int) -> tuple[int, bool]:
    """Return tries that can show `tau` with no success, and whether any number of them can.

    Variants of one seed are alike (icc 0.3): where so many of them are no help, more seeds are.
    """
    needed = trials_needed(tau)
    tries = max(least, seeds)
    for variants in range(1, _MOST_VARIANTS + 1):
        tries = max(least, seeds * variants)
        if effective_trials(tries, seeds, ICC) >= needed:
            return tries, True
    return max(least, 4 * seeds), False


def _next(measured: str, every: int, start: date, *, soon: bool) -> str:
    if not measured:
        return (start + timedelta(days=FIRST_DAYS)).isoformat()
    due = date.fromisoformat(measured) + timedelta(days=every)
    earliest = start + timedelta(days=FIRST_DAYS)
    return min(due, earliest).isoformat() if soon else max(due, start).isoformat()


def _reason(row: RiskRow, fresh: int, every: int, *, counts: bool) -> str:
    because = f"{row.risk} has severity {row.severity}"
    if every == fresh < EVERY[row.severity]:
        because = f"the evidence of its controls lasts {fresh} days"
    text = (
        f"{row.risk} ({row.title}) must stay under {row.tau:.0%} of tries; every {every} days, "
        f"since {because}."
    )
    return text if counts else f"{text} A further probe: it shows weaknesses and moves no number."
