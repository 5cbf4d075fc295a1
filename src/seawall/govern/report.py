"""The report: one HTML file without script or outside parts, for screen, phone and paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from markupsafe import Markup

from seawall.core.html import environment, style_hash
from seawall.core.profile import Profile
from seawall.core.register import PitfallRow, Register
from seawall.core.trials import HarmlessResult
from seawall.govern import context, headline, levers, rows
from seawall.govern.charts import asr, curve, flow
from seawall.govern.gate import GateResult, grouped, judge
from seawall.govern.inputs import ControlRow, Evidence
from seawall.govern.release.carried import Carried
from seawall.govern.short import in_short
from seawall.govern.sketch import sketch
from seawall.govern.status import rows as status
from seawall.govern.status.model import ControlState
from seawall.govern.words import count, money, percent, plain, plural, said_of

TEMPLATES = Path(__file__).parent / "templates"


def render(
    register: Register,
    profile: Profile | None,
    controls: Sequence[ControlRow],
    harmless: Sequence[HarmlessResult],
    evidence: Evidence,
    *,
    gate: GateResult | None = None,
    states: Sequence[ControlState] | None = None,
    accepted: Mapping[str, Carried] | None = None,
) -> str:
    """Return the report as one HTML document. `gate` None judges with the default limits.

    `states` None: those of the register's day, from what was measured alone. `accepted` are the
    live acceptances by risk.
    """
    live = accepted or {}
    judged = gate or judge(register, harmless, accepted=live)
    known = status.measured_states(register) if states is None else states
    page = build(register, profile, controls, harmless, evidence, judged, known, live)
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8").strip()
    fields = {name: getattr(page, name) for name in page.__struct_fields__}
    template = environment(TEMPLATES).get_template("report.html.j2")
    return template.render(**fields, style=Markup(style), style_hash=style_hash(style))  # noqa: S704 - our own file


def build(
    register: Register,
    profile: Profile | None,
    controls: Sequence[ControlRow],
    harmless: Sequence[HarmlessResult],
    evidence: Evidence,
    gate: GateResult,
    states: Sequence[ControlState] = (),
    accepted: Mapping[str, Carried] | None = None,
) -> context.Page:
    """Return everything that the template shows."""
    evidence = _simulated(evidence, register)
    drawn = None if profile is None else sketch(profile)
    groups = rows.by_category(register.pitfalls)
    return context.Page(
        title=plain(register.title),
        application=plain(register.application),
        passes=gate.passes,
        verdict=headline.verdict(register, gate),
        model_label=headline.model_label(register, evidence),
        simulated=evidence.simulated,
        meta=headline.meta(register, evidence),
        tiles=headline.tiles(register, harmless),
        asr=_asr(groups),
        tries=_tries(register),
        short=in_short(register, profile, gate),
        limits=headline.limits(register, evidence),
        not_tested=headline.not_tested(register),
        conditions=tuple(
            msgspec.convert(msgspec.to_builtins(c), context.Condition) for c in gate.conditions
        ),
        reasons=_reasons(register, gate),
        curve=_figure(curve.chart(register, narrow=False), curve.chart(register, narrow=True)),
        currency=plain(register.currency),
        appetite="" if register.appetite is None else money(register.appetite),
        losses=rows.losses(register),
        levers=levers.tables(register),
        lever_notes=levers.notes(register),
        pitfalls=tuple(rows.pitfall(row) for row in rows.worst_first(register.pitfalls)),
        risks=rows.risk_lines(register.risks, accepted or {}),
        packs=rows.packs(register),
        unknown=rows.open_questions(register.risks),
        not_applicable=rows.others(register.risks, "does not apply"),
        coverage=percent(register.coverage) if register.coverage else "",
        declared=headline.declared(register),
        same=register.inherent == register.residual and not any(r.on.n for r in register.pitfalls),
        reached=rows.reached(register),
        harmless=rows.harmless(harmless),
        flow=_flow(drawn),
        flows=rows.flows(drawn),
        drawn=drawn is not profile,
        controls=rows.controls(controls),
        states=status.lines(states),
        state_counts=status.counted(states),
        evidence=_evidence(evidence, register),
        formulas=tuple(plain(formula) for formula in evidence.formulas)
        or tuple(sorted({register.inherent.formula, register.residual.formula})),
        runs=tuple(plain(run) for run in evidence.runs or [one.run for one in register.runs]),
        verify=plain(evidence.verify),
    )


def _tries(register: Register) -> str:
    tried = plural(headline.attempts(register), "scored attempt")
    return f"{tried} on {plural(len(register.pitfalls), 'pitfall')}"


def _simulated(evidence: Evidence, register: Register) -> Evidence:
    """Return the evidence as that of a simulated model, where one answered attacks."""
    if any(run.simulated for run in register.runs):
        return msgspec.structs.replace(evidence, simulated=True)
    return evidence


def _asr(groups: Sequence[tuple[str, Sequence[PitfallRow]]]) -> context.Figure | None:
    if not groups:
        return None
    return _figure(asr.chart(groups, narrow=False), asr.chart(groups, narrow=True))


def _figure(wide: Markup | None, narrow: Markup | None) -> context.Figure | None:
    return context.Figure(wide=wide, narrow=narrow) if wide and narrow else None


def _flow(profile: Profile | None) -> context.Figure | None:
    if profile is None:
        return None
    return _figure(flow.chart(profile, narrow=False), flow.chart(profile, narrow=True))


def _reasons(register: Register, gate: GateResult) -> tuple[context.Reason, ...]:
    known = {risk.risk for risk in register.risks} | {row.probe for row in register.pitfalls}
    return tuple(
        context.Reason(
            anchor=plain(reason.subject) if reason.subject in known else "",
            sentence=plain(reason.sentence),
        )
        for reason in grouped(gate.reasons)
    )


def _evidence(evidence: Evidence, register: Register) -> tuple[context.Line, ...]:
    lines = [
        *(("Attacked", said_of(run)) for run in register.runs),
        ("Head of the audit log", evidence.audit_head or "no audit log"),
        ("Audit records", count(evidence.audit_records)),
        ("Time the loop took", f"{evidence.seconds:.1f} s" if evidence.seconds else "not recorded"),
    ]
    return tuple(context.Line(name=name, value=plain(value)) for name, value in lines)
