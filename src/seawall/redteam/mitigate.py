"""Changes of a policy that may stop what succeeded, and which of them to keep after a trial."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from seawall.catalog.model import Control, ProbeCard
from seawall.core.trials import Attempt, AttemptOutcome
from seawall.guard.contract import Card
from seawall.redteam.comparing import HARMLESS
from seawall.redteam.seeds import read_seeds
from seawall.redteam.triage import Fault

_STAGES = {
    "user": ("input", "history", "output"),
    "document": ("document", "output"),
    "memory": ("document", "output"),
    "tool-result": ("tool-result", "tool-call", "output"),
    "tool-description": ("tool-definition", "output"),
    "tool-schema": ("tool-definition", "output"),
    "tool-change": ("tool-definition", "output"),
    "tool-twin": ("tool-definition", "output"),
    "image": ("input", "output"),
    "audio": ("document", "output"),
    "file": ("file",),
}
_STEP, _LEAST = 0.25, 0.35
_LABEL = "trial-"
_HELD = (AttemptOutcome.BLOCKED, AttemptOutcome.REFUSED)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change: guard rules, put before those of the same detector, or a rule of one tool.

    `id` is its name in a trial, where it stands for the control; `control` is the real one.
    `probes` are those that it is meant for.
    """

    id: str
    control: str
    what: str
    probes: tuple[str, ...]
    guard: dict[str, Any] = {}
    tool: str = ""
    rule: dict[str, Any] = {}


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a change did in the trial: attempts it stopped, harmless conversations it disturbed."""

    change: Change
    stopped: tuple[str, ...]
    disturbed: tuple[str, ...]


def changes(
    policy: Mapping[str, Any],
    faults: Iterable[Fault],
    cards: Mapping[str, ProbeCard],
    controls: Mapping[str, Control],
    detectors: Mapping[str, Card],
) -> list[Change]:
    """Return what could be changed, each thing once, numbered.

    Detectors come from the cards of the probe's controls, and from those that name the probe's
    risk or one of its kind. A detector that does not look at a stage yet is added there; one that
    does is asked to be stricter. A tool that was called on nobody's behalf is bound to the user.
    """
    found: dict[str, Change] = {}
    for fault in faults:
        card = cards.get(fault.probe)
        if card is None:
            continue
        for change in (*_guards(policy, card, controls, detectors), *_tools(policy, card)):
            known = found.get(change.what)
            probes = (*(known.probes if known else ()), card.id)
            found[change.what] = msgspec.structs.replace(
                change, probes=tuple(dict.fromkeys(probes))
            )
    return [
        msgspec.structs.replace(change, id=f"{_LABEL}{number}")
        for number, change in enumerate(found.values(), start=1)
    ]


def _guards(
    policy: Mapping[str, Any], card: ProbeCard, controls: Mapping[str, Control],
    detectors: Mapping[str, Card],
) -> Iterable[Change]:  # fmt: skip
    named = {
        rule["detector"]: control
        for control in card.controls
        if control in controls
        for rule in controls[control].enforce.guards
    }
    kind = card.risk.partition("-")[0]
    for name, detector in detectors.items():
        fits = name in named or any(risk.startswith(f"{kind}-") for risk in detector.risks)
        if not fits or detector.registers or name in ("json-schema", "custom", "refusal"):
            continue
        control = named.get(name, card.controls[0] if card.controls else "guard")
        looking = [rule for rule in policy.get("guards") or () if rule["detector"] == name]
        for stage in _STAGES.get(card.channel, ()):
            if stage in detector.stages and (made := _guard(name, stage, control, looking)):
                yield made


def _guard(
    name: str, stage: str, control: str, looking: Sequence[Mapping[str, Any]]
) -> Change | None:
    """Return the change of one detector at one stage; None when it is strict already."""
    present = next((rule for rule in looking if stage in rule["stages"]), None)
    action = "block" if stage in ("input", "history", "file") else "redact"
    if present is None:
        rule: dict[str, Any] = {"detector": name, "action": action, "stages": [stage]}
        what = f"{name} looks at {stage}"
    else:
        before = float(present.get("threshold", 0.5))
        acting = present.get("action") in ("block", "redact", "ask")
        threshold = round(max(_LEAST, before - _STEP), 2)
        if threshold >= before and acting:
            return None
        rule = {**present, "stages": [stage], "threshold": min(threshold, before)}
        rule["action"] = present["action"] if acting else action
        control = present.get("control", control)
        what = f"{name} at {stage} acts from {min(threshold, before):g}, not {before:g}"
    return Change(id="", control=control, what=what, probes=(), guard=rule)


def _tools(policy: Mapping[str, Any], card: ProbeCard) -> Iterable[Change]:
    rules = (policy.get("tools") or {}).get("rules") or {}
    for tool in dict.fromkeys(seed.tool for seed in read_seeds(card) if seed.tool in rules):
        if card.channel != "user" and rules[tool].get("instructed_by") != "user":
            yield Change(
                id="", control=rules[tool]["control"], what=f"{tool} only on the user's request",
                probes=(), tool=tool, rule={**rules[tool], "instructed_by": "user"},
            )  # fmt: skip


def applied(
    policy: Mapping[str, Any], chosen: Iterable[Change], *, trial: bool = False
) -> dict[str, Any]:
    """Return the policy with the changes. In a trial each stands under its own name as control."""
    made: dict[str, Any] = copy.deepcopy(dict(policy))
    first: list[dict[str, Any]] = []
    for change in chosen:
        control = change.id if trial else change.control
        if change.guard:
            first.append({**change.guard, "control": control})
            made["guards"] = [
                left for rule in made.get("guards") or () if (left := _without(rule, change.guard))
            ]
        else:
            made["tools"]["rules"][change.tool] = {**change.rule, "control": control}
    made["guards"] = [*first, *(made.get("guards") or ())]
    return made


def _without(rule: dict[str, Any], taken: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a rule without the stages that another one of the same detector and labels takes."""
    same = rule["detector"] == taken["detector"] and rule.get("labels") == taken.get("labels")
    if not same:
        return rule
    stages = [stage for stage in rule["stages"] if stage not in taken["stages"]]
    return {**rule, "stages": stages} if stages else None


def effects(
    tried: Sequence[Change], before: Iterable[Attempt], during: Iterable[Attempt]
) -> list[Effect]:
    """Return what each change did in its trial, by the controls that the rows name.

    Only attempts that succeeded before, and harmless conversations that were answered before.
    """
    passed = {row.id for row in before if row.outcome is AttemptOutcome.COMPLIED}
    stopped: defaultdict[str, list[str]] = defaultdict(list)
    disturbed: defaultdict[str, list[str]] = defaultdict(list)
    for row in during:
        if row.id not in passed or row.outcome not in _HELD:
            continue
        for control in row.controls:
            (disturbed if row.probe == HARMLESS else stopped)[control].append(row.id)
    return [
        Effect(
            change=change,
            stopped=tuple(stopped[change.id]),
            disturbed=tuple(disturbed[change.id]),
        )
        for change in tried
    ]


def chosen(found: Iterable[Effect], *, harmless: int = 0) -> list[Effect]:
    """Return the fewest changes that together stop what any affordable one stops.

    A change that disturbs more than `harmless` conversations is not affordable. The next is the
    one that stops most of what is left; then the one that disturbs less.
    """
    affordable = [one for one in found if one.stopped and len(one.disturbed) <= harmless]
    left = {attempt for one in affordable for attempt in one.stopped}
    kept: list[Effect] = []
    while left:
        best = max(
            affordable, key=lambda one: (len(left.intersection(one.stopped)), -len(one.disturbed))
        )
        kept.append(best)
        left.difference_update(best.stopped)
    return kept
