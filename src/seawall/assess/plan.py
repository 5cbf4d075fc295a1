"""Choose controls by risk reduction per cost under the appetite, each with its reason."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from seawall.assess.applicability import judge
from seawall.assess.clauses import binding
from seawall.assess.law import law
from seawall.assess.policyfile import compose, overruled, places, render
from seawall.assess.scoring.effect import UNMEASURED, combine
from seawall.assess.scoring.gate import rosi
from seawall.catalog.load import Catalog
from seawall.catalog.model import Control, Pack
from seawall.core.errors import InputError
from seawall.core.files import write_atomically
from seawall.core.profile import Profile, short_id
from seawall.core.register import Register, RiskRow
from seawall.policy.load import decode_policy

# What a control is assumed to stop on each of its risks until a probe measures it.
ASSUMED = UNMEASURED[0] / sum(UNMEASURED)
FLOOR = ("S4", "S5")


class PlannedControl(msgspec.Struct, frozen=True, kw_only=True):
    """A control of the plan. `required`: money does not decide about it.

    `ale_fall` and `cost` are a year's money in the profile's currency; the fall is assumed.
    """

    control: str
    title: str
    type: Literal["technical", "process", "contractual"]
    risks: tuple[str, ...]
    reason: str
    required: bool
    ale_fall: float
    cost: float
    rosi: float


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has to do and attest: owner role and due date (ISO)."""

    control: str
    title: str
    statement: str
    owner: str
    due: str
    reason: str


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """A control that was not chosen, and why."""

    control: str
    title: str
    reason: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The controls of one application, tasks for people, and the gateway's policy.

    `places` are the controls that each top-level key of the policy carries out.
    """

    application: str
    created: str
    controls: tuple[PlannedControl, ...]
    tasks: tuple[Task, ...]
    declined: tuple[Declined, ...]
    policy: dict[str, Any]
    places: dict[str, list[str]] = {}

    @property
    def enforced(self) -> tuple[str, ...]:
        """Ids of the controls that the gateway enforces."""
        people = {task.control for task in self.tasks}
        return tuple(item.control for item in self.controls if item.control not in people)


class _State:
    """Which effects act on which risk already, and what is left of the loss."""

    def __init__(self, profile: Profile, catalog: Catalog, register: Register) -> None:
        self.profile, self.catalog, self.register = profile, catalog, register
        self.rows = {r.risk: r for r in register.risks if r.applicability != "does not apply"}
        self.layers: dict[str, int] = dict.fromkeys(self.rows, 0)
        self.chosen: dict[str, PlannedControl] = {}

    def risks_of(self, control: Control) -> tuple[str, ...]:
        return tuple(key for key in control.risks if key in self.rows)

    def cost(self, control: Control) -> float:
        return control.yearly_cost * self.profile.per_eur

    def fall(self, control: Control) -> float:
        """Return the ALE that the control takes off what the chosen ones leave."""
        return sum(
            _ale(self.rows[key]) * (_effect(self.layers[key] + 1) - _effect(self.layers[key]))
            for key in self.risks_of(control)
        )

    def p95(self) -> float:
        """Estimate the portfolio's P95 with the chosen controls: it falls as the ALE does."""
        total = sum(_ale(row) for row in self.rows.values())
        left = sum(_ale(row) * (1.0 - _effect(self.layers[key])) for key, row in self.rows.items())
        return self.register.inherent.p95 * (left / total if total else 1.0)

    def p95_fall(self, fall: float) -> float:
        """Estimate what a fall of ALE takes off P95: the same share."""
        total = sum(_ale(row) for row in self.rows.values())
        return self.register.inherent.p95 * fall / total if total else 0.0

    def choose(self, control: Control, reason: str, *, required: bool) -> None:
        fall, cost = self.fall(control), self.cost(control)
        self.chosen[control.id] = PlannedControl(
            control=control.id,
            title=control.title,
            type=control.type,
            risks=self.risks_of(control),
            reason=reason,
            required=required,
            ale_fall=round(fall, 2),
            cost=cost,
            rosi=round(rosi(fall, cost), 2) if cost else 0.0,
        )
        for key in self.risks_of(control):
            self.layers[key] += 1


def _ale(row: RiskRow) -> float:
    return row.inherent.ale if row.inherent else 0.0


def _effect(layers: int) -> float:
    return float(combine([ASSUMED] * layers))


def build_plan(
    profile: Profile, catalog: Catalog, register: Register, base: Mapping[str, Any]
) -> Plan:
    """Choose controls and compose the gateway's policy.

    `register` is the inherent one. `base` is a policy file's content without what the controls
    add: upstreams, functions, tools (rules by tool, without `control`), allow_hosts, and any
    top-level setting, which wins over a control's: such a control is declined. Required are what
    the gateway always does, what a probe tests, what binding law or the sector's pack asks for, and
    one control for each risk of severity S4 or S5; further controls by fall of ALE per cost while
    P95 is above the appetite or they pay for themselves. Raises InputError when `base` does not
    make a valid policy.
    """
    state = _State(profile, catalog, register)
    candidates, declined = _candidates(state, base)
    for control, reason in _required(state, candidates):
        state.choose(control, reason, required=True)
    _floors(state, candidates)
    declined += _by_return(state, candidates)
    chosen = tuple(state.chosen[key] for key in sorted(state.chosen))
    cards = [catalog.controls[item.control] for item in chosen]
    return Plan(
        application=profile.application,
        created=register.created,
        controls=chosen,
        tasks=tuple(_tasks(chosen, catalog, register)),
        declined=tuple(sorted(declined, key=lambda item: item.control)),
        policy=_checked(compose(profile, cards, base)),
        places=places(cards),
    )


def _candidates(
    state: _State, base: Mapping[str, Any]
) -> tuple[dict[str, Control], list[Declined]]:
    candidates, declined = {}, []
    for key, control in state.catalog.controls.items():
        verdict = judge(control.default_when, state.profile)
        if verdict.applies is False:
            declined.append(_decline(control, verdict.sentence))
        elif not state.risks_of(control):
            declined.append(_decline(control, "No risk that it acts on applies."))
        elif said := overruled(control, base):
            declined.append(_decline(control, f"The base settings overrule it: {', '.join(said)}."))
        else:
            candidates[key] = control
    return candidates, declined


def _decline(control: Control, reason: str) -> Declined:
    return Declined(control=control.id, title=control.title, reason=reason)


def _required(state: _State, candidates: Mapping[str, Control]) -> Iterator[tuple[Control, str]]:
    today = datetime.fromisoformat(state.register.created).date()
    in_force = {
        entry.clause: entry.bearing
        for entry in law(state.profile, state.catalog, today).entries
        if entry.bearing != "does not apply" and binding(state.catalog.clauses[entry.clause], today)
    }
    for control in candidates.values():
        probes = _probes(state, control)
        bound = [key for key in control.clauses if key in in_force]
        if control.enforce.built_in:
            yield control, "The gateway always does this."
        elif probes:
            yield control, _probe_reason(state, probes)
        elif bound:
            yield control, _law_reason(state, bound, in_force)
        elif pack := _sector(state, control):
            yield control, f"Part of {pack.id}: {pack.title}."


def _probes(state: _State, control: Control) -> list[str]:
    """Return the probes of this application's ways in that test a control on its risks."""
    probes = state.catalog.probes
    absent = {row.subject for row in state.register.left_out}
    testing = state.catalog.probes_of_control.get(control.id, ())
    return [key for key in testing if probes[key].risk in state.rows and key not in absent]


def _probe_reason(state: _State, probes: list[str]) -> str:
    risks = sorted({state.catalog.probes[key].risk for key in probes})
    limit = min(state.rows[key].tau for key in risks)
    tests = "tests" if len(probes) == 1 else "test"
    return (
        f"{', '.join(risks)} must stay under {limit:.0%} of tries; {', '.join(probes)} {tests} it."
    )


def _sector(state: _State, control: Control) -> Pack | None:
    """Return the pack of the application's sector that names a control."""
    for row in state.register.packs:
        pack = state.catalog.packs[row.pack]
        if (row.kind, row.applicability) == ("sector", "applies") and control.id in pack.controls:
            return pack
    return None


def _law_reason(state: _State, bound: list[str], bears: Mapping[str, str]) -> str:
    """Name the clauses that apply, by the day from which they bind; else those that may."""
    sure = [key for key in bound if bears[key] == "applies"]
    if not sure:
        return f"May be asked for by {', '.join(bound)}; `seawall law show` says what is open."
    since: defaultdict[str, list[str]] = defaultdict(list)
    for key in sure:
        since[state.catalog.clauses[key].applies_from].append(key)
    told = [
        f"{', '.join(keys)} (binding {f'since {day}' if day else 'from a day to be checked'})"
        for day, keys in sorted(since.items())
    ]
    return f"Asked for by {', '.join(told)}."


class _Offer(NamedTuple):
    """A control that could be chosen next: ALE it takes off per unit of cost."""

    per_cost: float
    key: str


def _best(state: _State, keys: Iterator[str], candidates: Mapping[str, Control]) -> _Offer | None:
    offers = [
        _Offer(_per_cost(state.fall(candidates[key]), state.cost(candidates[key])), key)
        for key in keys
        if key not in state.chosen
    ]
    return min(offers, key=lambda offer: (-offer.per_cost, offer.key), default=None)


def _per_cost(fall: float, cost: float) -> float:
    return fall / cost if cost > 0.0 else math.inf if fall > 0.0 else 0.0


def _floors(state: _State, candidates: Mapping[str, Control]) -> None:
    """Give each risk of severity S4 or S5 one control, whatever it costs."""
    for key, row in state.rows.items():
        if row.severity in FLOOR and state.layers[key] == 0:
            acting = (name for name, card in candidates.items() if key in card.risks)
            if offer := _best(state, acting, candidates):
                reason = f"{key} has severity {row.severity}: money does not offset it."
                state.choose(candidates[offer.key], reason, required=True)


def _by_return(state: _State, candidates: Mapping[str, Control]) -> list[Declined]:
    """Choose greedily by fall of ALE per cost; return what did not pay.

    Above the appetite a control pays when it takes more off P95 than it costs: a bad year counts.
    """
    appetite = state.register.appetite
    while offer := _best(state, iter(candidates), candidates):
        control = candidates[offer.key]
        fall, cost = state.fall(control), state.cost(control)
        above = appetite is None or state.p95() > appetite
        if fall <= 0.0 or (state.p95_fall(fall) if above else fall) <= cost:
            break
        state.choose(control, _return_reason(state, fall, cost, above=above), required=False)
    return [
        _decline(control, _too_little(state, control, above=state.p95() > (appetite or 0.0)))
        for key, control in candidates.items()
        if key not in state.chosen
    ]


def _money(state: _State, amount: float) -> str:
    return f"{state.profile.currency} {amount:,.0f}"


def _return_reason(state: _State, fall: float, cost: float, *, above: bool) -> str:
    price = f"for {_money(state, cost)} a year (assumed)"
    if above:
        bad = _money(state, state.p95_fall(fall))
        known = state.register.appetite is not None
        why = "the loss is above the appetite" if known else "how much a year may cost was not said"
        return f"Takes about {bad} off a bad year (P95) {price}; {why}."
    return f"Takes about {_money(state, fall)} a year off {price}; it pays for itself."


def _too_little(state: _State, control: Control, *, above: bool) -> str:
    fall, cost = state.fall(control), state.cost(control)
    text = f"Would take about {_money(state, fall)} a year off for {_money(state, cost)}"
    if above:
        return f"{text}; even in a bad year it takes off less than it costs."
    return f"{text}, and the estimated loss is within the appetite without it."


def _tasks(
    chosen: tuple[PlannedControl, ...], catalog: Catalog, register: Register
) -> Iterator[Task]:
    start = datetime.fromisoformat(register.created).date()
    for item in chosen:
        card = catalog.controls[item.control]
        if card.enforce.attestation:
            yield Task(
                control=card.id,
                title=card.title,
                statement=card.enforce.attestation,
                owner=card.owner,
                due=(start + timedelta(days=card.due_days)).isoformat(),
                reason=item.reason,
            )


def _checked(policy: dict[str, Any]) -> dict[str, Any]:
    """Return the policy if the gateway would take it. Raises InputError."""
    name = policy["application"]
    if (fitting := short_id(name)) != name:
        raise InputError(
            f"application: {name!r} cannot name a policy: small letters, digits and hyphens.",
            hint=f"Write `application: {fitting}` in the profile; `title` is its name for people.",
        )
    text = render(policy, {}, "")
    try:
        decode_policy(text, "planned policy")
    except InputError as error:
        raise InputError(
            f"The plan's policy is not valid: {error.message}",
            hint="Check upstreams, functions and tools of the base settings.",
        ) from None
    return policy


def write_policy(plan: Plan, path: Path) -> None:
    """Write the plan's policy file, with a comment for each control. Same plan, same bytes."""
    notes = {item.control: f"{item.control}: {item.title}" for item in plan.controls}
    reasons = {item.control: item.reason for item in plan.controls}
    head = (
        f"Policy of {plan.application}, planned on {plan.created[:10]} by Seawall from its "
        "profile and risk register."
    )
    comments = {key: (note, reasons[key]) for key, note in notes.items()}
    write_atomically(Path(path), render(plan.policy, comments, head, plan.places))
