"""The report's first lines: the verdict in one sentence, the few numbers, the limits."""

from collections.abc import Sequence
from datetime import UTC, datetime

from seawall.core.register import PitfallRow, Register, RiskRow
from seawall.core.trials import HarmlessResult
from seawall.govern import context, rows
from seawall.govern.gate import GateResult, grouped, tested
from seawall.govern.inputs import Evidence
from seawall.govern.words import count, money, percent, plain, plural


def when(created: str) -> str:
    """Return an ISO time as "2026-07-01 12:00 UTC"; text that is no time stays as it is."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return plain(created)
    if moment.tzinfo is None:
        return f"{moment:%Y-%m-%d %H:%M}"
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def attempts(register: Register) -> int:
    """Return how many attempts were scored, both modes together."""
    return sum(row.off.n + row.on.n for row in register.pitfalls)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def worst(register: Register) -> PitfallRow | None:
    """Return the pitfall with the highest upper bound, guards on."""
    measured = [row for row in register.pitfalls if row.on.n]
    return max(measured, key=lambda row: row.on.ucb95, default=None)


def verdict(register: Register, gate: GateResult) -> str:
    """Return the gate's answer in one sentence."""
    if not gate.passes:
        return (
            f"The gate does not pass, for {plural(len(grouped(gate.reasons)), 'reason')}: "
            "each is listed below with what to do next."
        )
    row = worst(register)
    bound = percent(row.on.ucb95) if row else ""
    off = _mean([row.off.asr for row in register.pitfalls if row.off.n])
    return (
        f"The gate passes: with the guards on, none of the "
        f"{plural(len(register.pitfalls), 'pitfall')} tried lets through more than {bound} of such "
        f"attacks (95% confidence); without them {percent(off)} succeeded."
    )


def tiles(register: Register, harmless: Sequence[HarmlessResult]) -> tuple[context.Tile, ...]:
    """Return the headline numbers."""
    off = _mean([row.off.asr for row in register.pitfalls if row.off.n])
    on = _mean([row.on.asr for row in register.pitfalls if row.on.n])
    found = worst(register)
    total = rows.harmless(harmless)
    first, last = money(register.inherent.p95), money(register.residual.p95)
    return (
        context.Tile(
            label="Attacks that succeed",
            value=f"{percent(off)} → {percent(on)}",
            note=f"mean of {plural(len(register.pitfalls), 'pitfall')}, guards off → on",
        ),
        context.Tile(
            label="Worst upper bound",
            value=percent(found.on.ucb95 if found else None),
            note=f"UCB95, guards on: {plain(found.title)}" if found else "nothing measured",
        ),
        context.Tile(
            label="Loss of a bad year (P95)",
            value=f"{first} → {last}",
            note=f"{plain(register.currency)}, one year in twenty is worse; guards off → on",
        ),
        context.Tile(
            label="Coverage",
            value=percent(register.coverage) if register.coverage else "none known",
            note="of the traffic passes the guards"
            + (", declared, not measured" if declared(register) else ""),
        ),
        context.Tile(
            label="Harmless, yet blocked or altered",
            value=total.total.share if total else "not measured",
            note=f"of {total.total.sent} conversations, 95% interval {total.total.bounds}"
            if total
            else "no harmless traffic was sent",
        ),
    )


def declared(register: Register) -> bool:
    """Return whether somebody said how much traffic passes the guards, and nobody measured it."""
    return bool(register.coverage) and register.coverage_basis == "declared"


def model_label(register: Register, evidence: Evidence) -> str:
    """Return who answered; a simulated model is always called so."""
    model = plain(register.model)
    if evidence.simulated and "simulated" not in model.lower():
        return f"simulated model {model}".strip()
    return model


def meta(register: Register, evidence: Evidence) -> tuple[context.Line, ...]:
    """Return date, model, versions and seed. The day is that of the register, not of attacks."""
    lines = [
        ("Application", plain(register.application)),
        ("Assessed", when(register.created)),
        ("Model", model_label(register, evidence)),
        ("Seed", str(register.seed)),
        ("Draws", count(register.draws)),
    ]
    lines += [(_capital(plain(name)), plain(value)) for name, value in evidence.versions.items()]
    return tuple(context.Line(name=name, value=value) for name, value in lines)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def no_effect(register: Register) -> list[str]:
    """Return the pitfalls whose intervals with the guards off and on overlap, by id."""
    rows = (row for row in register.pitfalls if row.off.n and row.on.n)
    return [plain(row.probe) for row in rows if row.off.low <= row.on.high]


def _effects(register: Register) -> list[str]:
    """Say of which pitfalls the guards' effect was not shown, by the reason."""
    overlap = no_effect(register)
    fell = {plain(row.probe) for row in register.pitfalls if row.on.asr < row.off.asr}
    return [
        f"For {plural(len(names), 'pitfall')} the guards' effect was not shown: {why} "
        f"({', '.join(names)})."
        for names, why in (
            ([name for name in overlap if name not in fell],
             "the attack worked no better without them"),
            ([name for name in overlap if name in fell],
             "it worked less often with them, in too few tries to rule chance out"),
        )
        if names
    ]  # fmt: skip


def untested_risks(register: Register) -> list[RiskRow]:
    """Return the risks that apply and have no probe, by id."""
    found = [r for r in register.risks if r.applicability == "applies" and not tested(r)]
    return sorted(found, key=lambda risk: risk.risk)


def not_tested(register: Register) -> tuple[str, ...]:
    """Return what was not tested, each with its title and what stands instead of a test.

    Probes that were left out stand last, each with the reason.
    """
    risks = untested_risks(register)
    known = {risk.risk for risk in risks}
    lines = [
        f"{plain(risk.risk)} {plain(risk.title)}"
        + (f" ({risk.status})" if risk.status != "not tested" else "")
        for risk in risks
    ]
    others = [plain(line) for line in register.not_tested if line not in known]
    probes = [f"{plain(one.subject)} {plain(one.sentence)}" for one in register.left_out]
    return (*lines, *others, *probes)


def limits(register: Register, evidence: Evidence) -> tuple[str, ...]:
    """Return what these numbers do not say."""
    said = []
    if evidence.simulated:
        said.append(
            "The model is simulated: it obeys whatever text tells it to. The numbers show what the "
            "guards stop, not how often a real model would give in. Measure your own model before "
            "you rely on them."
        )
    untested = len(untested_risks(register))
    if untested:
        said.append(
            f"{plural(untested, 'risk')} that {'applies was' if untested == 1 else 'apply were'} "
            "not attacked here: no probe moves their numbers. They are listed below; their losses "
            "rest on assumptions."
        )
    unknown = [plain(r.risk) for r in register.risks if r.applicability == "unknown"]
    if unknown:
        said.append(
            f"Whether {plural(len(unknown), 'risk')} "
            f"{'applies' if len(unknown) == 1 else 'apply'} is unknown "
            f"until the profile answers: {', '.join(unknown)}."
        )
    said += _effects(register)
    return (
        *said,
        "An upper bound holds for attacks like those that were tried. The bundled guards were "
        "developed with the bundled probes at hand, so an attack that nobody has tried yet may do "
        "better. Attempts that vary one seed count less than independent ones, and evidence ages.",
        "Losses are computed from stated assumptions on how often and how much; use them to "
        "compare and to order work, not as a forecast.",
        "Whoever bypasses the gateway bypasses the guards: the numbers hold for the share of "
        "traffic given as coverage.",
    )
