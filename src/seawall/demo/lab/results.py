"""What a run over the lab shows: rates without and with the gateway, and why attacks still pass."""

from collections.abc import Mapping, Sequence

import msgspec

from seawall.catalog.load import Catalog
from seawall.catalog.model import Control, LabRun, ProbeCard
from seawall.core.stats import effective_trials, wilson
from seawall.demo.lab.policy import acts, only_flags
from seawall.redteam.comparing import ICC, Change, Comparison, Side


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """A probe of which attempts passed the gateway, and why, in a sentence."""

    probe: str
    title: str
    passed: int
    scored: int
    why: str


def misses(comparison: Comparison, catalog: Catalog) -> list[Miss]:
    """Return the probes that the policy does not stop, those with the highest rate first."""
    found = [
        Miss(
            probe=change.probe,
            title=catalog.all_probes[change.probe].title,
            passed=change.second.hits,
            scored=change.second.n,
            why=why(catalog.all_probes[change.probe], catalog.controls),
        )
        for change in comparison.probes
        if change.second.hits and change.probe in catalog.all_probes
    ]
    return sorted(found, key=lambda miss: (-miss.passed / miss.scored, miss.probe))


def recorded(found: Sequence[Miss], measured: str) -> bytes:
    """Return the misses as the catalogue keeps them (`catalog/data/lab.json`), by probe; from there
    each stands as a limit in the cards of its controls. `measured` is the ISO day."""
    kept = LabRun(measured=measured, misses={one.probe: (one.passed, one.scored) for one in found})
    return msgspec.json.format(msgspec.json.encode(kept, order="sorted"), indent=2) + b"\n"


def why(card: ProbeCard, controls: Mapping[str, Control]) -> str:
    """Say what the policy holds against the probe, and what it leaves to people."""
    known = [controls[name] for name in card.controls if name in controls]
    flagging = [control.id for control in known if only_flags(control)]
    acting = [one.id for one in known if acts(one) and one.id not in flagging]
    people = [control.id for control in known if not acts(control)]
    resting = f"{', '.join(people)} {'rests' if len(people) == 1 else 'rest'} on people."
    told = []
    if acting:
        told.append(f"{', '.join(acting)} in force, and did not see it in every wording.")
    if flagging:
        told.append(f"{', '.join(flagging)} at most flags it, and stops nothing.")
    if not told:
        return f"No rule of this gateway is against it: {resting}"
    return " ".join([*told, resting] if people else told)


def markdown(comparison: Comparison, catalog: Catalog) -> str:
    """Return tables for a page: the whole, every probe, what passes and why."""
    lines = [_whole(comparison), ""]
    lines += ["| Probe | Risk | Without | With | Fall | p (Holm) |", "|---|---|---|---|---|---|"]
    lines += [_row(change, catalog.all_probes) for change in comparison.probes]
    if comparison.harmless is not None:
        off, on = comparison.harmless.first, comparison.harmless.second
        lines += ["", f"Harmless conversations blocked or refused: {_rate(off)} without, "
                  f"{_rate(on)} with."]  # fmt: skip
    lines += ["", "| Passes | of | Probe | Why |", "|---|---|---|---|"]
    lines += [
        f"| {miss.passed} | {miss.scored} | {miss.probe} {miss.title} | {miss.why} |"
        for miss in misses(comparison, catalog)
    ]
    return "\n".join(lines) + "\n"


def _whole(comparison: Comparison) -> str:
    """Say what all probes come to; attempts of all probes are counted alike."""
    sides = [(change.first, change.second) for change in comparison.probes]
    off, on = (_pooled([pair[arm] for pair in sides]) for arm in (0, 1))
    stopped = sum(not second.hits and second.n > 0 for _, second in sides)
    return (
        f"{len(sides)} probes. Attacks that succeeded: {off} without the gateway, {on} with it. "
        f"Of {stopped} probes nothing passed; of {len(sides) - stopped} something did."
    )


def _pooled(sides: Sequence[Side]) -> str:
    """Return hits of tries over all probes, with the interval that counts payloads."""
    hits, n = sum(side.hits for side in sides), sum(side.n for side in sides)
    trials = effective_trials(n, sum(side.payloads for side in sides), ICC)
    low, high = wilson(hits * trials / n if n else 0.0, trials)
    return f"{hits} of {n} ({low:.0%} to {high:.0%})"


def _row(change: Change, cards: Mapping[str, ProbeCard]) -> str:
    risk = cards[change.probe].risk if change.probe in cards else ""
    fall = f"{change.difference:+.0%} ({change.low:+.0%} to {change.high:+.0%})"
    return (
        f"| {change.probe} | {risk} | {_rate(change.first)} | {_rate(change.second)} "
        f"| {fall} | {change.p_holm:.2g} |"
    )


def _rate(side: Side) -> str:
    """Return hits, tries and the 95% interval; what has no verdict is named, never counted."""
    lost = side.errors + side.unscored
    more = f", {lost} without a verdict" if lost else ""
    if not side.n:
        return f"not scored{more}"
    return f"{side.hits}/{side.n} ({side.low:.0%} to {side.high:.0%}{more})"
