"""The gate with time and people in it: expired evidence, acceptances, attestations, drift."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from seawall.catalog.bans import banned_on
from seawall.catalog.load import Catalog
from seawall.core.register import Register, Remark, RiskRow
from seawall.govern.gate import Check, GateLimits, GateResult, Reason, check, judge, tested
from seawall.govern.release.carried import Carried, of_file, sort
from seawall.govern.release.controls import (
    DAYS,
    Release,
    attested,
    bought,
    excepting,
    exceptions,
    in_policy,
    left_out,
    people_missing,
    policy_missing,
    training,
    vendors_missing,
)
from seawall.govern.release.decisions import day
from seawall.govern.release.regressions import held
from seawall.govern.words import count, percent, plural


def judge_release(
    release: Release, catalog: Catalog, *, today: date, limits: GateLimits | None = None
) -> GateResult:
    """Judge a release: everything `gate.judge` asks for, and that nothing of it has expired.

    A risk above its tolerance passes with a live acceptance of its level; a control that is not
    in force passes with a live exception; a prohibited practice never does, from the day on which
    a clause bans it.
    """
    register = release.register
    stops = banned_on(catalog, today)
    live, dead = _acceptances(release, today)
    base = judge(register, release.harmless, limits=limits, stops=stops, accepted=live)
    people = people_missing(release, catalog, today)
    policy = policy_missing(release, catalog)
    vendors = vendors_missing(release)
    excepted, void = exceptions(release, catalog, {*people, *policy, *vendors}, today)
    checks: list[Check] = [
        _uncovered(release),
        _fresh(release, catalog, today),
        _accepted(live, dead),
        attested(release, people, excepted),
    ]
    if release.drift is not None:
        checks.append(_drift(release.drift, code="repository" in release.looked))
    if release.policy is not None:
        checks.append(in_policy(release, policy, excepted))
    if release.bought:
        checks.append(bought(release, vendors, excepted))
    if release.decisions.training:
        checks.append(training(release, today))
    if release.saved is not None:
        checks.append(held(release.saved, today, release.saved_days))
    if excepted or void or release.policy is not None:
        checks.append(excepting(release, excepted, void))
    reasons = (*base.reasons, *(reason for _, found in checks for reason in found))
    extra = [condition for condition, _ in checks]
    carried = (*_live_reasons(live, register), *left_out(excepted, catalog))
    return msgspec.structs.replace(
        base,
        passes=not reasons,
        reasons=reasons,
        conditions=(*base.conditions, *extra),
        accepted=carried,
    )


def _acceptances(release: Release, today: date) -> tuple[dict[str, Carried], list[Carried]]:
    """Return the acceptances that hold, by risk, and those that do not with the reason why."""
    rows = {
        row.risk: [row]
        for row in release.register.risks
        if row.applicability != "does not apply" and _needed(row)
    }
    written = [of_file(item, today, release.facts) for item in release.decisions.acceptances]
    return sort([*written, *release.accepted], rows)


def _needed(row: RiskRow) -> bool:
    """Return whether the risk would fail the gate without being accepted."""
    return tested(row) and not (row.ucb95 is not None and row.ucb95 <= row.tau)


def _accepted(live: Collection[str], dead: Sequence[Carried]) -> Check:
    reasons = [
        Reason(
            kind="acceptance",
            subject=item.subject,
            sentence=f"The acceptance of {item.subject} by {item.by} {item.problem}.",
            ref=item.ref,
        )
        for item in dead
    ]
    return check(
        "Acceptances hold",
        "every acceptance that is needed is live, of the risk's level, within what it accepted",
        f"{count(len(live))} live, {count(len(dead))} not",
        reasons,
    )


def _live_reasons(live: Mapping[str, Carried], register: Register) -> Iterator[Reason]:
    rows = {row.risk: row for row in register.risks}
    for key, item in live.items():
        row = rows[key]
        bound = "not measured" if row.ucb95 is None else f"up to {percent(row.ucb95)} of tries"
        yield Reason(
            kind="acceptance",
            subject=key,
            sentence=f"{key} ({row.title}), {bound}, is accepted by {item.by} until {item.until} "
            f"({item.ref}): {item.reason.rstrip('.')}. "
            f"Meanwhile: {item.compensating.rstrip('.')}.",
            ref=item.ref,
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
    return check(
        "Evidence is fresh",
        "measured within the days that each control allows",
        f"the oldest is of {oldest}" if release.register.pitfalls else "nothing was measured",
        reasons,
        looked=bool(release.register.pitfalls),
    )


def _evidence(subject: str, sentence: str) -> Reason:
    return Reason(kind="evidence", subject=subject, sentence=sentence)


def _uncovered(release: Release) -> Check:
    reasons = [
        Reason(kind="coverage", subject=item.subject, sentence=item.sentence)
        for item in release.uncovered
    ]
    return check(
        "No way round the gateway",
        "no model that the gateway does not serve, no provider that the code calls itself",
        _found(release) if not reasons else count(len(reasons)),
        reasons,
        looked=bool(release.looked) and not release.unaddressed,
    )


def _found(release: Release) -> str:
    """Say what was looked at, and what was not: silence about it would read as a finding."""
    seen, places = release.looked, release.unaddressed
    if places:
        more = f" (and {count(len(places) - 1)} more)" if len(places) > 1 else ""
        return (
            f"not known: no base_url at {places[0]}{more}, so the client asks its provider unless "
            "a variable says otherwise; name the gateway's address there"
        )
    missing = " and ".join(f"--{name}" for name in ("policy", "repository") if name not in seen)
    if not seen:
        return f"not looked at: give {missing}"
    text = f"none seen in the {' and the '.join(seen)}"
    return f"{text}; for the rest give {missing}" if missing else text


def _drift(drift: Sequence[Remark], *, code: bool) -> Check:
    reasons = [
        Reason(kind="profile", subject=item.subject, sentence=item.sentence) for item in drift
    ]
    agree = "they agree" if code else "register and profile agree; for the code give --repository"
    return check(
        "Register, profile and code agree",
        "the register is about the application as it is",
        agree if not reasons else plural(len(reasons), "difference"),
        reasons,
    )
