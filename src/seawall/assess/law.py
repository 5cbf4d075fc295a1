"""Which clauses bind an application, why, and what changes on which day.

Not legal advice: dated facts of the catalogue, each with its source, judged over the profile.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

import msgspec

from seawall.assess.applicability import Judgement, judge
from seawall.assess.clauses import lives
from seawall.catalog.load import Catalog
from seawall.catalog.model import Clause, Notice
from seawall.core.profile import Profile

Bearing = Literal["applies", "may apply", "does not apply"]
Practice = Literal["", "found", "not ruled out", "ruled out"]
State = Literal["binds", "not yet", "no date", "ended", "bill", "voluntary", "repealed"]
_BEARING: dict[bool | None, Bearing] = {
    True: "applies",
    None: "may apply",
    False: "does not apply",
}
# From the strictest class of the AI Act down.
_TIERS = ("high-risk", "transparency", "general-purpose")


class LawEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One clause as it stands towards one application on one day.

    `why` is a sentence; `question` would settle what is open. `practice` says whether a banned
    practice was found, for clauses that ban one. Dates are ISO days, empty where not known.
    """

    clause: str
    framework: str
    ref: str
    title: str
    duty: str
    bearing: Bearing
    state: State
    why: str
    question: str
    applies_from: str
    until: str
    superseded_by: str
    roles: tuple[str, ...]
    tier: str
    needs: str
    practice: Practice
    practice_why: str
    confidence: str
    checked: str
    read: str
    source: str
    controls: tuple[str, ...]
    notices: tuple[Notice, ...]

    @property
    def proof(self) -> str:
        """Say whether somebody read the source, when, and what was read in its place or so far."""
        if self.checked:
            return f"verified {self.checked}" + (f" in: {self.read}" if self.read else "")
        return "to be checked" + (f", read so far: {self.read}" if self.read else "")


class LawView(msgspec.Struct, frozen=True, kw_only=True):
    """All clauses towards one application on one day; `tier` is its class under the AI Act."""

    application: str
    day: str
    tier: str
    tier_why: str
    entries: tuple[LawEntry, ...]


class LawChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changes on a day: a clause starts, ends, or gives way to another."""

    day: str
    change: Literal["starts to apply", "ends"]
    clause: str
    title: str
    duty: str
    bearing: Bearing
    by: str
    confidence: str
    checked: str
    source: str


def law(profile: Profile, catalog: Catalog, day: date) -> LawView:
    """Judge every clause of the catalogue for an application on a day.

    What applies comes first, then what may apply; bans before the rest. Raises ValueError for a
    malformed rule in a card.
    """
    known: dict[str, Judgement] = {}
    entries = [
        _entry(clause, _bears(clause, profile, catalog, known), profile, catalog, day)
        for clause in catalog.clauses.values()
    ]
    order = tuple(_BEARING.values())
    entries.sort(key=lambda one: (order.index(one.bearing), not one.practice, one.clause))
    tier, why = _tier(entries)
    return LawView(
        application=profile.application,
        day=day.isoformat(),
        tier=tier,
        tier_why=why,
        entries=tuple(entries),
    )


def calendar(view: LawView, days: int) -> list[LawChange]:
    """Return what changes within `days` after the view's day, for clauses that (may) apply."""
    first = view.day
    last = (date.fromisoformat(first) + timedelta(days=days)).isoformat()
    found: list[LawChange] = []
    for entry in view.entries:
        if entry.bearing == "does not apply" or entry.state in ("bill", "repealed"):
            continue
        if first < entry.applies_from <= last:
            found.append(_change(entry, entry.applies_from, "starts to apply"))
        if first < entry.until <= last:
            found.append(_change(entry, entry.until, "ends"))
    return sorted(found, key=lambda one: (one.day, one.clause))


def notices(
    profile: Profile, catalog: Catalog, day: date
) -> dict[str, tuple[Bearing, tuple[Notice, ...]]]:
    """Return who must be told of an incident, by clause that binds on a day: (bearing, notices).

    What may apply counts. Raises what `law` does.
    """
    return {
        one.clause: (one.bearing, one.notices)
        for one in law(profile, catalog, day).entries
        if one.bearing != "does not apply" and one.state == "binds" and one.notices
    }


def state_of(clause: Clause, day: date) -> State:
    """Return where a clause stands on a day; one in force without a known date binds."""
    today = day.isoformat()
    simple: dict[str, State] = {"repealed": "repealed", "proposed": "bill"}
    if clause.status in simple:
        return simple[clause.status]
    if clause.until and clause.until <= today:
        return "ended"
    if clause.applies_from > today:
        return "not yet"
    if clause.status == "voluntary":
        return "voluntary"
    return "no date" if clause.status == "enacted" and not clause.applies_from else "binds"


def _change(entry: LawEntry, day: str, change: Literal["starts to apply", "ends"]) -> LawChange:
    return LawChange(
        day=day,
        change=change,
        clause=entry.clause,
        title=entry.title,
        duty=entry.duty,
        bearing=entry.bearing,
        by=entry.superseded_by if change == "ends" else "",
        confidence=entry.confidence,
        checked=entry.checked,
        source=entry.source,
    )


def _entry(
    clause: Clause, verdict: Judgement, profile: Profile, catalog: Catalog, day: date
) -> LawEntry:
    practice, practice_why = _practice(clause, verdict, profile, catalog)
    question = catalog.questions[verdict.missing_fact].ask if verdict.missing_fact else ""
    return LawEntry(
        clause=clause.id,
        framework=clause.fw,
        ref=clause.ref,
        title=clause.title,
        duty=clause.duty,
        bearing=_BEARING[verdict.applies],
        state=state_of(clause, day),
        why=verdict.sentence,
        question=question,
        applies_from=clause.applies_from,
        until=clause.until,
        superseded_by=clause.superseded_by,
        roles=clause.roles,
        tier=clause.tier,
        needs=clause.needs,
        practice=practice,
        practice_why=practice_why,
        confidence=clause.confidence,
        checked=clause.checked,
        read=clause.read,
        source=clause.source,
        controls=catalog.controls_of_clause.get(clause.id, ()),
        notices=clause.notices,
    )


def _bears(
    clause: Clause, profile: Profile, catalog: Catalog, known: dict[str, Judgement]
) -> Judgement:
    """Judge place, role, rule and the clause it needs; one that fails decides.

    A bill may apply at most.
    """
    if clause.id not in known:
        parts = [_place(clause, profile), _role(clause, profile)]
        if clause.status == "proposed":
            parts.append(Judgement(None, "it is a bill and binds nobody yet"))
        if clause.applies_when is not None:
            parts.append(judge(clause.applies_when, profile))
        if clause.needs:
            needed = _bears(catalog.clauses[clause.needs], profile, catalog, known)
            parts.append(_needing(clause.needs, needed))
        known[clause.id] = _all(parts)
    return known[clause.id]


def _needing(key: str, needed: Judgement) -> Judgement:
    """Return what a needed clause means for the one that needs it."""
    words = {True: "applies", None: "may apply", False: "does not apply"}
    return needed._replace(sentence=f"{key} {words[needed.applies]}")


def _all(parts: Iterable[Judgement]) -> Judgement:
    """Combine judgements: one that is false decides, then one that is unknown."""
    held = list(parts)
    starts = {
        False: "Does not apply because",
        None: "Cannot be decided:",
        True: "Applies because",
    }
    for wanted, start in starts.items():
        chosen = [part for part in held if part.applies is wanted]
        if not chosen:
            continue
        chosen = chosen[:1] if wanted is False else chosen
        reasons = [_reason(part) for part in chosen]
        text = " and ".join(dict.fromkeys(reason for reason in reasons if reason))
        missing = next((part.missing_fact for part in chosen if part.missing_fact), "")
        return Judgement(wanted, f"{start} {text or 'it concerns every application'}.", missing)
    raise ValueError("nothing to combine")


def _reason(part: Judgement) -> str:
    text = part.sentence.rstrip(".")
    for start in ("Applies because ", "Does not apply because ", "Cannot be decided: "):
        text = text.removeprefix(start)
    return text


def _place(clause: Clause, profile: Profile) -> Judgement:
    """Judge where people live, or where data is processed for clauses that reach that far."""
    if not clause.where and not clause.processed_in:
        return Judgement(True, "")
    verdicts = [lives(clause, profile)]
    if clause.processed_in:
        rule = {"fact": "geo.processing", "has_any": list(clause.processed_in)}
        verdicts.append(judge(rule, profile))
    for wanted in (True, None):
        for verdict in verdicts:
            if verdict.applies is wanted:
                return verdict
    return verdicts[0]


def _role(clause: Clause, profile: Profile) -> Judgement:
    if not clause.roles:
        return Judgement(True, "")
    verdict = judge({"fact": "role.eu", "has_any": list(clause.roles)}, profile)
    return verdict._replace(sentence=_reason(verdict))


def _practice(
    clause: Clause, verdict: Judgement, profile: Profile, catalog: Catalog
) -> tuple[Practice, str]:
    """Judge whether the facts show a banned practice. What no fact rules out stays open."""
    if not clause.prohibited or verdict.applies is False:
        return "", ""
    stops = [
        catalog.risks[key] for key in catalog.risks_of_clause.get(clause.id, ())
        if catalog.risks[key].stop
    ]  # fmt: skip
    rules = [risk.applies_when for risk in stops]
    if clause.bans_when is not None:
        rules = [clause.bans_when]
    judged = [judge(rule, profile) for rule in rules]
    for found in judged:
        if found.applies:
            return "found", found.sentence
    if clause.possible_when is not None:
        judged.append(judge(clause.possible_when, profile))
        if judged[-1].applies:
            reason = f"It could be done: {_reason(judged[-1])}. Show the safeguards."
            return "not ruled out", reason
    for found in judged:
        if found.applies is None:
            return "not ruled out", found.sentence
    if not judged:
        return "not ruled out", "No rule of the catalogue can tell."
    return "ruled out", f"{_reason(judged[0])}.".capitalize()


def _tier(entries: Iterable[LawEntry]) -> tuple[str, str]:
    """Return the application's class under the AI Act, and why; unknown never lowers it."""
    held = sorted(entries, key=lambda one: bool(one.needs))
    for entry in held:
        banned = entry.practice == "found" and entry.state in ("binds", "no date")
        if entry.tier == "prohibited" and banned:
            return "prohibited", entry.practice_why
    for tier in _TIERS:
        mine = [one for one in held if one.tier == tier]
        for bearing, name in (("applies", tier), ("may apply", f"perhaps {tier}")):
            chosen = next((one for one in mine if one.bearing == bearing), None)
            if chosen is not None:
                return name, f"{chosen.clause}: {chosen.why}"
    return "none", "No clause of the AI Act that makes a class applies."
