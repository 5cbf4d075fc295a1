"""Compare two runs of the same attempts: off and on, or before a change and after it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec

from seawall.core.stats import effective_trials
from seawall.core.trials import Attempt, AttemptOutcome
from seawall.redteam.measure import SCORED, interval
from seawall.redteam.paired import holm, mcnemar, newcombe_paired, wilson

HARMLESS = "harmless"
ICC = 0.3
_DISTURBED = (AttemptOutcome.BLOCKED, AttemptOutcome.REFUSED)


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One run's part: `hits` of `n` scored attempts; rates from 0 to 1, intervals of 95%.

    A hit is an attack that succeeded, or a harmless conversation that was blocked or refused.
    `any_rate` is the share of payloads that hit at least once in their k attempts: what somebody
    who keeps trying gets. `any_low` and `any_high` are Wilson's. Nothing scored: `ucb95` is 1.
    """

    n: int
    hits: int
    errors: int
    unscored: int
    rate: float
    low: float
    high: float
    ucb95: float
    payloads: int
    any_rate: float
    any_low: float
    any_high: float


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What changed for one probe. `difference` is first rate - second rate over the `pairs`.

    `low` and `high` are Newcombe's, `p` McNemar's exact value by payload, `p_holm` the same
    adjusted for all probes of the comparison. Without pairs: difference 0, interval -1 to 1, p 1.
    """

    probe: str
    first: Side
    second: Side
    pairs: int
    difference: float
    low: float
    high: float
    p: float
    p_holm: float = 1.0


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All probes that either run holds, and the harmless arm where both hold it."""

    probes: tuple[Change, ...]
    harmless: Change | None = None


Hit = Callable[[Attempt], bool]


def _succeeded(row: Attempt) -> bool:
    return row.outcome is AttemptOutcome.COMPLIED


def _disturbed(row: Attempt) -> bool:
    return row.outcome in _DISTURBED


def side(rows: Sequence[Attempt], hit: Hit = _succeeded) -> Side:
    """Count one run's rows of one probe."""
    scored = [row for row in rows if row.outcome in SCORED]
    clusters = {row.cluster for row in scored}
    reached = {row.cluster for row in scored if hit(row)}
    n, hits = len(scored), sum(hit(row) for row in scored)
    low, high, ucb95 = 0.0, 1.0, 1.0
    if n:
        low, high, ucb95 = interval(hits, n, effective_trials(n, len(clusters), ICC))
    any_low, any_high = wilson(len(reached), len(clusters))
    return Side(
        n=n,
        hits=hits,
        errors=sum(row.outcome is AttemptOutcome.ERROR for row in rows),
        unscored=sum(row.outcome is AttemptOutcome.UNSCORED for row in rows),
        rate=hits / n if n else 0.0,
        low=low,
        high=high,
        ucb95=ucb95,
        payloads=len(clusters),
        any_rate=len(reached) / len(clusters) if clusters else 0.0,
        any_low=any_low,
        any_high=any_high,
    )


def harmless_side(rows: Sequence[Attempt]) -> Side:
    """Count one run's harmless conversations; a hit was blocked or refused."""
    return side(rows, _disturbed)


def _change(probe: str, first: list[Attempt], second: list[Attempt], hit: Hit) -> Change:
    later = {row.id: row for row in second if row.outcome in SCORED}
    pairs = [
        (row.cluster, hit(row), hit(later[row.id]))
        for row in first
        if row.outcome in SCORED and row.id in later
    ]
    by_payload: defaultdict[str, int] = defaultdict(int)
    for cluster, before, after in pairs:
        by_payload[cluster] += before - after
    cells = [(before, after) for _, before, after in pairs]
    stopped, started = cells.count((True, False)), cells.count((False, True))
    both, neither = cells.count((True, True)), cells.count((False, False))
    n_effective = effective_trials(len(pairs), len(by_payload), ICC)
    low, high = newcombe_paired(both, stopped, started, neither, n_effective)
    return Change(
        probe=probe,
        first=side(first, hit),
        second=side(second, hit),
        pairs=len(pairs),
        difference=(stopped - started) / len(pairs) if pairs else 0.0,
        low=low,
        high=high,
        p=mcnemar(list(by_payload.values())),
    )


def _grouped(rows: Iterable[Attempt]) -> dict[str, list[Attempt]]:
    groups: defaultdict[str, list[Attempt]] = defaultdict(list)
    for row in rows:
        groups[row.probe].append(row)
    return dict(groups)


def compare(first: Iterable[Attempt], second: Iterable[Attempt]) -> Comparison:
    """Pair the attempts of two runs by id. Attempts scored in one run only count on its side."""
    one, other = _grouped(first), _grouped(second)
    names = [name for name in dict.fromkeys((*one, *other)) if name != HARMLESS]
    changes = [_change(name, one.get(name, []), other.get(name, []), _succeeded) for name in names]
    adjusted = holm([change.p for change in changes])
    probes = tuple(
        msgspec.structs.replace(change, p_holm=p)
        for change, p in zip(changes, adjusted, strict=True)
    )
    if HARMLESS not in one and HARMLESS not in other:
        return Comparison(probes=probes)
    harmless = _change(HARMLESS, one.get(HARMLESS, []), other.get(HARMLESS, []), _disturbed)
    return Comparison(probes=probes, harmless=msgspec.structs.replace(harmless, p_holm=harmless.p))


def unscored(comparison: Comparison) -> bool:
    """Tell whether nothing of the second run can be judged."""
    return not any(change.second.n for change in comparison.probes)


def failures(
    comparison: Comparison, *, max_asr: float | None = None, max_overblock: float | None = None
) -> list[str]:
    """Return a sentence for each gate that the second run fails.

    A gate holds only where the one-sided 95% bound is within the limit and nothing ended in an
    error or without a verdict.
    """
    found = []
    if max_asr is not None:
        found = [
            f"{change.probe}: {reason}"
            for change in comparison.probes
            if (reason := _above(change.second, max_asr))
        ]
    if max_overblock is not None:
        arm = comparison.harmless
        reason = _above(arm.second, max_overblock) if arm else "the second run holds none"
        if reason:
            found.append(f"harmless conversations: {reason}")
    return found


def _above(part: Side, limit: float) -> str:
    if part.n == 0:
        return "nothing was scored"
    if part.errors or part.unscored:
        return f"{part.errors} errors, {part.unscored} without a verdict"
    if part.ucb95 > limit:
        return f"{part.hits} of {part.n}, at most {part.ucb95:.1%}; allowed {limit:.1%}"
    return ""
