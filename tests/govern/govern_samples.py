"""Registers for tests: small, whole, and with any row replaced."""

from typing import Any

import msgspec

from seawall.core.profile import Element, Flow, Profile
from seawall.core.register import (
    CurvePoint,
    Effectiveness,
    Loss,
    PitfallRow,
    Register,
    RiskRow,
)
from seawall.core.stats import beta_quantile, effective_trials, posterior, wilson
from seawall.core.trials import HarmlessOutcome, HarmlessResult, Mode, ProbeResult
from seawall.govern.inputs import ControlRow, Evidence

TITLES = (
    ("PRB-INJ-DIRECT", "Direct injection", "security", "SEC-01", "CTL-INJ-INPUT"),
    ("PRB-INJ-DOC", "Injection in a retrieved document", "security", "SEC-02", "CTL-INJ-UNTRUSTED"),
    ("PRB-LEAK-PROMPT", "System prompt leak", "security", "SEC-03", "CTL-LEAK-GUARD"),
    ("PRB-TOOL-CALL", "Arbitrary function call", "security", "SEC-05", "CTL-TOOL-RULES"),
    ("PRB-DIVERGE", "Repeat this word forever", "privacy", "PRI-04", "CTL-DIVERGE"),
    ("PRB-PII-PROMPT", "Personal data in a prompt", "privacy", "PRI-01", "CTL-PII"),
    ("PRB-PHISH", "Phishing and business e-mail", "misuse", "MIS-01", "CTL-MISUSE"),
    ("PRB-DISCLOSE", "Missing AI disclosure", "legal", "LEG-03", "CTL-DISCLOSE"),
    ("PRB-UNSUPPORTED", "Claim absent from the documents", "quality", "QUA-02", "CTL-GROUND"),
)


def result(mode: Mode, n: int = 48, complied: int = 0, **changes: Any) -> ProbeResult:
    """A probe result whose interval is Wilson's, its bound the posterior's."""
    clusters = max(1, min(16, n))
    effective = effective_trials(n, clusters, 0.3)
    a, b = posterior(complied, n, effective)
    low, high = wilson(complied * effective / n if n else 0.0, effective)
    fields = {
        "probe": "PRB-X",
        "mode": mode,
        "n": n,
        "complied": complied,
        "refused": 0,
        "blocked": n - complied,
        "errors": 0,
        "unscored": 0,
        "clusters": clusters,
        "n_effective": effective,
        "asr": complied / n if n else 0.0,
        "low": low,
        "high": high,
        "ucb95": beta_quantile(0.95, a, b),
    }
    return ProbeResult(**{**fields, **changes})


def pitfall(index: int, *, on: int = 0, off: int = 48, **changes: Any) -> PitfallRow:
    """Pitfall `index` of TITLES."""
    probe, title, category, risk, control = TITLES[index]
    effect = 1.0 - (on / max(off, 1))
    fields: dict[str, Any] = {
        "probe": probe,
        "title": title,
        "category": category,
        "risk": risk,
        "controls": (control,),
        "off": result(Mode.OFF, complied=off, probe=probe),
        "on": result(Mode.ON, complied=on, probe=probe),
        "coverage": 1.0,
        "effectiveness": Effectiveness(
            value=effect, low=max(0.0, effect - 0.06), high=min(1.0, effect + 0.01), measured=True
        ),
        "tau": 0.10,
        "status": "tested",
    }
    return PitfallRow(**{**fields, **changes})


def loss(scale: float, over: float) -> Loss:
    """A loss of one portfolio; `scale` is its mean."""
    return Loss(
        currency="EUR",
        ale=scale,
        p50=scale * 0.6,
        p90=scale * 2.6,
        p95=scale * 3.9,
        es95=scale * 6.2,
        over_appetite=over,
        formula="LOSS-1",
    )


def risk(row: PitfallRow, **changes: Any) -> RiskRow:
    """The risk that a pitfall tries."""
    fields: dict[str, Any] = {
        "risk": row.risk,
        "title": f"Risk behind {row.title.lower()}",
        "category": row.category,
        "severity": "S3",
        "applicability": "applies",
        "trace": "It applies because outsiders can write text that the model reads.",
        "controls": row.controls,
        "probes": (row.probe,),
        "inherent": loss(41_234.0, 0.31),
        "residual": loss(2_346.0, 0.01),
        "band_inherent": 4,
        "band_residual": 1,
        "ucb95": row.on.ucb95,
        "tau": row.tau,
        "status": "tested",
        "passes": True,
    }
    return RiskRow(**{**fields, **changes})


def other_risks() -> tuple[RiskRow, ...]:
    """One risk of each kind that is not tested."""
    return (
        RiskRow(
            risk="SEC-10",
            title="Agent-to-agent spoofing",
            category="security",
            severity="S3",
            applicability="unknown",
            trace="The profile does not say whether agents talk to agents.",
            question="Does the application talk to other agents?",
        ),
        RiskRow(
            risk="LEG-09",
            title="Logs and records missing",
            category="legal",
            severity="S2",
            applicability="applies",
            trace="Every application must keep records.",
            inherent=loss(9_000.0, 0.02),
            residual=loss(9_000.0, 0.02),
            band_inherent=2,
            band_residual=2,
            status="attested",
        ),
        RiskRow(
            risk="MIS-03",
            title="Sexual deepfakes",
            category="misuse",
            severity="S5",
            applicability="does not apply",
            trace="The application makes no images.",
        ),
    )


def curve() -> tuple[CurvePoint, ...]:
    """A falling curve over four decades, with the point at zero that has no place on a log axis."""
    points = [CurvePoint(loss=0.0, inherent=1.0, residual=0.7)]
    for step in range(41):
        share = step / 40
        points.append(
            CurvePoint(
                loss=10.0 ** (3.0 + 4.0 * share),
                inherent=(1.0 - share**3),
                residual=max(0.0, 0.6 * (1.0 - share) ** 2.2),
            )
        )
    return tuple(points)


def register(**changes: Any) -> Register:
    """A register whose gate passes."""
    rows = tuple(pitfall(index) for index in range(len(TITLES)))
    fields: dict[str, Any] = {
        "application": "harbour-shop-bank",
        "title": "Harbour Shop Bank assistant",
        "created": "2026-07-01T12:34:56+00:00",
        "model": "simulated model harbour-sim",
        "currency": "EUR",
        "appetite": 500_000.0,
        "coverage_basis": "measured",
        "seed": 20261123,
        "draws": 20_000,
        "risks": (*(risk(row) for row in rows), *other_risks()),
        "pitfalls": rows,
        "inherent": loss(394_000.0, 0.43),
        "residual": loss(37_000.0, 0.019),
        "curve": curve(),
        "coverage": 1.0,
        "not_tested": ("LEG-09 Logs and records missing: attested by people, no probe.",),
    }
    return Register(**{**fields, **changes})


def with_pitfall(index: int, row: PitfallRow) -> Register:
    """The register with one pitfall (and its risk) replaced."""
    base = register()
    rows = list(base.pitfalls)
    rows[index] = row
    risks = tuple(risk(row) if old.risk == row.risk else old for old in base.risks)
    return msgspec.structs.replace(base, pitfalls=tuple(rows), risks=risks)


KINDS = ("tool use", "code_and_maths", "e-mail", "security questions of staff", "small talk")
LANGUAGES = ("en", "de", "fr", "es")


def harmless(n: int = 240, blocked: int = 1, altered: int = 1, errors: int = 0) -> list[Any]:
    """Harmless results; the first ones are blocked, then altered, then errors."""
    found = []
    for index in range(n):
        outcome = HarmlessOutcome.PASSED
        if index < blocked:
            outcome = HarmlessOutcome.BLOCKED
        elif index < blocked + altered:
            outcome = HarmlessOutcome.ALTERED
        elif index < blocked + altered + errors:
            outcome = HarmlessOutcome.ERROR
        hit = outcome is not HarmlessOutcome.PASSED
        found.append(
            HarmlessResult(
                id=f"harmless-{index:03d}",
                kind=KINDS[index % 5],
                language=LANGUAGES[index % 4],
                outcome=outcome,
                controls=("CTL-MISUSE",) if hit else (),
                reason="a question about card fraud" if hit else "",
            )
        )
    return found


def profile() -> Profile:
    """The bundled application's elements, roughly."""
    named = (
        ("customer", "Customer", "person", "Internet"),
        ("outsider", "Outsider", "person", "Internet"),
        ("app", "Shop bank app", "process", "Bank network"),
        ("gateway", "Seawall gateway", "process", "Bank network"),
        ("documents", "Documents and reviews", "store", "Bank network"),
        ("accounts", "Accounts", "store", "Bank network"),
        ("audit", "Audit log", "store", "Bank network"),
        ("python", "Python scratch folder", "process", "Sandbox"),
        ("mail", "Mail server", "external", "Outside services"),
        ("model", "Language model", "model", "Model provider"),
    )
    links = (
        ("customer", "app", "questions, images, training files"),
        ("app", "customer", "answers"),
        ("outsider", "documents", "product reviews"),
        ("outsider", "accounts", "transfer memos"),
        ("documents", "app", "retrieved text"),
        ("app", "accounts", "look up, transfer"),
        ("accounts", "app", "balances, memos"),
        ("app", "gateway", "prompts with retrieved text"),
        ("gateway", "app", "inspected answers and tool calls"),
        ("gateway", "model", "inspected prompts"),
        ("model", "gateway", "answers, tool calls"),
        ("gateway", "audit", "decisions"),
        ("app", "python", "code"),
        ("app", "mail", "messages to customers"),
    )
    return Profile(
        application="harbour-shop-bank",
        title="Harbour Shop Bank assistant",
        facts={},
        elements=tuple(Element(id=i, name=n, kind=k, zone=z) for i, n, k, z in named),
        flows=tuple(Flow(source=a, target=b, label=text) for a, b, text in links),
    )


def controls() -> tuple[ControlRow, ...]:
    """Two controls of a plan."""
    return (
        ControlRow(
            id="CTL-INJ-INPUT",
            title="Injection in what people write is blocked",
            reason="It acts on SEC-01, which customers can cause, and a probe measures it.",
            enforced_by="injection on input: block",
            risks=("SEC-01",),
        ),
        ControlRow(
            id="CTL-AUDIT",
            title="Every decision is recorded",
            reason="LEG-09 applies.",
            how="built in",
            enforced_by="hash-chained log",
            risks=("LEG-09",),
        ),
    )


def evidence(**changes: Any) -> Evidence:
    """Evidence of one loop on the simulated model."""
    fields: dict[str, Any] = {
        "simulated": True,
        "versions": {"Seawall": "0.1.0", "Policy": "sha256:5c1f0f3a"},
        "runs": ("run-off-1", "run-on-1"),
        "formulas": ("LOSS-1", "ASR-1"),
        "audit_head": "9f2b" * 16,
        "audit_records": 1312,
        "verify": "seawall audit verify --data demo-out/data",
        "seconds": 41.2,
    }
    return Evidence(**{**fields, **changes})
