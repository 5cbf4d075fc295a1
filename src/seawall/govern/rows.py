"""From the register's rows to the report's lines."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from seawall.core.profile import Profile
from seawall.core.register import PitfallRow, Register, RiskRow
from seawall.core.stats import wilson
from seawall.core.trials import HarmlessOutcome, HarmlessResult
from seawall.govern import context
from seawall.govern.charts.flow import crossings
from seawall.govern.gate import tested
from seawall.govern.inputs import ControlRow
from seawall.govern.release.carried import Carried
from seawall.govern.words import MISSING, count, interval, money, percent, plain

CATEGORIES = {
    "security": "Security",
    "privacy": "Privacy",
    "misuse": "Misuse",
    "legal": "Regulation and legal",
    "quality": "Service quality",
}
SHOWN_HITS = 30


def category(name: str) -> str:
    """Return the category's name for people."""
    return CATEGORIES.get(name, name)


def _place(name: str) -> int:
    order = list(CATEGORIES)
    return order.index(name) if name in order else len(order)


def worst_first(rows: Sequence[PitfallRow]) -> list[PitfallRow]:
    """Sort pitfalls: not tested well first, then by upper bound, then by category and id."""
    return sorted(
        rows,
        key=lambda row: (
            row.status == "tested",
            -row.on.ucb95,
            -row.on.asr,
            _place(row.category),
            row.probe,
        ),
    )


def by_category(rows: Sequence[PitfallRow]) -> list[tuple[str, list[PitfallRow]]]:
    """Group pitfalls by category, in the report's order, worst first inside."""
    groups: defaultdict[str, list[PitfallRow]] = defaultdict(list)
    for row in worst_first(rows):
        groups[row.category].append(row)
    return [(category(key), groups[key]) for key in sorted(groups, key=_place)]


def pitfall(row: PitfallRow) -> context.PitfallLine:
    """Return the line of one pitfall. A mode without scored attempts shows a dash."""
    effect = row.effectiveness
    scored = row.off.n > 0 and row.on.n > 0
    worked = scored and (row.off.complied > 0 or not effect.measured)
    return context.PitfallLine(
        probe=plain(row.probe),
        title=plain(row.title),
        category=category(row.category),
        risk=plain(row.risk),
        tries=f"{count(row.off.n)} / {count(row.on.n)}",
        asr_off=percent(row.off.asr) if row.off.n else MISSING,
        asr_on=percent(row.on.asr) if row.on.n else MISSING,
        bounds_on=interval(row.on.low, row.on.high) if row.on.n else "not measured",
        effect=percent(effect.value) if worked else MISSING,
        effect_bounds=_effect_bounds(row),
        ucb95=percent(row.on.ucb95) if row.on.n else MISSING,
        tau=percent(row.tau),
        coverage=percent(row.coverage),
        controls=tuple(plain(control) for control in row.controls),
        status=row.status,
        good=row.status == "tested",
        reason=plain(row.reason),
    )


def _effect_bounds(row: PitfallRow) -> str:
    """Return e's interval, or why there is none."""
    if not (row.off.n and row.on.n):
        return "not measured"
    if not row.effectiveness.measured:
        return "prior, unverified"
    if row.off.complied == 0:
        return "never worked, guards off"
    return interval(row.effectiveness.low, row.effectiveness.high)


def _severity(risk: RiskRow) -> float:
    return -(risk.residual.p95 if risk.residual is not None else -1.0)


def applicable(risks: Sequence[RiskRow]) -> list[RiskRow]:
    """Return the risks that apply, those measured above their tolerance first, then by P95."""
    found = [risk for risk in risks if risk.applicability == "applies"]
    return sorted(found, key=lambda risk: (not _above(risk), _severity(risk), risk.risk))


def _above(risk: RiskRow) -> bool:
    return failed(risk) and risk.ucb95 is not None


def failed(risk: RiskRow) -> bool:
    """Return whether a risk that has probes is not shown to be under its tolerance."""
    return tested(risk) and (risk.ucb95 is None or not risk.ucb95 <= risk.tau)


def risk_lines(
    risks: Sequence[RiskRow], accepted: Mapping[str, Carried]
) -> tuple[context.RiskLine, ...]:
    """Return a line for each risk that applies; `accepted` are the live acceptances by risk."""
    return tuple(risk_line(one, accepted.get(one.risk)) for one in applicable(risks))


def risk_line(risk: RiskRow, accepted: Carried | None = None) -> context.RiskLine:
    """Return the line of one risk that applies; `accepted` is its live acceptance."""
    good = None if not tested(risk) else not failed(risk)
    words = {True: "under tolerance", False: "above tolerance", None: risk.status}
    if good is False and (risk.ucb95 is None or risk.status == "not shown"):
        words[False] = "not measured" if risk.ucb95 is None else "not shown"
    reason = risk.reason if risk.probes or risk.status != "not tested" else ""
    if accepted is not None:
        words[False] = f"{words[False]}, accepted"
        by = f"Accepted by {accepted.by} until {accepted.until} ({accepted.ref})."
        reason = f"{by} {reason}".rstrip()
    return context.RiskLine(
        risk=plain(risk.risk),
        title=plain(risk.title),
        category=category(risk.category),
        severity=risk.severity,
        trace=plain(risk.trace),
        ale=tuple(money(x.ale if x else None) for x in (risk.inherent, risk.residual)),  # type: ignore[arg-type]
        p95=tuple(money(x.p95 if x else None) for x in (risk.inherent, risk.residual)),  # type: ignore[arg-type]
        band_inherent=max(0, min(5, risk.band_inherent)),
        band_residual=max(0, min(5, risk.band_residual)),
        tau=percent(risk.tau) if risk.tau else MISSING,
        ucb95=percent(risk.ucb95),
        gate=words[good],
        good=None if accepted is not None and good is False else good,
        basis=risk.residual.basis if risk.residual else "",
        reason=plain(reason),
    )


def open_questions(risks: Sequence[RiskRow]) -> tuple[context.OtherRisk, ...]:
    """Return the risks that may apply, and those whose severity a question would settle."""
    severe = tuple(
        context.OtherRisk(
            risk=plain(risk.risk),
            title=plain(risk.title),
            trace=f"It applies; the answer settles its severity, now {risk.severity}.",
            question=plain(risk.question),
        )
        for risk in risks
        if risk.applicability == "applies" and risk.question
    )
    return (*others(risks, "unknown"), *severe)


def others(risks: Sequence[RiskRow], applicability: str) -> tuple[context.OtherRisk, ...]:
    """Return the risks that are unknown, or that do not apply."""
    return tuple(
        context.OtherRisk(
            risk=plain(risk.risk),
            title=plain(risk.title),
            trace=plain(risk.trace),
            question=plain(risk.question),
        )
        for risk in risks
        if risk.applicability == applicability
    )


def losses(register: Register) -> tuple[context.Loss, ...]:
    """Return the portfolio's yearly loss, guards off and on, in the register's currency."""
    first, last = register.inherent, register.residual
    named = [
        ("Expected loss in a year (ALE)", money(first.ale), money(last.ale)),
        ("Middle year (P50)", money(first.p50), money(last.p50)),
        ("One year in ten is worse (P90)", money(first.p90), money(last.p90)),
        ("One year in twenty is worse (P95)", money(first.p95), money(last.p95)),
        ("Mean of that worst twentieth (ES95)", money(first.es95), money(last.es95)),
    ]
    if register.appetite is not None:
        chance = percent(first.over_appetite), percent(last.over_appetite)
        named.append(("Chance of a year above the appetite", *chance))
    return tuple(context.Loss(name=n, inherent=a, residual=b) for n, a, b in named)


def reached(register: Register) -> tuple[context.Reached, ...]:
    """Return the mean ASR if a share c of traffic passed the guards: c*on + (1 - c)*off."""
    rows = [row for row in register.pitfalls if row.on.n and row.off.n]
    if not rows:
        return ()
    on = sum(row.on.asr for row in rows) / len(rows)
    off = sum(row.off.asr for row in rows) / len(rows)
    return tuple(
        context.Reached(coverage=percent(c), asr=percent(c * on + (1.0 - c) * off))
        for c in (1.0, 0.95, 0.8, 0.5, 0.0)
    )


def share(name: str, results: Sequence[HarmlessResult]) -> context.Share:
    """Return the share blocked or altered with its 95% interval (Wilson); errors are no part."""
    amount = {
        outcome: sum(result.outcome is outcome for result in results) for outcome in HarmlessOutcome
    }
    hit = amount[HarmlessOutcome.BLOCKED] + amount[HarmlessOutcome.ALTERED]
    scored = len(results) - amount[HarmlessOutcome.ERROR]
    low, high = wilson(hit, scored)
    return context.Share(
        name=plain(name).replace("_", " "),
        sent=count(len(results)),
        blocked=count(amount[HarmlessOutcome.BLOCKED]),
        altered=count(amount[HarmlessOutcome.ALTERED]),
        errors=count(amount[HarmlessOutcome.ERROR]),
        share=percent(hit / scored) if scored else MISSING,
        bounds=interval(low, high) if scored else "not measured",
    )


def _shares(
    results: Sequence[HarmlessResult], key: Callable[[HarmlessResult], str]
) -> tuple[context.Share, ...]:
    groups: defaultdict[str, list[HarmlessResult]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return tuple(share(name, groups[name]) for name in sorted(groups))


def harmless(results: Sequence[HarmlessResult]) -> context.Harmless | None:
    """Return the harmless traffic's tables, None where nothing was sent."""
    if not results:
        return None
    touched = [result for result in results if result.outcome is not HarmlessOutcome.PASSED]
    hits = tuple(
        context.Hit(
            id=plain(result.id),
            kind=plain(result.kind).replace("_", " "),
            language=plain(result.language),
            outcome=result.outcome.value,
            controls=plain(", ".join(result.controls)) or MISSING,
            reason=plain(result.reason),
        )
        for result in touched[:SHOWN_HITS]
    )
    return context.Harmless(
        total=share("all", results),
        kinds=_shares(results, lambda result: result.kind),
        languages=_shares(results, lambda result: result.language),
        hits=hits,
        more_hits=max(0, len(touched) - SHOWN_HITS),
    )


def packs(register: Register) -> tuple[context.PackLine, ...]:
    """Return the sectors and topics that apply, sectors first."""
    return tuple(
        context.PackLine(
            pack=plain(row.pack),
            title=plain(row.title),
            trace=plain(row.trace),
            shows=tuple((plain(one.subject), plain(one.sentence)) for one in row.shows),
            metrics=tuple(plain(text) for text in row.metrics),
        )
        for row in register.packs
        if row.applicability == "applies"
    )


def flows(profile: Profile | None) -> tuple[context.FlowLine, ...]:
    """Return the profile's flows with the names of their ends, numbered as in the picture."""
    if profile is None:
        return ()
    names = {element.id: element.name for element in profile.elements}
    return tuple(
        context.FlowLine(
            number=str(number),
            source=plain(names.get(flow.source, flow.source)),
            target=plain(names.get(flow.target, flow.target)),
            label=plain(flow.label),
            crosses=crosses,
        )
        for number, (flow, crosses) in enumerate(
            zip(profile.flows, crossings(profile), strict=True), 1
        )
    )


HOW = {"gateway": "gateway rule", "built in": "built in", "people": "people attest it"}


def controls(found: Sequence[ControlRow]) -> tuple[context.ControlLine, ...]:
    """Return the plan's controls: enforced ones first, then what people attest."""
    order = list(HOW)
    return tuple(
        context.ControlLine(
            id=plain(control.id),
            title=plain(control.title),
            reason=plain(control.reason),
            how=HOW[control.how],
            enforced_by=plain(control.enforced_by) or MISSING,
            risks=tuple(plain(risk) for risk in control.risks),
        )
        for control in sorted(found, key=lambda control: (order.index(control.how), control.id))
    )
