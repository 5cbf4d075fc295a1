"""The part of OSCAL 1.1 that we write, as strict types: unknown fields and loose ids are refused.

Written from the published description of the models, in our own words; lists are never empty, ids
are tokens, times have a zone, and what refers to something by UUID must find it (`check`).
"""

from collections import Counter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Uuid = Annotated[
    str,
    Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
]
Token = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9._-]*$")]
Line = Annotated[str, Meta(pattern=r"^\S(.*\S)?$")]
Uri = Annotated[str, Meta(pattern=r"^[a-zA-Z][a-zA-Z0-9+.-]+:\S+$")]
Reference = Annotated[str, Meta(pattern=r"^(#\S+|[a-zA-Z][a-zA-Z0-9+.-]+:\S+)$")]
Moment = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")]


class _Part(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    rename="kebab",
):  # fmt: skip
    """Base: names with hyphens, nothing unknown, nothing empty."""


class Prop(_Part, frozen=True, kw_only=True):
    """A name and a value of ours; `ns` says whose words they are."""

    name: Token
    ns: Uri
    value: Line


class Party(_Part, frozen=True, kw_only=True):
    """A person or an organisation."""

    uuid: Uuid
    type: Literal["person", "organization"]
    name: Line


class Metadata(_Part, frozen=True, kw_only=True):
    """What every document says of itself."""

    title: Line
    last_modified: Moment
    version: Line
    oscal_version: Literal["1.1.2"]
    props: tuple[Prop, ...] = ()
    parties: tuple[Party, ...] = ()
    remarks: str = ""


class Rlink(_Part, frozen=True, kw_only=True):
    """Where a resource is kept."""

    href: Reference


class Resource(_Part, frozen=True, kw_only=True):
    """Something that the document refers to as "#uuid"."""

    uuid: Uuid
    title: Line
    description: Line
    rlinks: tuple[Rlink, ...] = ()


class BackMatter(_Part, frozen=True, kw_only=True):
    """Resources."""

    resources: Annotated[tuple[Resource, ...], Meta(min_length=1)]


class Requirement(_Part, frozen=True, kw_only=True):
    """One control that a component implements."""

    uuid: Uuid
    control_id: Token
    description: Line
    props: tuple[Prop, ...] = ()


class Implementation(_Part, frozen=True, kw_only=True):
    """What a component implements of one catalogue or framework (`source`)."""

    uuid: Uuid
    source: Reference
    description: Line
    implemented_requirements: Annotated[tuple[Requirement, ...], Meta(min_length=1)]


class DefinedComponent(_Part, frozen=True, kw_only=True):
    """A component that can be reused: software, or a process of people."""

    uuid: Uuid
    type: Literal["software", "service", "process-procedure", "policy"]
    title: Line
    description: Line
    props: tuple[Prop, ...] = ()
    control_implementations: tuple[Implementation, ...] = ()


class ComponentDefinition(_Part, frozen=True, kw_only=True):
    """The content of a component definition."""

    uuid: Uuid
    metadata: Metadata
    components: Annotated[tuple[DefinedComponent, ...], Meta(min_length=1)]
    back_matter: BackMatter


class ImportPlan(_Part, frozen=True, kw_only=True):
    """The plan that the assessment followed."""

    href: Reference


class ComponentStatus(_Part, frozen=True, kw_only=True):
    """Whether a component runs."""

    state: Literal["under-development", "operational", "disposition", "other"]


class SystemComponent(_Part, frozen=True, kw_only=True):
    """A component of the assessed system, or a tool of the assessment."""

    uuid: Uuid
    type: Token
    title: Line
    description: Line
    status: ComponentStatus
    props: tuple[Prop, ...] = ()


class UsedComponent(_Part, frozen=True, kw_only=True):
    """A tool that a platform uses."""

    component_uuid: Uuid


class Platform(_Part, frozen=True, kw_only=True):
    """What the assessment ran on."""

    uuid: Uuid
    title: Line
    uses_components: Annotated[tuple[UsedComponent, ...], Meta(min_length=1)]


class Assets(_Part, frozen=True, kw_only=True):
    """The tools of the assessment."""

    components: Annotated[tuple[SystemComponent, ...], Meta(min_length=1)]
    assessment_platforms: Annotated[tuple[Platform, ...], Meta(min_length=1)]


class LocalDefinitions(_Part, frozen=True, kw_only=True):
    """What the results speak of and no plan defines."""

    components: Annotated[tuple[SystemComponent, ...], Meta(min_length=1)]
    assessment_assets: Assets


class SelectedControl(_Part, frozen=True, kw_only=True):
    """A control that was looked at."""

    control_id: Token


class Selection(_Part, frozen=True, kw_only=True):
    """Controls that were looked at."""

    description: Line
    include_controls: Annotated[tuple[SelectedControl, ...], Meta(min_length=1)]


class Reviewed(_Part, frozen=True, kw_only=True):
    """Everything that was looked at."""

    control_selections: Annotated[tuple[Selection, ...], Meta(min_length=1)]


class Actor(_Part, frozen=True, kw_only=True):
    """Who made an observation."""

    type: Literal["tool", "party"]
    actor_uuid: Uuid


class Origin(_Part, frozen=True, kw_only=True):
    """Where an observation comes from."""

    actors: Annotated[tuple[Actor, ...], Meta(min_length=1)]


class Subject(_Part, frozen=True, kw_only=True):
    """What an observation is about."""

    subject_uuid: Uuid
    type: Literal["component"]


class Observation(_Part, frozen=True, kw_only=True):
    """One piece of evidence."""

    uuid: Uuid
    title: Line
    description: Line
    props: tuple[Prop, ...] = ()
    methods: Annotated[tuple[Literal["EXAMINE", "INTERVIEW", "TEST"], ...], Meta(min_length=1)]
    types: tuple[Token, ...] = ()
    origins: tuple[Origin, ...] = ()
    subjects: tuple[Subject, ...] = ()
    collected: Moment
    expires: Moment | None = None


class RelatedObservation(_Part, frozen=True, kw_only=True):
    """A reference to an observation."""

    observation_uuid: Uuid


class RelatedRisk(_Part, frozen=True, kw_only=True):
    """A reference to a risk."""

    risk_uuid: Uuid


class Facet(_Part, frozen=True, kw_only=True):
    """One measure of a risk, in the words of `system`."""

    name: Token
    system: Uri
    value: Line


class Characterization(_Part, frozen=True, kw_only=True):
    """How large a risk is, and who says so."""

    origin: Origin
    facets: Annotated[tuple[Facet, ...], Meta(min_length=1)]


RiskStatus = Literal["open", "deviation-approved", "closed"]


class OscalRisk(_Part, frozen=True, kw_only=True):
    """One risk: open, accepted (deviation-approved), or within its tolerance (closed)."""

    uuid: Uuid
    title: Line
    description: Line
    statement: Line
    props: tuple[Prop, ...] = ()
    status: RiskStatus
    characterizations: tuple[Characterization, ...] = ()
    related_observations: tuple[RelatedObservation, ...] = ()


class TargetStatus(_Part, frozen=True, kw_only=True):
    """Whether a control is met; `reason` other: nobody tested it."""

    state: Literal["satisfied", "not-satisfied"]
    reason: Literal["pass", "fail", "other"]
    remarks: Line


class Target(_Part, frozen=True, kw_only=True):
    """The control that a finding is about."""

    type: Literal["objective-id", "statement-id"]
    target_id: Token
    title: Line
    props: tuple[Prop, ...] = ()
    status: TargetStatus


class Finding(_Part, frozen=True, kw_only=True):
    """What was found of one control."""

    uuid: Uuid
    title: Line
    description: Line
    target: Target
    related_observations: tuple[RelatedObservation, ...] = ()
    related_risks: tuple[RelatedRisk, ...] = ()


class Result(_Part, frozen=True, kw_only=True):
    """One assessment. `start` is when it was made."""

    uuid: Uuid
    title: Line
    description: Line
    start: Moment
    end: Moment
    props: tuple[Prop, ...] = ()
    local_definitions: LocalDefinitions
    reviewed_controls: Reviewed
    observations: tuple[Observation, ...] = ()
    risks: tuple[OscalRisk, ...] = ()
    findings: tuple[Finding, ...] = ()


class AssessmentResults(_Part, frozen=True, kw_only=True):
    """The content of assessment results."""

    uuid: Uuid
    metadata: Metadata
    import_ap: ImportPlan
    results: Annotated[tuple[Result, ...], Meta(min_length=1)]
    back_matter: BackMatter


class Document(_Part, frozen=True, kw_only=True):
    """A file: exactly one of the two is in it."""

    component_definition: ComponentDefinition | None = None
    assessment_results: AssessmentResults | None = None


def check(raw: bytes) -> list[str]:
    """Return what is wrong with a file: types, ids, empty lists, references that find nothing."""
    try:
        found = msgspec.json.decode(raw, type=Document)
    except msgspec.DecodeError as error:
        return [str(error)]
    if (found.component_definition is None) == (found.assessment_results is None):
        return ["exactly one document must be in a file"]
    tree = msgspec.json.decode(raw)
    ids: list[str] = []
    uses: list[tuple[str, str]] = []
    problems = list(_walk(tree, "", ids, uses))
    problems += [f"{one} is used twice" for one, times in Counter(ids).items() if times > 1]
    known = set(ids)
    problems += [f"{place} names {target}, which is nowhere" for place, target in uses
                 if target not in known]  # fmt: skip
    return problems


def _walk(node: Any, place: str, ids: list[str], uses: list[tuple[str, str]]) -> list[str]:
    """Collect ids and references below a node; return the places of empty lists."""
    problems: list[str] = []
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{place}/{key}"
            if key == "uuid":
                ids.append(value)
            elif key.endswith("-uuid"):
                uses.append((here, value))
            elif key in ("href", "source") and isinstance(value, str) and value.startswith("#"):
                uses.append((here, value[1:]))
            problems += _walk(value, here, ids, uses)
    elif isinstance(node, list):
        if not node:
            problems.append(f"{place} is empty")
        for index, value in enumerate(node):
            problems += _walk(value, f"{place}/{index}", ids, uses)
    return problems
