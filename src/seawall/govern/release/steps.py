"""What would make the gate pass, as few steps as possible, in the order in which to take them."""

from collections.abc import Iterator, Sequence

from seawall.core.register import Register, RiskRow
from seawall.govern.gate import GateResult, Reason
from seawall.govern.release.regressions import AGAIN

_SHOWN = 8


def steps(result: GateResult, register: Register) -> tuple[str, ...]:
    """Return the steps; empty when the gate passes. Every reason is met by one of them."""
    return tuple(dict.fromkeys(_steps(result, register)))


def _steps(result: GateResult, register: Register) -> Iterator[str]:
    by_kind: dict[str, list[Reason]] = {}
    for reason in result.reasons:
        by_kind.setdefault(reason.kind, []).append(reason)
    rows = {row.risk: row for row in register.risks}
    yield from _practices(by_kind.get("practice", []), rows)
    if by_kind.get("profile"):
        yield "Bring profile and register together: `seawall init`, then `seawall assess` anew."
    if by_kind.get("coverage"):
        yield "Route every call of a model through the gateway, and measure the coverage again."
    yield from _measure(by_kind, rows)
    yield from _strengthen(by_kind.get("risk", []), rows)
    if found := by_kind.get("regression"):
        back = [r.subject for r in found if AGAIN in r.sentence]
        if back:
            yield f"Stop {_some(back)}: `seawall attack mitigate` helps."
        some = _some([r.subject for r in found])
        yield f"Attack with `--cases` again, until every attempt of {some} has a verdict."
    if by_kind.get("harmless"):
        yield "Send harmless conversations through the gateway, and narrow the rules that hit them."
    yield from _people(by_kind)


def _practices(reasons: Sequence[Reason], rows: dict[str, RiskRow]) -> Iterator[str]:
    for reason in reasons:
        row = rows[reason.subject]
        if row.applicability == "applies":
            yield f"Stop the use that makes {row.risk} apply; nothing else helps."
        else:
            yield f"Answer the question that can rule {row.risk} out: `seawall init --unknown`."


def _measure(by_kind: dict[str, list[Reason]], rows: dict[str, RiskRow]) -> Iterator[str]:
    """Give one step for all that is not measured, measured too thinly, or too long ago."""
    again = [r.subject for kind in ("pitfall", "evidence") for r in by_kind.get(kind, [])]
    missing = [
        probe
        for reason in by_kind.get("risk", [])
        if (row := rows.get(reason.subject)) is not None and row.ucb95 is None
        for probe in row.probes
    ]
    probes = sorted({name for name in (*missing, *again) if name.startswith("PRB-")})
    if probes:
        yield (
            f"Attack with {_some(probes)}, without the gateway and through it (`seawall attack`), "
            "and assess with what came out."
        )
    elif again or any(reason.subject not in rows for reason in by_kind.get("risk", [])):
        yield "Attack without the gateway and through it (`seawall attack`), and assess anew."


def _strengthen(reasons: Sequence[Reason], rows: dict[str, RiskRow]) -> Iterator[str]:
    above = [
        row
        for reason in reasons
        if (row := rows.get(reason.subject)) is not None and row.ucb95 is not None
    ]
    if above:
        risks = _some([row.risk for row in above])
        yield (
            f"Bring {risks} under the tolerance: strengthen the controls that the reasons name, or "
            "have somebody of the right level accept the rest for a time."
        )


def _people(by_kind: dict[str, list[Reason]]) -> Iterator[str]:
    if found := by_kind.get("control"):
        yield f"Put {_some([r.subject for r in found])} into the gateway's policy, as planned."
    if found := by_kind.get("acceptance"):
        yield f"Decide again about {_some([r.subject for r in found])} {_where(found)}."
    if found := by_kind.get("exception"):
        yield f"Decide again about leaving out {_some([r.subject for r in found])} {_where(found)}."
    if found := by_kind.get("attestation"):
        some = _some([r.subject for r in found])
        yield f"Have {some} attested by name in the file of decisions, or with `seawall attest`."
    if found := by_kind.get("training"):
        yield _training(found)
    if found := by_kind.get("vendor"):
        some = _some(list(dict.fromkeys(reason.ref for reason in found)))
        yield f"Ask and decide about {some}: `seawall vendor show`, answer, approve or withdraw."


def _training(reasons: Sequence[Reason]) -> str:
    courses = _some(list(dict.fromkeys(reason.ref for reason in reasons)))
    people = _some(list(dict.fromkeys(reason.subject for reason in reasons)))
    return f"Have {people} take {courses}: `seawall training take`."


def _where(reasons: Sequence[Reason]) -> str:
    """Return where a decision is to be made: in the registers that hold it, else in the file."""
    refs = [reason.ref for reason in reasons if "_" in reason.ref]
    return f"({', '.join(refs)})" if refs else "in the file of decisions"


def _some(items: Sequence[str]) -> str:
    shown = ", ".join(items[:_SHOWN])
    return shown if len(items) <= _SHOWN else f"{shown} and {len(items) - _SHOWN} more"
