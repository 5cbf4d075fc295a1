"""The report's typed context: every text that the template shows, ready to print."""

import msgspec
from markupsafe import Markup


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything that the template reads: unknown names fail, as StrictUndefined asks."""


class Tile(Fields, frozen=True, kw_only=True):
    """One headline number: what it is, its value, what it means."""

    label: str
    value: str
    note: str


class Figure(Fields, frozen=True, kw_only=True):
    """One chart, drawn for wide and for narrow screens."""

    wide: Markup
    narrow: Markup


class PitfallLine(Fields, frozen=True, kw_only=True):
    """One row of the table of pitfalls."""

    probe: str
    title: str
    category: str
    risk: str
    tries: str
    asr_off: str
    asr_on: str
    bounds_on: str
    effect: str
    effect_bounds: str
    ucb95: str
    tau: str
    coverage: str
    controls: tuple[str, ...]
    status: str
    good: bool
    reason: str


class RiskLine(Fields, frozen=True, kw_only=True):
    """One row of the table of risks that apply. `band_*` are 0 (none) to 5."""

    risk: str
    title: str
    category: str
    severity: str
    trace: str
    ale: tuple[str, str]
    p95: tuple[str, str]
    band_inherent: int
    band_residual: int
    basis: str
    tau: str
    ucb95: str
    gate: str
    good: bool | None
    reason: str


class PackLine(Fields, frozen=True, kw_only=True):
    """A sector or topic: how risks show there (risk, sentence), and what to count."""

    pack: str
    title: str
    trace: str
    shows: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...]


class OtherRisk(Fields, frozen=True, kw_only=True):
    """A risk with an open question, or one that does not apply (with the reason)."""

    risk: str
    title: str
    trace: str
    question: str


class Share(Fields, frozen=True, kw_only=True):
    """Harmless conversations of one kind or language."""

    name: str
    sent: str
    blocked: str
    altered: str
    errors: str
    share: str
    bounds: str


class Hit(Fields, frozen=True, kw_only=True):
    """One harmless conversation that the guards touched or that failed."""

    id: str
    kind: str
    language: str
    outcome: str
    controls: str
    reason: str


class FlowLine(Fields, frozen=True, kw_only=True):
    """One data flow of the application."""

    number: str
    source: str
    target: str
    label: str
    crosses: bool


class ControlLine(Fields, frozen=True, kw_only=True):
    """One control of the plan."""

    id: str
    title: str
    reason: str
    how: str
    enforced_by: str
    risks: tuple[str, ...]


class Line(Fields, frozen=True, kw_only=True):
    """A name and a value."""

    name: str
    value: str


class StateLine(Fields, frozen=True, kw_only=True):
    """The state of one control, or of several about which the same is said and nothing was seen.

    `controls` are (title, id). `good` None: neither good nor bad. `evidence`: what was seen.
    """

    controls: tuple[Line, ...]
    state: str
    good: bool | None
    reason: str
    evidence: tuple[str, ...]


class Harmless(Fields, frozen=True, kw_only=True):
    """Harmless traffic: the total, by kind, by language, and what was touched."""

    total: Share
    kinds: tuple[Share, ...]
    languages: tuple[Share, ...]
    hits: tuple[Hit, ...]
    more_hits: int


class Reached(Fields, frozen=True, kw_only=True):
    """What attacks would succeed if only a share of the traffic passed the guards."""

    coverage: str
    asr: str


class Loss(Fields, frozen=True, kw_only=True):
    """One row of the loss table: what, guards off, guards on."""

    name: str
    inherent: str
    residual: str


class LeverLine(Fields, frozen=True, kw_only=True):
    """One thing that would move P95: what, how it is now, by how much, and what it costs."""

    id: str
    name: str
    now: str
    effect: str
    note: str


class LeverTable(Fields, frozen=True, kw_only=True):
    """The levers of one kind, with what its four columns say."""

    title: str
    columns: tuple[str, str, str, str]
    lines: tuple[LeverLine, ...]


class Condition(Fields, frozen=True, kw_only=True):
    """One condition of the gate."""

    name: str
    required: str
    measured: str
    passes: bool
    looked: bool = True


class Reason(Fields, frozen=True, kw_only=True):
    """Why the gate does not pass; `anchor` is the row it is about (empty: none)."""

    anchor: str
    sentence: str


class Page(Fields, frozen=True, kw_only=True):
    """The whole report."""

    title: str
    application: str
    passes: bool
    verdict: str
    model_label: str
    simulated: bool
    meta: tuple[Line, ...]
    tiles: tuple[Tile, ...]
    asr: Figure | None
    tries: str
    short: tuple[str, ...]
    limits: tuple[str, ...]
    not_tested: tuple[str, ...]
    conditions: tuple[Condition, ...]
    reasons: tuple[Reason, ...]
    curve: Figure | None
    currency: str
    appetite: str
    losses: tuple[Loss, ...]
    levers: tuple[LeverTable, ...]
    lever_notes: tuple[str, ...]
    pitfalls: tuple[PitfallLine, ...]
    risks: tuple[RiskLine, ...]
    packs: tuple[PackLine, ...]
    unknown: tuple[OtherRisk, ...]
    not_applicable: tuple[OtherRisk, ...]
    coverage: str
    declared: bool
    same: bool
    reached: tuple[Reached, ...]
    harmless: Harmless | None
    flow: Figure | None
    flows: tuple[FlowLine, ...]
    drawn: bool
    controls: tuple[ControlLine, ...]
    states: tuple[StateLine, ...]
    state_counts: str
    evidence: tuple[Line, ...]
    formulas: tuple[str, ...]
    runs: tuple[str, ...]
    verify: str
