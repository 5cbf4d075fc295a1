"""The gate's look at controls: in the policy, attested in time, or left out by an exception."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from seawall.catalog.load import Catalog
from seawall.core.register import Register, Remark
from seawall.core.regressions import Regression
from seawall.core.trials import HarmlessResult
from seawall.govern.exceptions import rows_of
from seawall.govern.gate import Check, Reason, check
from seawall.govern.inputs import ControlRow
from seawall.govern.people.courses import load_courses
from seawall.govern.people.training import Completion, missing
from seawall.govern.people.vendors import OWN
from seawall.govern.release.carried import Carried, of_file, sort
from seawall.govern.release.decisions import Decisions, vouched
from seawall.govern.status.judge import ended
from seawall.govern.status.model import EvidenceItem, Vouched
from seawall.govern.words import count

DAYS = 90


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """What a release is judged by.

    `drift`: where register, profile and code differ (None: there was nothing to compare).
    `uncovered`: traffic that was seen to reach a model without the gateway; `looked`: where
    somebody looked for it; `unaddressed`: places of clients that do not say where they send.
    `facts` are the profile's answers (None: no profile). `policy` maps the controls that the
    gateway's policy holds to what enforces them (None: no policy was given). `vouched`,
    `accepted` and `excepted` are what the registers hold beside the file of decisions, as it
    stands today; `trained` who passed which course, `teams` the members of each team; `bought`
    what vendors show, by control; `saved` what became of saved cases (None: none were given),
    tried within `saved_days` days.
    """

    register: Register
    harmless: Sequence[HarmlessResult] = ()
    controls: Sequence[ControlRow] = ()
    decisions: Decisions = Decisions()
    drift: Sequence[Remark] | None = None
    uncovered: Sequence[Remark] = ()
    looked: tuple[Literal["policy", "repository"], ...] = ()
    unaddressed: Sequence[str] = ()
    facts: Mapping[str, Any] | None = None
    policy: Mapping[str, str] | None = None
    vouched: Sequence[Vouched] = ()
    accepted: Sequence[Carried] = ()
    excepted: Sequence[Carried] = ()
    trained: Sequence[Completion] = ()
    teams: Mapping[str, Sequence[str]] = {}
    bought: Mapping[str, Sequence[EvidenceItem]] = {}
    saved: Sequence[Regression] | None = None
    saved_days: int = 7


def _title(key: str, catalog: Catalog) -> str:
    card = catalog.controls.get(key)
    return f"{key} ({card.title})" if card else key


def _vouched(release: Release, catalog: Catalog) -> list[Vouched]:
    return [*vouched(release.decisions, catalog, "the file of decisions"), *release.vouched]


def people_missing(release: Release, catalog: Catalog, today: date) -> dict[str, str]:
    """Return what the plan leaves to people and nobody vouches for today, each with a sentence.

    What the file of decisions attests has to hold too, planned or not.
    """
    planned = {row.id for row in release.controls if row.how == "people"}
    written = {item.control for item in release.decisions.attestations}
    given: dict[str, list[Vouched]] = {}
    for one in _vouched(release, catalog):
        given.setdefault(one.control, []).append(one)
    missing = {}
    for key in sorted(planned | written):
        found = given.get(key, [])
        if not any(not ended(one, today) for one in found):
            missing[key] = _unattested(_title(key, catalog), found, today)
    return missing


def _unattested(title: str, found: Sequence[Vouched], today: date) -> str:
    if not found:
        return f"{title} is in the plan and nobody attests it: name a person and a day."
    newest = max(found, key=lambda one: (one.until, one.date))
    if newest.date > today.isoformat():
        return f"{title} is attested for {newest.date}, which is to come."
    if newest.ended:
        return f"{title}: {ended(newest, today)} Have it attested again."
    return (
        f"{title} was attested on {newest.date} by {newest.by}, which counted until "
        f"{newest.until}: attest it again."
    )


def attested(release: Release, missing: Mapping[str, str], excepted: Collection[str]) -> Check:
    """Check what people vouch for: all of the plan that rests on them, and nothing old."""
    planned = {row.id for row in release.controls if row.how == "people"}
    written = {item.control for item in release.decisions.attestations}
    reasons = [
        Reason(kind="attestation", subject=key, sentence=sentence)
        for key, sentence in missing.items()
        if key not in excepted
    ]
    total = len(planned | written)
    return check(
        "Attestations hold",
        "what rests on people is attested by name, not too long ago",
        _of(release, total, missing, excepted),
        reasons,
        looked=total > 0,
    )


def _of(release: Release, total: int, missing: Collection[str], excepted: Collection[str]) -> str:
    """Say how many of the plan's controls hold; without a plan nobody knows which they are."""
    if total:
        return f"{count(total - len(missing))} of {count(total)}{_but(missing, excepted)}"
    return "the plan has none" if release.controls else "not looked at: give --plan"


def vendors_missing(release: Release) -> dict[str, list[EvidenceItem]]:
    """Return what vendors show against controls: of vendors themselves, and of what is planned."""
    planned = {row.id for row in release.controls if row.how == "people"}
    written = {item.control for item in release.decisions.attestations}
    found = {
        key: [item for item in items if not item.holds]
        for key, items in release.bought.items()
        if key in planned | written | {OWN}
    }
    return {key: items for key, items in found.items() if items}


def bought(
    release: Release, missing: Mapping[str, Sequence[EvidenceItem]], excepted: Collection[str]
) -> Check:
    """Check that every vendor in use is approved today, and answers as planned controls need."""
    reasons = [
        Reason(kind="vendor", subject=key, sentence=item.sentence, ref=item.subject)
        for key, items in missing.items()
        if key not in excepted
        for item in items
    ]
    used = len(release.bought.get(OWN, ()))
    return check(
        "Vendors are approved",
        "every vendor in use is approved until its review, and answers as the plan needs",
        f"{count(used - len(missing.get(OWN, ())))} of {count(used)}{_but(missing, excepted)}",
        reasons,
    )


def _but(missing: Collection[str], excepted: Collection[str]) -> str:
    number = len(set(missing) & set(excepted))
    return f", {count(number)} left out by an exception" if number else ""


def policy_missing(release: Release, catalog: Catalog) -> dict[str, str]:
    """Return the gateway's controls of the plan that its policy does not hold, with a sentence."""
    if release.policy is None:
        return {}
    return {
        row.id: f"{_title(row.id, catalog)} is in the plan, and the policy does not hold it whole: "
        "put its rules back, or have somebody approve an exception."
        for row in release.controls
        if row.how == "gateway" and row.id not in release.policy
    }


def in_policy(release: Release, missing: Mapping[str, str], excepted: Collection[str]) -> Check:
    """Check that the gateway's policy holds every control that the plan gave it."""
    reasons = [
        Reason(kind="control", subject=key, sentence=sentence)
        for key, sentence in missing.items()
        if key not in excepted
    ]
    total = sum(row.how == "gateway" for row in release.controls)
    return check(
        "Controls are in force",
        "the gateway's policy holds every control that the plan gave it",
        _of(release, total, missing, excepted),
        reasons,
        looked=total > 0,
    )


def in_force(
    policy: Mapping[str, str] | None, given: Sequence[Vouched], catalog: Catalog, today: date,
    bought: Mapping[str, Sequence[EvidenceItem]],
) -> frozenset[str]:  # fmt: skip
    """Return the controls that are shown to be in place: in the policy, always on, or attested.

    What a vendor shows against a control outweighs an attestation of it.
    """
    always = {key for key, card in catalog.controls.items() if card.enforce.built_in}
    against = {key for key, items in bought.items() if not all(item.holds for item in items)}
    people = {one.control for one in given if not ended(one, today)} - against
    return frozenset({*always, *people, *(policy or {})})


def exceptions(
    release: Release, catalog: Catalog, needed: Collection[str], today: date
) -> tuple[dict[str, Carried], list[Carried]]:
    """Return the exceptions that hold, by control, and those that do not; only `needed` ones."""
    given = _vouched(release, catalog)
    held = in_force(release.policy, given, catalog, today, release.bought)
    written = []
    for item in release.decisions.exceptions:
        carried = of_file(item, today, release.facts)
        if not carried.problem and item.compensating not in held:
            problem = f"rests on {item.compensating}, which is not shown to be in force"
            carried = msgspec.structs.replace(carried, problem=problem)
        written.append(carried)
    rows = {key: rows_of(release.register, key) for key in needed}
    return sort([*written, *release.excepted], rows)


def excepting(release: Release, live: Mapping[str, Carried], void: Sequence[Carried]) -> Check:
    """Check that every exception that is needed holds."""
    reasons = [
        Reason(
            kind="exception",
            subject=item.subject,
            sentence=f"The exception to {item.subject} by {item.by} {item.problem}.",
            ref=item.ref,
        )
        for item in void
    ]
    return check(
        "Exceptions hold",
        "every exception that is needed is live, and what compensates is in force",
        f"{count(len(live))} live, {count(len(void))} not" if live or void
        else "none is needed" if release.controls else "not looked at: give --plan",
        reasons,
        looked=bool(release.controls or live or void),
    )  # fmt: skip


def left_out(live: Mapping[str, Carried], catalog: Catalog) -> Iterator[Reason]:
    """Return what each exception carries."""
    for key, item in live.items():
        yield Reason(
            kind="exception",
            subject=key,
            sentence=f"{_title(key, catalog)} is left out until {item.until} by an exception of "
            f"{item.by} ({item.ref}): {item.reason.rstrip('.')}. Meanwhile: {item.compensating}.",
            ref=item.ref,
        )


def training(release: Release, today: date) -> Check:
    """Check that everybody who needs a course for a function has passed it in time."""
    required = release.decisions.training
    gaps = missing(required, release.trained, load_courses(), release.teams, today)
    reasons = [
        Reason(kind="training", subject=gap.person or gap.function, sentence=gap.why,
               ref=gap.course)
        for gap in gaps
    ]  # fmt: skip
    return check(
        "Training is done",
        "everybody who needs a course for a function has passed it, not too long ago",
        "they have" if not gaps else f"{count(len(gaps))} missing",
        reasons,
    )
