"""OSCAL assessment results: each control a finding, each piece of evidence an observation."""

from collections.abc import Mapping, Sequence

import msgspec

from seawall import __version__
from seawall.core.register import Loss, Register, RiskRow
from seawall.govern.gate import tested
from seawall.govern.oscal import attacks as attack
from seawall.govern.oscal import model as oscal
from seawall.govern.oscal.attacks import AttackFinding
from seawall.govern.oscal.common import (
    NS,
    catalogue,
    check_register,
    encoded,
    line,
    made_id,
    metadata,
    moment,
    prop,
    resource,
)
from seawall.govern.status.model import ControlState, EvidenceItem

_METHODS = {"probe": "TEST", "audit log": "TEST", "gateway": "TEST", "drill": "TEST",
            "attestation": "INTERVIEW"}  # fmt: skip
_REASONS = {"tested-pass": "pass", "tested-fail": "fail"}
_PLAN = (
    "Every probe of the catalogue whose risk applies, with the guards off and on; what rests on "
    "people by their attestation."
)


def assessment_results(
    register: Register, states: Sequence[ControlState], *,
    accepted: Mapping[str, str] | None = None, attacks: Sequence[AttackFinding] = (),
) -> bytes:  # fmt: skip
    """Return the OSCAL file of one register. `accepted` maps risks to the decision carrying them,
    `attacks` are findings of attack runs. A person's verdict on one changes no measured rate.

    Raises InputError for a register that no control concerns, or whose time is none.
    """
    concerned = [one for one in states if one.state != "not applicable"]
    check_register(register, concerned)
    result = _Builder(register, accepted or {}, attacks).result(concerned)
    plan = resource(
        "plan", "How Seawall assesses", f"{_PLAN} `seawall catalog list probes` names them."
    )
    title = f"Assessment of {register.title} by Seawall"
    digest = made_id("results", msgspec.json.encode(result).decode())
    document = oscal.AssessmentResults(
        uuid=digest,
        metadata=metadata(title, register.created, register.created),
        import_ap=oscal.ImportPlan(href=f"#{plan.uuid}"),
        results=(result,),
        back_matter=oscal.BackMatter(resources=(plan, catalogue())),
    )
    return encoded(oscal.Document(assessment_results=document))


class _Builder:
    """Writes one result; ids come from the application, the register's time and what they name."""

    def __init__(
        self, register: Register, accepted: Mapping[str, str], attacks: Sequence[AttackFinding]
    ) -> None:
        self.register, self.accepted, self.attacks = register, accepted, attacks
        self.start = moment(register.created)
        self.application = made_id("application", register.application)
        self.tool = made_id("tool", "seawall")

    def id(self, *parts: str) -> str:
        return made_id(self.register.application, self.register.created, *parts)

    def result(self, states: Sequence[ControlState]) -> oscal.Result:
        """Return the result with its observations, risks and findings."""
        register = self.register
        rows = [row for row in register.risks if row.applicability != "does not apply"]
        seen = {
            self.observed(state, item): self.observation(state, item)
            for state in states
            for item in state.evidence
        }
        attacked = [
            attack.observation(one, self.attack_seen(one.id), self.start, self.origin(),
                               self.application)
            for one in self.attacks
        ]  # fmt: skip
        succeeded = [
            attack.risk(one, self.attack_risk(one.id), self.attack_seen(one.id))
            for one in self.attacks
        ]
        return oscal.Result(
            uuid=self.id("result"),
            title=line(f"{register.title}, {register.created[:10]}"),
            description=line(f"Controls and risks of {register.application} on {register.model}."),
            start=self.start,
            end=self.start,
            props=(
                prop("model", register.model),
                prop("seed", register.seed),
                *attack.counts(self.attacks),
            ),
            local_definitions=self.definitions(),
            reviewed_controls=self.reviewed(states),
            observations=(*seen.values(), *attacked),
            risks=(*(self.risk(row, states) for row in rows), *succeeded),
            findings=tuple(self.finding(state, rows) for state in states),
        )

    def attack_seen(self, name: str) -> str:
        return self.id("attack observation", name)

    def attack_risk(self, name: str) -> str:
        return self.id("attack risk", name)

    def definitions(self) -> oscal.LocalDefinitions:
        running = oscal.ComponentStatus(state="operational")
        application = oscal.SystemComponent(
            uuid=self.application, type="software", title=line(self.register.title),
            description=line(f"The application {self.register.application}."), status=running,
        )  # fmt: skip
        tool = oscal.SystemComponent(
            uuid=self.tool, type="software", title="Seawall",
            description="Attacks the application and judges by effect.", status=running,
            props=(prop("version", __version__),),
        )  # fmt: skip
        platform = oscal.Platform(
            uuid=made_id("platform"), title="Seawall",
            uses_components=(oscal.UsedComponent(component_uuid=self.tool),),
        )  # fmt: skip
        assets = oscal.Assets(components=(tool,), assessment_platforms=(platform,))
        return oscal.LocalDefinitions(components=(application,), assessment_assets=assets)

    def reviewed(self, states: Sequence[ControlState]) -> oscal.Reviewed:
        """Return what was looked at; an application has always one control, the audit log."""
        chosen = tuple(oscal.SelectedControl(control_id=one.control) for one in states)
        words = "The controls of Seawall's catalogue that concern this application."
        selection = oscal.Selection(description=words, include_controls=chosen)
        return oscal.Reviewed(control_selections=(selection,))

    def observed(self, state: ControlState, item: EvidenceItem) -> str:
        """Return the id of an observation: a probe of several controls is seen once for each."""
        return self.id("observation", state.control, item.source, item.subject, item.sentence)

    def observation(self, state: ControlState, item: EvidenceItem) -> oscal.Observation:
        collected = moment(item.date) if item.date else self.start
        return oscal.Observation(
            uuid=self.observed(state, item),
            title=line(f"{state.control}: {item.source} {item.subject}"),
            description=line(item.sentence),
            props=(prop("speaks-for-the-control", "yes" if item.holds else "no"),),
            methods=(_METHODS.get(item.source, "EXAMINE"),),  # type: ignore[arg-type]
            types=("control-objective",),
            origins=(self.origin(),),
            subjects=(oscal.Subject(subject_uuid=self.application, type="component"),),
            collected=collected,
            expires=moment(item.until) if item.until else None,
        )

    def origin(self) -> oscal.Origin:
        return oscal.Origin(actors=(oscal.Actor(type="tool", actor_uuid=self.tool),))

    def related(self, states: Sequence[ControlState]) -> tuple[oscal.RelatedObservation, ...]:
        ids = {self.observed(state, item): None for state in states for item in state.evidence}
        return tuple(oscal.RelatedObservation(observation_uuid=one) for one in ids)

    def risk(self, row: RiskRow, states: Sequence[ControlState]) -> oscal.OscalRisk:
        acting = [state for state in states if state.control in row.controls]
        props = [prop("applicability", row.applicability), prop("basis", row.status)]
        if row.risk in self.accepted:
            props.append(prop("accepted-by", self.accepted[row.risk]))
        return oscal.OscalRisk(
            uuid=self.id("risk", row.risk),
            title=line(f"{row.risk} {row.title}"),
            description=line(row.trace),
            statement=line(row.reason, f"{row.title}: {row.status}."),
            props=tuple(props),
            status=self.standing(row),
            characterizations=(
                oscal.Characterization(origin=self.origin(), facets=tuple(_facets(row))),
            ),
            related_observations=self.related(acting),
        )

    def standing(self, row: RiskRow) -> oscal.RiskStatus:
        """Return closed only for a risk that was shown to be within its tolerance."""
        if tested(row) and row.ucb95 is not None and row.ucb95 <= row.tau:
            return "closed"
        return "deviation-approved" if row.risk in self.accepted else "open"

    def finding(self, state: ControlState, rows: Sequence[RiskRow]) -> oscal.Finding:
        met = state.state in ("tested-pass", "attested")
        risks = [row.risk for row in rows if state.control in row.controls]
        return oscal.Finding(
            uuid=self.id("finding", state.control),
            title=line(f"{state.control}: {state.state}"),
            description=line(state.reason),
            target=oscal.Target(
                type="objective-id",
                target_id=state.control,
                title=line(state.title),
                props=(prop("state", state.state),),
                status=oscal.TargetStatus(
                    state="satisfied" if met else "not-satisfied",
                    reason=_REASONS.get(state.state, "other"),  # type: ignore[arg-type]
                    remarks=line(state.reason),
                ),
            ),
            related_observations=self.related([state]),
            related_risks=(
                *(oscal.RelatedRisk(risk_uuid=self.id("risk", risk)) for risk in risks),
                *attack.of_control(self.attacks, state.control, self.attack_risk),
            ),
        )


def _facets(row: RiskRow) -> list[oscal.Facet]:
    facets = [_facet("severity", row.severity), _facet("tolerance", f"{row.tau:.6g}")]
    if row.ucb95 is not None:
        facets.append(_facet("ucb95", f"{row.ucb95:.6g}"))
    for name, loss in (("inherent", row.inherent), ("residual", row.residual)):
        if loss is not None:
            facets += _loss(name, loss)
    return facets


def _loss(name: str, loss: Loss) -> list[oscal.Facet]:
    unit = f"{loss.currency} a year, {loss.basis}"
    return [
        _facet(f"{name}-ale", f"{loss.ale:.2f} {unit}"),
        _facet(f"{name}-p95", f"{loss.p95:.2f} {unit}"),
    ]


def _facet(name: str, value: str) -> oscal.Facet:
    return oscal.Facet(name=name, system=NS, value=line(value))
