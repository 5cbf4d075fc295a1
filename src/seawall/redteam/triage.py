"""Findings of one or several runs, put together: one fault each, with its history and verdict."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.core.errors import InputError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.comparing import HARMLESS
from seawall.redteam.findings import reproducer
from seawall.redteam.measure import SCORED
from seawall.redteam.rows import Head
from seawall.redteam.verdicts import Judged, fault_id

Run = tuple[Head, Iterable[Attempt]]
_Tried = list[tuple[Head, Counter[str]]]
State = Literal["new", "known", "gone", "back", "not tried again"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Attacks that succeeded in one way: same probe, same effect, gateway or not.

    `id` stays the same in later runs. `seeds` and `strategies` count successes; `attempts` are the
    newest ids, those without a disguise first, of `tried` scored attempts of the probe in that run.
    `state` compares the last run of the same mode with those before it; `gone` needs the probe to
    have been scored again. `reproduce` repeats the first attempt.
    """

    id: str
    probe: str
    title: str
    risk: str
    mode: Mode
    evidence: str
    controls: tuple[str, ...]
    seeds: dict[str, int]
    strategies: dict[str, int]
    attempts: tuple[str, ...]
    tried: int
    first_seen: str
    last_seen: str
    runs: int
    state: State
    reproduce: str
    judged: Judged | None = None

    @property
    def disguise(self) -> str:
        """The disguises it needs: none where it succeeded plainly."""
        return "none" if "plain" in self.strategies else ", ".join(self.strategies)

    @property
    def false(self) -> bool:
        """Whether a person called it no finding."""
        return self.judged is not None and self.judged.verdict == "false"

    @property
    def verdict(self) -> str:
        """A person's word for people to read; empty where nobody judged."""
        return "" if self.judged is None else self.judged.told


def faults(
    runs: Sequence[Run], cards: Mapping[str, ProbeCard], judged: Iterable[Judged] = ()
) -> list[Fault]:
    """Return the faults of runs in the order of time; the newest run's most frequent ones first.

    A probe's attempts that only errors or unscored ones met are not "gone".
    """
    words = {one.finding: one for one in judged}
    found: dict[str, dict[int, list[Attempt]]] = {}
    tried: _Tried = []
    for number, (head, rows) in enumerate(runs):
        tried.append((head, Counter()))
        for row in rows:
            tried[-1][1][row.probe] += row.outcome in SCORED
            if row.outcome is AttemptOutcome.COMPLIED and row.probe != HARMLESS:
                name = fault_id(row.probe, head.mode, row.reason)
                found.setdefault(name, {}).setdefault(number, []).append(row)
    made = [_fault(name, seen, tried, cards, words.get(name)) for name, seen in found.items()]
    order = {"back": 0, "new": 0, "known": 0, "not tried again": 1, "gone": 2}
    return sorted(made, key=lambda one: (order[one.state], -len(one.attempts), one.probe, one.id))


def _fault(
    name: str, seen: Mapping[int, list[Attempt]], tried: _Tried,
    cards: Mapping[str, ProbeCard], judged: Judged | None,
) -> Fault:  # fmt: skip
    newest = max(seen)
    rows = sorted(seen[newest], key=lambda row: (row.strategy != "plain", row.id))
    head, probe = tried[newest][0], rows[0].probe
    card = cards.get(probe)
    return Fault(
        id=name,
        probe=probe,
        title=card.title if card else probe,
        risk=card.risk if card else "",
        mode=head.mode,
        evidence=rows[0].reason,
        controls=card.controls if card else (),
        seeds=_counted(row.cluster for row in rows),
        strategies=_counted(row.strategy for row in rows),
        attempts=tuple(row.id for row in rows),
        tried=tried[newest][1][probe],
        first_seen=tried[min(seen)][0].created,
        last_seen=head.created,
        runs=len(seen),
        state=_state(sorted(seen), tried, probe, head.mode),
        reproduce=reproducer(head, probe, rows[0].id),
        judged=judged,
    )


def _state(seen: list[int], runs: _Tried, probe: str, mode: Mode) -> State:
    """Compare the last run of a mode with those before it; `seen` are numbers of runs."""
    alike = [number for number, run in enumerate(runs) if run[0].mode is mode]
    tried = [number for number in alike if runs[number][1][probe]]
    if seen[-1] != alike[-1]:
        return "gone" if tried[-1] == alike[-1] else "not tried again"
    if len(seen) == 1:
        return "new"
    between = any(seen[-2] < number < seen[-1] for number in tried)
    return "back" if between else "known"


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def find(known: Sequence[Fault], name: str) -> Fault:
    """Return the fault with that id. Raises InputError."""
    for one in known:
        if one.id == name:
            return one
    raise InputError(
        f"No finding {name} in these runs.", hint="`seawall attack triage` lists them."
    )
