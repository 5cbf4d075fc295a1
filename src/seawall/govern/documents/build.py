"""Fill a document in: facts with their source, risks, controls, rates, duties. Nothing is made up.

What is not known is said and asked for; what a person has to write stays a task in the draft.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from seawall.catalog.load import Catalog
from seawall.catalog.model import Question
from seawall.core.profile import Fact, Profile
from seawall.core.register import Register, RiskRow
from seawall.govern.documents.model import (
    Document,
    DocumentCard,
    Duty,
    Part,
    SectionCard,
    Table,
)
from seawall.govern.gate import tested
from seawall.govern.status.model import ControlState
from seawall.govern.words import count, interval, percent, plain

UNKNOWN = "not known"


class Given(NamedTuple):
    """What a document is made of; `states` and `duties` as of the same day."""

    profile: Profile
    register: Register
    catalog: Catalog
    states: Sequence[ControlState]
    duties: Sequence[Duty]


def build(card: DocumentCard, given: Given) -> Document:
    """Return the draft of one kind for one application."""
    register = given.register
    parts = tuple(_part(section, given) for section in card.sections)
    asked = dict.fromkeys(fact for section in card.sections for fact in section.facts)
    return Document(
        kind=card.id,
        title=card.title,
        reader=card.reader,
        intro=" ".join(card.intro.split()),
        application=plain(register.application),
        subject=plain(given.profile.title),
        created=register.created[:10],
        model=plain(register.model),
        parts=parts,
        open=tuple(
            given.catalog.questions[key].ask for key in asked if given.profile.value(key) is None
        ),
    )


def _part(section: SectionCard, given: Given) -> Part:
    return Part(
        title=section.title,
        text=" ".join(section.text.split()),
        tables=tuple(_tables(section, given)),
        todo=section.todo,
    )


def _tables(section: SectionCard, given: Given) -> Iterator[Table]:
    risks = [
        row
        for row in given.register.risks
        if row.applicability != "does not apply" and _among(row.risk, section.risks)
    ]
    if section.facts:
        yield _facts(section.facts, given)
    if section.risks:
        yield _risks(risks)
    if section.controls:
        yield control_table(_acting(given.states, risks if section.risks else None))
    if section.rates:
        yield _rates(given.register)
    if section.untested:
        yield _untested(given.register)
    if section.law:
        yield _law([one for one in given.duties if _among(one.clause, section.law)])


def _among(key: str, beginnings: Sequence[str]) -> bool:
    return key.startswith(tuple(beginnings)) if beginnings else False


def _facts(keys: Sequence[str], given: Given) -> Table:
    rows = []
    for key in keys:
        fact = given.profile.facts.get(key)
        question = given.catalog.questions[key]
        rows.append((question.ask, answer(fact, question), source(fact)))
    return Table(
        caption="Facts of the profile", head=("Question", "Answer", "From"), rows=tuple(rows),
        empty="",
    )  # fmt: skip


def answer(fact: Fact | None, question: Question) -> str:
    """Say an answer in words: options with what they mean, names as they are, what is not known."""
    return UNKNOWN if fact is None or fact.value is None else _said(fact.value, question)


def _said(value: Any, question: Question) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_said(item, question) for item in value) or "none"
    if isinstance(value, int | float):
        return f"{value:,.10g}"
    text = plain(str(value))
    if value not in question.options:
        return text
    text, meaning = text.replace("_", " "), question.meanings.get(value, "")
    if not meaning or meaning == text:
        return text
    return meaning if value == "none" else f"{text} ({meaning})"


def source(fact: Fact | None) -> str:
    """Say who answered and when, and the first place that shows it."""
    if fact is None:
        return "nobody answered"
    said = [fact.source, fact.owner, fact.date, *fact.grounds[:1]]
    return plain(", ".join(str(item) for item in said if item)) or "no source named"


def _risks(rows: Sequence[RiskRow]) -> Table:
    return Table(
        caption="Risks that apply or may apply",
        head=("Risk", "Severity", "Why", "What was shown"),
        rows=tuple(
            (f"{row.risk} {plain(row.title)}", row.severity, plain(row.trace), shown(row))
            for row in rows
        ),
        empty="None of the risks of this kind applies, as the profile stands.",
    )


def shown(row: RiskRow) -> str:
    """Say what was measured of a risk, against its tolerance; without a measurement say that."""
    if row.applicability == "unknown":
        return f"May apply; it takes an answer: {plain(row.question) or 'complete the profile'}"
    if not row.probes:
        return "Not tested: no probe tries it."
    if row.ucb95 is None:
        return "Not measured yet."
    within = "within" if tested(row) and row.ucb95 <= row.tau else "above"
    return f"Up to {percent(row.ucb95)} of tries succeed (95%), {within} {percent(row.tau)}."


def _acting(states: Sequence[ControlState], risks: Sequence[RiskRow] | None) -> list[ControlState]:
    wanted = None if risks is None else {key for row in risks for key in row.controls}
    return [
        one
        for one in states
        if one.state != "not applicable" and (wanted is None or one.control in wanted)
    ]


def control_table(states: Sequence[ControlState]) -> Table:
    """Return the controls with the state of each and the reason."""
    return Table(
        caption="Measures",
        head=("Measure", "State", "Why"),
        rows=tuple(
            (f"{one.control} {plain(one.title)}", one.state, plain(one.reason)) for one in states
        ),
        empty="No measure of the catalogue acts on these risks.",
    )


def _rates(register: Register) -> Table:
    rows = []
    for row in register.pitfalls:
        cells = [
            f"{percent(one.asr)} ({interval(one.low, one.high)}) of {count(one.n)}"
            if one.n
            else "not measured"
            for one in (row.off, row.on)
        ]
        rows.append((f"{row.probe} {plain(row.title)}", *cells, row.measured or UNKNOWN))
    return Table(
        caption="Attacks that succeeded, with the 95% interval",
        head=("Attack", "Guards off", "Guards on", "Measured"),
        rows=tuple(rows),
        empty="No attack was measured.",
    )


def _untested(register: Register) -> Table:
    rows = [
        (f"{row.risk} {plain(row.title)}", row.severity, shown(row))
        for row in register.risks
        if row.applicability != "does not apply" and (not row.probes or row.ucb95 is None)
    ]
    return Table(
        caption="Not tested by anybody", head=("Risk", "Severity", "Where it stands"),
        rows=tuple(rows), empty="Every risk that applies was tried.",
    )  # fmt: skip


def _law(duties: Sequence[Duty]) -> Table:
    return Table(
        caption="Law (facts, not legal advice)",
        head=("Clause", "Duty", "Bears", "Since", "Source"),
        rows=tuple(
            (f"{one.clause} {one.title}", one.duty, one.bearing, one.since or UNKNOWN, one.proof)
            for one in duties
        ),
        empty="No clause of this kind applies, as the profile stands.",
    )
