"""Findings of attack runs in OSCAL: each an observation and a risk, with people's word on it."""

from collections.abc import Callable, Sequence

import msgspec

from seawall.core.errors import InputError
from seawall.govern.oscal import model as oscal
from seawall.govern.oscal.common import line, moment, prop


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of a finding: true or false, who, why, and on which ISO day."""

    false: bool
    by: str
    reason: str
    date: str


class AttackFinding(msgspec.Struct, frozen=True, kw_only=True):
    """Attacks that succeeded in one way; `id` stays the same over runs.

    `evidence` says what was seen, `state` how it went over the runs (new, known, back, gone, not
    tried again), `seen` the ISO day of the newest success. `succeeded` of `tried` attempts did, in
    that run. `word` is a person's verdict, None where nobody judged.
    """

    id: str
    title: str
    probe: str
    risk: str
    controls: tuple[str, ...]
    gateway: bool
    evidence: str
    state: str
    seen: str
    succeeded: int
    tried: int
    word: Word | None = None

    @property
    def standing(self) -> str:
        """`false` where a person said so, `gone` where it was tried again in vain, else `open`.

        What was not tried again stays open: nothing shows that it is gone.
        """
        if self.word is not None and self.word.false:
            return "false"
        return "gone" if self.state == "gone" else "open"


def counts(found: Sequence[AttackFinding]) -> tuple[oscal.Prop, ...]:
    """Return how many findings are open, gone and false; nothing where no run was given."""
    if not found:
        return ()
    standings = [one.standing for one in found]
    return tuple(
        prop(f"attack-findings-{name}", standings.count(name)) for name in ("open", "gone", "false")
    )


def observation(
    one: AttackFinding, uuid: str, start: str, origin: oscal.Origin, subject: str
) -> oscal.Observation:
    """Return what was seen; `start` is the time where the run tells none. Raises InputError."""
    try:
        collected = moment(one.seen) if one.seen else start
    except ValueError:
        raise InputError(f"{one.id}: the run's day is none: {one.seen!r}.") from None
    return oscal.Observation(
        uuid=uuid,
        title=line(f"{one.id}: probe {one.probe}"),
        description=line(
            f"{one.evidence} {one.succeeded} of {one.tried} attempts of the probe succeeded, "
            f"{'behind the gateway' if one.gateway else 'without a gateway'}."
        ),
        props=_props(one),
        methods=("TEST",),
        types=("finding",),
        origins=(origin,),
        subjects=(oscal.Subject(subject_uuid=subject, type="component"),),
        collected=collected,
    )


def risk(one: AttackFinding, uuid: str, observed: str) -> oscal.OscalRisk:
    """Return the finding as a risk: open unless it is gone or a person called it false."""
    return oscal.OscalRisk(
        uuid=uuid,
        title=line(f"{one.id} {one.title}"),
        description=line(one.evidence),
        statement=line(_statement(one)),
        props=_props(one),
        status="open" if one.standing == "open" else "closed",
        related_observations=(oscal.RelatedObservation(observation_uuid=observed),),
    )


def _statement(one: AttackFinding) -> str:
    if one.word is None:
        return f"An attack succeeded ({one.state}); nobody has judged it yet."
    said = "a false finding" if one.word.false else "a true finding"
    return f"{one.word.by} called it {said} on {one.word.date}: {one.word.reason}"


def _props(one: AttackFinding) -> tuple[oscal.Prop, ...]:
    props = [
        prop("finding", one.id), prop("probe", one.probe), prop("risk", one.risk),
        prop("gateway", "on" if one.gateway else "off"), prop("history", one.state),
        prop("standing", one.standing),
    ]  # fmt: skip
    if one.word is not None:
        props += [
            prop("verdict", "false" if one.word.false else "true"),
            prop("verdict-by", one.word.by), prop("verdict-reason", one.word.reason),
            prop("verdict-date", one.word.date),
        ]  # fmt: skip
    return tuple(props)


def of_control(
    found: Sequence[AttackFinding], control: str, name: Callable[[str], str]
) -> tuple[oscal.RelatedRisk, ...]:
    """Return references to the findings that a control should have stopped; `name` gives ids."""
    return tuple(
        oscal.RelatedRisk(risk_uuid=name(one.id)) for one in found if control in one.controls
    )
