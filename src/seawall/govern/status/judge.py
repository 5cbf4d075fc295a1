"""The state of every control: tested, not shown, attested, expired, not tested, and why.

Unknown is never good: a probe that was not run, an attempt that failed, a control that the policy
does not hold leave a control not tested, whatever else speaks for it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from seawall.catalog.load import Catalog
from seawall.catalog.model import Control
from seawall.core.register import PitfallRow, Register
from seawall.govern.gate import unscored
from seawall.govern.status.model import ControlState, EvidenceItem, State, Vouched
from seawall.govern.words import count, interval, percent

Verdict = tuple[State, str]


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks for controls beside the register.

    `policy` maps the controls that the running policy enforces to what enforces them; None: no
    policy was given. `more` is further evidence by control (checks, training, vendors).
    """

    vouched: Sequence[Vouched] = ()
    policy: Mapping[str, str] | None = None
    more: Mapping[str, Sequence[EvidenceItem]] = {}


def control_states(
    register: Register, catalog: Catalog, *, today: date, grounds: Grounds | None = None
) -> tuple[ControlState, ...]:
    """Return the state of every control of the catalogue as of a day, by id."""
    given = grounds or Grounds()
    return tuple(
        _state(card, register, catalog, given, today) for card in catalog.controls.values()
    )


def _state(
    card: Control, register: Register, catalog: Catalog, given: Grounds, today: date
) -> ControlState:
    outside = _not_applicable(card, register)
    items = _items(card, register, given, today)
    judged: Verdict = ("not applicable", outside)
    if not outside:
        judged = _judge(card, register, catalog, given, today)
    return ControlState(
        control=card.id,
        title=card.title,
        type=card.type,
        state=judged[0],
        reason=judged[1],
        risks=tuple(row.risk for row in register.risks if card.id in row.controls),
        evidence=items,
    )


def _not_applicable(card: Control, register: Register) -> str:
    """Return why a control does not concern this application; empty where it does."""
    open_ = [r for r in register.risks if r.risk in card.risks and _open(r.applicability)]
    if not open_:
        ruled_out = [r.risk for r in register.risks if r.risk in card.risks]
        said = ", ".join(ruled_out) if ruled_out else "the risks it acts on"
        return f"None of the risks that it acts on applies here: {said}."
    if not any(card.id in row.controls for row in open_):
        return "The profile rules it out: what it is for does not occur in this application."
    return ""


def _open(applicability: str) -> bool:
    return applicability != "does not apply"


def _judge(
    card: Control, register: Register, catalog: Catalog, given: Grounds, today: date
) -> Verdict:
    probes = _probes(card, register, catalog)
    if probes:
        return _tested(card, probes, register, given, today)
    if card.enforce.attestation:
        return _attested(card, given, today)
    checks = given.more.get(card.id, ())
    if checks:
        return _checked(checks, today)
    if given.policy is not None and card.id not in given.policy:
        return "not tested", "The policy does not hold it, and no probe tests it."
    can = "The policy can enforce it" if given.policy is None else "The policy enforces it"
    where = "It is always on" if card.enforce.built_in else can
    if catalog.probes_of_control.get(card.id):
        return "not tested", f"{where}, but no probe tests it here."
    # Every technical control that no probe of the catalogue tests has a drill.
    return (
        "not tested",
        f"{where}, but no probe tests it; `seawall drill` tries it on this machine.",
    )


def _probes(card: Control, register: Register, catalog: Catalog) -> tuple[str, ...]:
    """Return the probes that test a control on risks that may apply, and that have a way in."""
    asked = {key for row in register.risks if _open(row.applicability) for key in row.probes}
    return tuple(key for key in catalog.probes_of_control.get(card.id, ()) if key in asked)


def _worst_first(
    rows: Mapping[str, PitfallRow], probes: Sequence[str], status: str
) -> list[PitfallRow]:
    """Return the pitfalls of some probes that have a status, the highest bound first."""
    found = [rows[key] for key in probes if key in rows and rows[key].status == status]
    return sorted(found, key=lambda row: -row.on.ucb95)


def _tested(
    card: Control, probes: Sequence[str], register: Register, given: Grounds, today: date
) -> Verdict:
    rows = {row.probe: row for row in register.pitfalls}
    if failed := _worst_first(rows, probes, "failed"):
        row = failed[0]
        return "tested-fail", (
            f"{row.probe} may get through in up to {percent(row.on.ucb95)} of tries, above "
            f"{percent(row.tau)}{_others(len(failed) - 1)}."
        )
    if undecided := _worst_first(rows, probes, "not shown"):
        row = undecided[0]
        return "not shown", (
            f"{count(row.on.complied)} of {count(row.on.n)} tries of {row.probe} got through, "
            f"which may be up to {percent(row.on.ucb95)}; {percent(row.tau)} is neither kept nor "
            f"broken: attack with more{_others(len(undecided) - 1)}."
        )
    missing = [key for key in probes if key not in rows or rows[key].status != "tested"]
    if missing:
        return "not tested", f"Not measured through the guards: {', '.join(missing)}."
    if given.policy is not None and card.id not in given.policy:
        return "not tested", "Its probes pass, but the policy that was given does not hold it."
    unknown = [key for key in probes if unscored(rows[key])]
    if unknown:
        return "not tested", f"Attempts of {', '.join(unknown)} could not be scored."
    shown = [key for key in probes if _shown(rows[key])]
    if not shown:
        return "not tested", (
            f"{', '.join(probes)}: the attack did not work much better without the guards, so "
            "nothing shows that this control stops it."
        )
    oldest = min((rows[key] for key in probes), key=lambda row: _made(row, register))
    last = _made(oldest, register) + timedelta(days=card.fresh_days)
    if today > last:
        return "expired", (
            f"{oldest.probe} was measured on {_made(oldest, register)}, and that counted until "
            f"{last}: attack again."
        )
    worst = max((rows[key] for key in probes), key=lambda row: row.on.ucb95)
    return "tested-pass", (
        f"{', '.join(probes)} got through in at most {percent(worst.on.ucb95)} of tries (95% "
        f"confidence), within {percent(worst.tau)}; this counts until {last}."
    )


def _others(number: int) -> str:
    return f" ({count(number)} more of its probes too)" if number else ""


def _shown(row: PitfallRow) -> bool:
    """Say whether a probe shows an effect: the intervals with guards off and on are apart."""
    return row.off.n > 0 and row.on.n > 0 and row.off.low > row.on.high


def _made(row: PitfallRow, register: Register) -> date:
    """Return the day of a measurement; without a day it is older than anything."""
    for text in (row.measured, register.created):
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            continue
    return date.min


def _attested(card: Control, given: Grounds, today: date) -> Verdict:
    found = [one for one in given.vouched if one.control == card.id]
    live = [one for one in found if not ended(one, today)]
    against = [item for item in given.more.get(card.id, ()) if not item.holds]
    if live and against:
        return "expired", f"{live[0].by} vouches for it, but {_lower(against[0].sentence)}"
    if live:
        one = max(live, key=lambda one: one.until)
        return "attested", f"{one.by} vouches for it since {one.date}, until {one.until}."
    if found:
        one = max(found, key=lambda one: one.until)
        return "expired", f"{ended(one, today)} Nobody vouches for it any more: attest it again."
    return "not tested", f"Nobody vouches for it. To attest: {card.enforce.attestation}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def ended(one: Vouched, today: date) -> str:
    """Return why an attestation does not count on a day, as a sentence; empty where it does."""
    day = today.isoformat()
    if one.ended:
        return f"What {one.by} attested on {one.date} counts no more: {one.ended.rstrip('.')}."
    if one.date > day:
        return f"What {one.by} attests begins on {one.date} only."
    return f"What {one.by} attested on {one.date} ended on {one.until}." if one.until < day else ""


def _checked(checks: Sequence[EvidenceItem], today: date) -> Verdict:
    bad = [item for item in checks if not item.holds]
    if bad:
        return "tested-fail", bad[0].sentence
    old = [item for item in checks if item.until and item.until < today.isoformat()]
    if old:
        return "expired", f"{old[0].sentence} That counted until {old[0].until}."
    return "tested-pass", checks[0].sentence


def _items(
    card: Control, register: Register, given: Grounds, today: date
) -> tuple[EvidenceItem, ...]:
    """Return all that was seen of a control, for and against."""
    items = []
    if card.enforce.built_in:
        items.append(_item("built in", card.id, "The gateway always does this.", holds=True))
    elif given.policy is not None and not card.enforce.attestation:
        what = given.policy.get(card.id, "")
        said = f"The policy enforces it: {what}." if what else "The policy does not hold it."
        items.append(_item("policy", card.id, said, holds=bool(what)))
    items += [
        _run(row, card, register, today) for row in register.pitfalls if card.id in row.controls
    ]
    for one in given.vouched:
        if one.control == card.id:
            over = ended(one, today)
            said = over or f"{one.by} vouches for it{f': {one.note}' if one.note else ''}."
            items.append(
                EvidenceItem(
                    source="attestation",
                    subject=one.ref,
                    sentence=said,
                    holds=not over,
                    date=one.date,
                    until=one.until,
                )
            )
    return (*items, *given.more.get(card.id, ()))


def _run(row: PitfallRow, card: Control, register: Register, today: date) -> EvidenceItem:
    made = _made(row, register)
    last = made + timedelta(days=card.fresh_days)
    return EvidenceItem(
        source="probe",
        subject=row.probe,
        sentence=(
            f"{count(row.on.complied)} of {count(row.on.n)} tries got through with the guards on "
            f"({interval(row.on.low, row.on.high)}), {count(row.off.complied)} of "
            f"{count(row.off.n)} without; {count(unscored(row))} could not be scored."
        ),
        holds=row.status == "tested" and _shown(row) and not unscored(row) and today <= last,
        date=made.isoformat(),
        until=last.isoformat(),
    )


def _item(source: str, subject: str, sentence: str, *, holds: bool) -> EvidenceItem:
    return msgspec.convert(
        {"source": source, "subject": subject, "sentence": sentence, "holds": holds}, EvidenceItem
    )
