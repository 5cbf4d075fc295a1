"""What differs between two policies, and whether the second one is weaker.

Guards are compared by what they do: for each detector, label and stage the rule that wins. All else
is compared place by place.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from seawall.core.exchange import Stage
from seawall.core.verdicts import SEVERITY, Action
from seawall.policy.depth import DEPTHS
from seawall.policy.model import GuardRule, Policy

Effect = Literal["weaker", "stronger", "other"]
ANY = "any other label"
_NOTHING = "nothing"
_DEPTH = {"quick": "quick models alone", "static": "the static model alone"}
_UNLISTED = {"flag": 0, "infer": 1, "block": 2}
_UNKNOWN = {"flag": 0, "block": 1}
_ACTIONS = {action.value: rank for action, rank in SEVERITY.items()}
# Where "yes" guards and "no" does not.
_SWITCHES = ("usage_policy.required", "tools.approvals.four_eyes", "consent.training_opt_out")
# Trees whose members are named as a whole when they come or go, and what that does.
_TREES: dict[str, tuple[Effect, Effect]] = {
    "tools.rules": ("stronger", "weaker"),
    "tools.classes": ("stronger", "weaker"),
    "rules": ("stronger", "weaker"),
    "allow": ("weaker", "stronger"),
    "functions": ("other", "other"),
    "upstreams": ("other", "other"),
}


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. `effect` is judged only where one direction guards less; else "other"."""

    place: str
    before: str
    after: str
    effect: Effect


def diff(before: Policy, after: Policy) -> list[PolicyChange]:
    """Return how `after` differs from `before`; what is weaker comes first."""
    found = [*_guards(before, after), *_rest(before, after)]
    order = ("weaker", "stronger", "other")
    return sorted(found, key=lambda one: (order.index(one.effect), one.place))


def _guards(before: Policy, after: Policy) -> Iterator[PolicyChange]:
    labels: dict[str, set[str]] = {}
    for rule in (*before.guards, *after.guards):
        labels.setdefault(rule.detector, {ANY}).update(rule.labels)
    for detector in sorted(labels):
        for label in sorted(labels[detector]):
            yield from _guard(before, after, detector, label)


def _guard(before: Policy, after: Policy, detector: str, label: str) -> Iterator[PolicyChange]:
    """Give one change for all stages of a label that change alike."""
    alike: dict[tuple[str, str, Effect], list[str]] = {}
    for stage in Stage:
        old, new = _winner(before, detector, label, stage), _winner(after, detector, label, stage)
        said = (_said(old, before), _said(new, after))
        if said[0] != said[1]:
            alike.setdefault((*said, _compared(old, new, before, after)), []).append(stage.value)
    for (was, now, effect), stages in alike.items():
        name = f"guard {detector}" + ("" if label == ANY else f", {label}")
        place = f"{name} on {', '.join(stages)}"
        yield PolicyChange(place=place, before=was, after=now, effect=effect)


def _winner(policy: Policy, detector: str, label: str, stage: Stage) -> GuardRule | None:
    for rule in policy.guards:
        named = not rule.labels or (label != ANY and label in rule.labels)
        if rule.detector == detector and stage in rule.stages and named:
            return rule
    return None


def _said(rule: GuardRule | None, policy: Policy) -> str:
    if rule is None:
        return _NOTHING
    more = [f"from {rule.threshold:g} on", f"unknown: {rule.on_unknown or policy.on_unknown}"]
    for name in ("allow_hosts", "registered"):
        if value := getattr(rule, name):
            more.append(f"{name.replace('_', ' ')} {', '.join(value)}")
    if rule.depth != "full":
        more.append(_DEPTH[rule.depth])
    if rule.answer_schema is not None:
        more.append(f"answer schema {_text(rule.answer_schema)}")
    return f"{rule.action.value} ({', '.join(more)}), {rule.control}"


def _compared(
    old: GuardRule | None, new: GuardRule | None, before: Policy, after: Policy
) -> Effect:
    if old is None or new is None:
        stands = new if old is None else old
        idle = stands is not None and stands.action is Action.ALLOW
        return "other" if idle else "stronger" if old is None else "weaker"
    steps = [
        SEVERITY[new.action] - SEVERITY[old.action],
        old.threshold - new.threshold,
        DEPTHS.index(new.depth) - DEPTHS.index(old.depth),
        _UNKNOWN[new.on_unknown or after.on_unknown]
        - _UNKNOWN[old.on_unknown or before.on_unknown],
        len({*old.allow_hosts} - {*new.allow_hosts}),
        -len({*new.allow_hosts} - {*old.allow_hosts}),
        len({*new.registered} - {*old.registered}),
        -len({*old.registered} - {*new.registered}),
    ]
    return _direction(steps)


def _direction(steps: list[float]) -> Effect:
    """Return weaker where any step goes down, whatever else goes up."""
    if any(step < 0 for step in steps):
        return "weaker"
    return "stronger" if any(step > 0 for step in steps) else "other"


def _rest(before: Policy, after: Policy) -> Iterator[PolicyChange]:
    for one in _walk("", _tree(before), _tree(after)):
        needs = _of_tool(one.place, ".needs") and _NOTHING not in (one.before, one.after)
        yield _people(one, before, after) if needs else one


def _people(change: PolicyChange, before: Policy, after: Policy) -> PolicyChange:
    """Judge how many must approve by the numbers in force: 0 leaves it to `four_eyes`."""
    old, new = _in_force(change.before, before), _in_force(change.after, after)
    return PolicyChange(
        place=change.place,
        before=_counted(change.before, old),
        after=_counted(change.after, new),
        effect=_direction([new - old]),
    )


def _in_force(needs: str, policy: Policy) -> int:
    return int(needs) or (2 if policy.tools.approvals.four_eyes else 1)


def _counted(needs: str, people: int) -> str:
    return needs if needs == str(people) else f"{needs} (so {people})"


def _tree(policy: Policy) -> dict[str, Any]:
    """Return the policy as plain trees; lists of named things by name."""
    found: dict[str, Any] = msgspec.to_builtins(policy, str_keys=True)
    del found["guards"]
    found["upstreams"] = {one["name"]: one for one in found["upstreams"]}
    found["rules"] = {one["id"]: one for one in found["rules"]}
    found["allow"] = {_text(one): one for one in found["allow"]}
    return found


def _walk(place: str, old: Any, new: Any) -> Iterator[PolicyChange]:
    if old == new:
        return
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield PolicyChange(
            place=place, before=_text(old), after=_text(new), effect=_effect(place, old, new)
        )
        return
    for key in sorted({*old, *new}):
        inner = f"{place}.{key}" if place else key
        if key in old and key in new:
            yield from _walk(inner, old[key], new[key])
        else:
            came = key in new
            yield PolicyChange(
                place=inner,
                before=_NOTHING if came else _text(old[key]),
                after=_text(new[key]) if came else _NOTHING,
                effect=_came_or_went(place, came=came),
            )


def _came_or_went(place: str, *, came: bool) -> Effect:
    if place in _TREES:
        return _TREES[place][0 if came else 1]
    if place.startswith("tools.rules.") and place.endswith(".arguments"):
        return "stronger" if came else "weaker"
    return "other"


def _effect(place: str, old: Any, new: Any) -> Effect:
    if place in _SWITCHES:
        return "stronger" if new else "weaker"
    if place == "on_unknown":
        return _direction([_UNKNOWN[new] - _UNKNOWN[old]])
    if place == "tools.unlisted":
        return _direction([_UNLISTED[new] - _UNLISTED[old]])
    if place == "tools.approvals.approvers" or _of_tool(place, ".approvers"):
        return _narrower(old, new)
    if place.startswith("tools.hosted."):
        return _hosted(place, old, new)
    if place in ("tools.action", "tools.followed") or _of_tool(place, ".action"):
        return _direction([_ACTIONS[new] - _ACTIONS[old]])
    return "other"


def _hosted(place: str, old: Any, new: Any) -> Effect:
    """Judge what a provider may run itself: a kind that comes, and what one may do."""
    if old is None or new is None:
        return "weaker" if old is None else "stronger"
    if place.endswith(".without_approval"):
        return "weaker" if new else "stronger"
    if place.endswith(".hosts"):
        return _direction([len({*old} - {*new}), -len({*new} - {*old})])
    return "other"


def _of_tool(place: str, field: str) -> bool:
    return place.startswith("tools.rules.") and place.endswith(field) and ".arguments" not in place


def _narrower(old: Any, new: Any) -> Effect:
    """Compare lists of deciders, of whom an empty one is whoever may at all."""
    if not old or not new:
        return "weaker" if old else "stronger"
    return _direction([-len({*new} - {*old}), len({*old} - {*new})])


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value, order="sorted").decode()
