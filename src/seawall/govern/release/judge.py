"""The gate with time and people in it: expired evidence, acceptances, attestations, drift."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec

from seawall.catalog.load import Catalog
from seawall.core.register import Register, Remark, RiskRow
from seawall.core.trials import HarmlessResult
from seawall.govern.gate import Condition, GateLimits, GateResult, Reason, judge, tested
from seawall.govern.inputs import ControlRow
from seawall.govern.release.decisions import Acceptance, Decisions, day
from seawall.govern.words import count, percent

Check = tuple[Condition, list[Reason]]
DAYS = 90


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """What a release is judged by.

    `drift`: where register, profile and code differ (None: there was nothing to compare).
    `uncovered`: traffic that was seen to reach a model without the gateway.
    """

    register: Register
    harmless: Sequence[HarmlessResult] = ()
    controls: Sequence[ControlRow] = ()
    decisions: Decisions = Decisions()
    drift: Sequence[Remark] | None = None
    uncovered: Sequence[Remark] = ()


def judge_release(
    release: Release, catalog: Catalog, *, today: date, limits: GateLimits | None = None
) -> GateResult:
    """Judge a release: everything `gate.judge` asks for, and that nothing of it has expired.

    A risk above its tolerance passes with a live acceptance of its level; a prohibited practice
    never does.
    """
    register = release.register
    stops = frozenset(key for key, risk in catalog.risks.items() if risk.stop)
    live, dead = _acceptances(release, today)
    base = judge(register, release.harmless, limits=limits, stops=stops, accepted=live)
    checks: list[Check] = [
        _uncovered(release),
        _fresh(release, catalog, today),
        _accepted(live, dead),
        _attested(release, catalog, today),
    ]
    if release.drift is not None:
        checks.append(_drift(release.drift))
    reasons = (*base.reasons, *(reason for _, found in checks for reason in found))
    extra = [condition for condition, _ in checks]
    return msgspec.structs.replace(
        base,
        passes=not reasons,
        reasons=reasons,
        conditions=(*base.conditions, *extra),
        accepted=tuple(_live_reasons(live, register)),
    )


def _condition(name: str, required: str, measured: str, reasons: list[Reason]) -> Check:
    return (
        Condition(name=name, required=required, measured=measured, passes=not reasons),
        reasons,
    )


def _acceptances(
    release: Release, today: date
) -> tuple[dict[str, Acceptance], list[tuple[Acceptance, str]]]:
    """Return the acceptances that hold, by risk, and those that do not with the reason why."""
    rows = {row.risk: row for row in release.register.risks}
    live: dict[str, Acceptance] = {}
    dead: list[tuple[Acceptance, str]] = []
    for item in release.decisions.acceptances:
        row = rows.get(item.risk)
        if row is None or row.applicability == "does not apply" or not _needed(row):
            continue
        problem = _dead(item, row, today)
        if problem:
            dead.append((item, problem))
        else:
            live[item.risk] = item
    return live, dead


def _needed(row: RiskRow) -> bool:
    """Return whether the risk would fail the gate without being accepted."""
    return tested(row) and not (row.ucb95 is not None and row.ucb95 <= row.tau)


def _dead(item: Acceptance, row: RiskRow, today: date) -> str:
    first, last = day(item.date), day(item.until)
    if first is None or last is None or today > last:
        return (
            f"ended on {item.until}: decide about it again, or bring the risk under its tolerance"
        )
    if first > today:
        return f"begins on {item.date} only"
    if item.level < row.severity:
        return (
            f"was given at level {item.level}, and the risk is {row.severity}: "
            "somebody who may accept that has to"
        )
    if row.ucb95 is not None and row.ucb95 > item.ucb95:
        return (
            f"accepted a success rate up to {percent(item.ucb95)}, and it is now up to "
            f"{percent(row.ucb95)}: decide about it again"
        )
    return ""


def _accepted(live: Collection[str], dead: list[tuple[Acceptance, str]]) -> Check:
    reasons = [
        Reason(
            kind="acceptance",
            subject=item.risk,
            sentence=f"The acceptance of {item.risk} by {item.approved_by} {problem}.",
        )
        for item, problem in dead
    ]
    return _condition(
        "Acceptances hold",
        "every acceptance that is needed is live, of the risk's level, within what it accepted",
        f"{count(len(live))} live, {count(len(dead))} not",
        reasons,
    )


def _live_reasons(live: dict[str, Acceptance], register: Register) -> Iterator[Reason]:
    rows = {row.risk: row for row in register.risks}
    for key, item in live.items():
        row = rows[key]
        bound = "not measured" if row.ucb95 is None else f"up to {percent(row.ucb95)} of tries"
        yield Reason(
            kind="acceptance",
            subject=key,
            sentence=f"{key} ({row.title}), {bound}, is accepted by {item.approved_by} until "
            f"{item.until}: {item.reason.rstrip('.')}. Meanwhile: {item.compensating.rstrip('.')}.",
        )


def _fresh(release: Release, catalog: Catalog, today: date) -> Check:
    """Check that each measurement is younger than what its controls ask for."""
    created = datetime.fromisoformat(release.register.created).date()
    oldest, reasons = created, []
    if created > today:
        text = f"The register is dated {created}, which is to come."
        reasons.append(_evidence(release.register.application, text))
    for row in release.register.pitfalls:
        made = day(row.measured) or created
        oldest = min(oldest, made)
        known = [key for key in row.controls if key in catalog.controls]
        limits = [(catalog.controls[key].fresh_days, key) for key in known]
        limit, control = min(limits, default=(DAYS, ""))
        if (age := (today - made).days) > limit:
            of = f" of {control}" if control else ""
            reasons.append(
                _evidence(
                    row.probe,
                    f"{row.probe} ({row.title}) was measured {count(age)} days ago, and "
                    f"evidence{of} counts for {limit}: attack again.",
                )
            )
    return _condition(
        "Evidence is fresh",
        "measured within the days that each control allows",
        f"the oldest is of {oldest}" if release.register.pitfalls else "nothing was measured",
        reasons,
    )


def _evidence(subject: str, sentence: str) -> Reason:
    return Reason(kind="evidence", subject=subject, sentence=sentence)


def _attested(release: Release, catalog: Catalog, today: date) -> Check:
    """Check what people vouch for: all of the plan that rests on them, and nothing old."""
    given = {item.control: item for item in release.decisions.attestations}
    planned = {row.id for row in release.controls if row.how == "people"}
    reasons, live = [], 0
    for key in sorted(planned | set(given)):
        card, item = catalog.controls.get(key), given.get(key)
        title = f"{key} ({card.title})" if card else key
        days = card.fresh_days if card else DAYS
        made = day(item.date) if item else None
        if item is None or made is None:
            text = f"{title} is in the plan and nobody attests it: name a person and a day."
        elif made > today:
            text = f"{title} is attested for {item.date}, which is to come."
        elif today > made + timedelta(days=days):
            text = (
                f"{title} was attested on {item.date} by {item.by}, which counted for {days} days: "
                "attest it again."
            )
        else:
            live += 1
            continue
        reasons.append(Reason(kind="attestation", subject=key, sentence=text))
    return _condition(
        "Attestations hold",
        "what rests on people is attested by name, not too long ago",
        f"{count(live)} of {count(live + len(reasons))}",
        reasons,
    )


def _uncovered(release: Release) -> Check:
    reasons = [
        Reason(kind="coverage", subject=item.subject, sentence=item.sentence)
        for item in release.uncovered
    ]
    return _condition(
        "No way round the gateway",
        "no model that the gateway does not serve, no provider that the code calls itself",
        "none seen" if not reasons else count(len(reasons)),
        reasons,
    )


def _drift(drift: Sequence[Remark]) -> Check:
    reasons = [
        Reason(kind="profile", subject=item.subject, sentence=item.sentence) for item in drift
    ]
    return _condition(
        "Register, profile and code agree",
        "the register is about the application as it is",
        "they agree" if not reasons else f"{count(len(reasons))} differences",
        reasons,
    )
