"""The catalogue's card types. Every card is one YAML file named by its id."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Category = Literal["security", "privacy", "misuse", "legal", "quality"]
Severity = Literal["S1", "S2", "S3", "S4", "S5"]


class _Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: unknown keys are refused."""


class Reference(_Card, frozen=True, kw_only=True):
    """An id in a pinned framework (see data/frameworks)."""

    fw: str
    id: str


class Statement(_Card, frozen=True, kw_only=True):
    """Cause, event and consequence of a risk, a clause each."""

    cause: str
    event: str
    consequence: str


class Frequency(_Card, frozen=True, kw_only=True):
    """Attack rate: Gamma(shape, rate) campaigns a year by audience; tries in a campaign.

    For a risk that is not adversarial: `error_rate` as Beta(a, b) per request. `when` replaces
    either ({if: rule, to: [a, b]}), first match wins.
    Audiences: employees, partners, customers, anonymous; `any` where the audience does not matter.
    `why` gives the reason for these numbers.
    """

    prior: dict[str, tuple[float, float]] = {}
    tries: int = 1
    error_rate: tuple[float, float] | None = None
    when: tuple[dict[str, Any], ...] = ()
    why: str = ""


class Magnitude(_Card, frozen=True, kw_only=True):
    """Loss per event, in the catalogue's currency (EUR); pairs are 90% intervals (lognormal)."""

    response: tuple[float, float]
    per_record: tuple[float, float] | None = None
    records_fact: str = ""
    records: tuple[float, float] | None = None
    downtime: tuple[float, float] | None = None
    litigation: tuple[float, float] | None = None
    churn: tuple[float, float] | None = None
    fine: tuple[float, float] | None = None
    fine_probability: float = 0.0
    fine_cap: Literal["", "ai-act-5", "ai-act", "ai-act-info", "gdpr-83-4", "gdpr-83-5"] = ""
    why: str = ""


class Risk(_Card, frozen=True, kw_only=True):
    """A risk card. `applies_when` is a three-valued rule over profile facts (None: always).

    Rules: {fact, is} | {fact, has_any} | {fact, nonempty} | {fact, at_least} | {all: []} |
    {any: []} | {not: rule}. `chain` is Beta(a, b) for P(loss | success); `chain_when` replaces it
    ({if: rule, to: [a, b]}), first match wins. `severity_when` ({if: rule, to: S4}) only raises.
    `success` is Beta(a, b) for the success of one try while no probe measured it.
    `tau` replaces the tolerance of the severity. `stop`: cannot be accepted (a banned practice).
    `clauses` are the legal clauses that the risk endangers; `metrics` is what to count then.
    """

    id: Annotated[str, Meta(pattern=r"^(SEC|PRI|MIS|LEG|QUA)-\d\d$")]
    version: int
    title: str
    category: Category
    statement: Statement
    adversarial: bool
    severity: Severity
    references: Annotated[tuple[Reference, ...], Meta(min_length=1)]
    frequency: Frequency
    magnitude: Magnitude
    chain: tuple[float, float] = (2.0, 2.0)
    chain_when: tuple[dict[str, Any], ...] = ()
    severity_when: tuple[dict[str, Any], ...] = ()
    success: tuple[float, float] = (0.5, 0.5)
    tau: float | None = None
    stop: bool = False
    clauses: tuple[str, ...] = ()
    applies_when: dict[str, Any] | None = None
    cases: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


class Pack(_Card, frozen=True, kw_only=True):
    """What a sector or a topic adds: how risks show there, and what is then planned and tried.

    `shows`: risk -> a sentence in the sector's words. `applies_when` is a rule like a risk's (None:
    always). Where it holds, the plan takes `controls` in and the probe plan `probes`; `clauses` and
    `cases` are what to read, `metrics` what to count.
    """

    id: Annotated[str, Meta(pattern=r"^PACK-[A-Z-]+$")]
    version: int
    title: str
    kind: Literal["sector", "topic"]
    why: str
    shows: Annotated[dict[str, str], Meta(min_length=1)]
    controls: Annotated[tuple[str, ...], Meta(min_length=1)]
    metrics: Annotated[tuple[str, ...], Meta(min_length=1)]
    probes: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    applies_when: dict[str, Any] | None = None


class Enforcement(_Card, frozen=True, kw_only=True):
    """How a control is enforced: fragments of the gateway policy, or a person's attestation.

    `guards` are GuardRule objects without `control`; `tools`: the control writes tool rules;
    `limits`: it writes limits of functions; `settings` are top-level policy keys (disclosure,
    usage_policy, consent, ...). `built_in`: the gateway always does it, no setting turns it off.
    """

    guards: tuple[dict[str, Any], ...] = ()
    settings: dict[str, Any] = {}
    tools: bool = False
    limits: bool = False
    attestation: str = ""
    built_in: bool = False


class Control(_Card, frozen=True, kw_only=True):
    """A control card. It names its risks, detectors and clauses; the reverse is computed.

    `yearly_cost` in EUR (licences, people); `owner` is the role that does a process control and
    `due_days` the days it has from the plan's date. `default_when` is a rule like `applies_when`:
    the control makes sense for an application where it holds (None: always).
    """

    id: Annotated[str, Meta(pattern=r"^CTL-[A-Z0-9-]+$")]
    version: int
    title: str
    type: Literal["technical", "process", "contractual"]
    function: tuple[Literal["prevent", "detect", "limit", "respond"], ...]
    risks: Annotated[tuple[str, ...], Meta(min_length=1)]
    enforce: Enforcement
    evidence: tuple[str, ...]
    fresh_days: int = 90
    detectors: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    yearly_cost: float = 0.0
    why: str = ""
    owner: str = ""
    due_days: int = 90
    default_when: dict[str, Any] | None = None


class LabRun(msgspec.Struct, frozen=True, kw_only=True):
    """What passed the gateway in the published lab run: probe -> attempts (passed, scored).

    `measured` is the ISO day. `seawall attack lab --misses` writes it, nobody edits it.
    """

    measured: str
    misses: dict[str, tuple[int, int]]


class Oracle(_Card, frozen=True, kw_only=True):
    """The deterministic judge of a probe: its kind and parameters (see redteam/oracles)."""

    kind: str
    params: dict[str, Any] = {}


class ProbeCard(_Card, frozen=True, kw_only=True):
    """A probe card: goal, risk, controls it tests, where the attack enters, oracle, seeds as data.

    Seed texts may use {canary} and other slots that the oracle fills for each attempt.
    `strategies` names generators of redteam/strategies; "*" means every text strategy.
    `applies_when` is a rule like a risk's: where it does not hold, the attack has no way in, and
    nobody is asked to run it (None: always).
    """

    id: Annotated[str, Meta(pattern=r"^PRB-[A-Z0-9-]+$")]
    version: int
    title: str
    goal: str
    risk: str
    controls: Annotated[tuple[str, ...], Meta(min_length=1)]
    channel: Literal[
        "user",
        "document",
        "tool-result",
        "memory",
        "tool-description",
        "tool-schema",
        "tool-change",
        "tool-twin",
        "image",
        "audio",
        "file",
        "load",
    ]
    oracle: Oracle
    seeds: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)]
    strategies: Annotated[tuple[str, ...], Meta(min_length=1)] = ("*",)
    applies_when: dict[str, Any] | None = None
    n: Annotated[int, Meta(ge=1)] = 48
    order: int = 100


class Notice(_Card, frozen=True, kw_only=True):
    """Somebody who must be told of an incident, within `hours` of knowing of it.

    `kinds`: the kinds of incident that call for it. `when` says what else must hold.
    """

    to: str
    hours: Annotated[int, Meta(ge=1)]
    kinds: Annotated[
        tuple[Literal["personal-data", "security", "serious-harm", "death", "infrastructure"], ...],
        Meta(min_length=1),
    ]
    when: str = ""


class Clause(_Card, frozen=True, kw_only=True):
    """A legal clause as a dated fact, in our own words.

    `where` lists the places (answers of geo.users) whose people it protects, `processed_in` the
    places (geo.processing) that bring it in wherever people live. `roles` are the answers of
    role.eu that it binds, none: all. It applies where `applies_when` holds (None: always) and the
    clause that it `needs` applies; a bill may apply at most. `applies_from` is empty where the
    date is not known; from `until` on it applies no more. `tier` is its class of the AI Act.
    `prohibited`: it bans a practice; `possible_when` is a rule without which nobody can do it, and
    `bans_when` what it bans where that is less than the risks that name it.
    `checked` is the day on which the source was read; `read` names what was read in its place, or
    why what was read so far does not settle it.
    """

    id: str
    fw: str
    ref: str
    title: str
    duty: str
    status: Literal["in_force", "enacted", "proposed", "voluntary", "repealed"]
    applies_from: str = ""
    until: str = ""
    confidence: Literal["verified", "to_be_checked"]
    checked: str = ""
    source: str
    read: str = ""
    where: tuple[str, ...] = ()
    processed_in: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    tier: Literal["", "prohibited", "high-risk", "transparency", "general-purpose"] = ""
    needs: str = ""
    applies_when: dict[str, Any] | None = None
    prohibited: bool = False
    possible_when: dict[str, Any] | None = None
    bans_when: dict[str, Any] | None = None
    notices: tuple[Notice, ...] = ()
    superseded_by: str = ""
    references: tuple[Reference, ...] = ()


class Case(_Card, frozen=True, kw_only=True):
    """A real incident as a dated fact, in our own words."""

    id: str
    date: str
    title: str
    what: str
    lesson: str
    status: Literal["verified", "to_be_checked"]
    source: str


class Framework(_Card, frozen=True, kw_only=True):
    """A pinned index of a public framework: ids and, where the licence allows, official titles.

    `renumbered`: id of an earlier index -> id of today; what was stored under the old one is found.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]+$")]
    title: str
    pin: str
    url: str
    licence: str
    attribution: str
    entries: Annotated[dict[str, str], Meta(min_length=1)]
    renumbered: dict[str, str] = {}

    def holds(self, entry: str) -> bool:
        """Return whether `entry` exists. A paragraph, "50(1)", exists when its article does."""
        return entry in self.entries or entry.partition("(")[0] in self.entries


class Question(_Card, frozen=True, kw_only=True):
    """One question of the profile. `fact` is the key that rules use.

    `type`: yes-no, choice (one of `options`), choices (several), number, list (free words), text.
    `asked_when` is a rule over facts of earlier questions: where it does not hold nobody is asked,
    and the answer is `otherwise`. `meanings` say what an option means, where its word does not.
    `most` is the largest number that an answer may be.
    """

    id: Annotated[str, Meta(pattern=r"^Q\d\d$")]
    fact: Annotated[str, Meta(pattern=r"^[a-z][a-z_.]+$")]
    ask: str
    type: Literal["yes-no", "choice", "choices", "number", "list", "text"]
    why: str
    options: tuple[str, ...] = ()
    drives: tuple[Literal["applicability", "likelihood", "impact", "regulation"], ...]
    asked_when: dict[str, Any] | None = None
    otherwise: Any = None
    meanings: dict[str, str] = {}
    most: Annotated[float, Meta(gt=0, le=1e18)] = 1e18
