"""Which controls a gateway policy enforces, read from the policy itself."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from seawall.catalog.load import Catalog
from seawall.catalog.model import Control
from seawall.core.verdicts import Action
from seawall.policy.model import Policy

_UNKNOWN = "on_unknown"
# Settings whose value the operator chooses: any is good, none is not.
_OWN = frozenset({"text", "version", "url"})


def enforced(policy: Policy, catalog: Catalog) -> dict[str, str]:
    """Return the controls of which every part stands in the policy, each with what enforces it.

    A control that only people can keep is not among them. A rule that only allows enforces
    nothing; one that flags does.
    """
    whole = msgspec.to_builtins(policy)
    found = {}
    for key, card in catalog.controls.items():
        parts = _parts(card, policy, whole)
        if parts and all(parts.values()):
            found[key] = ", ".join(parts)
    return found


def own_parts(card: Control, policy: Policy | None) -> dict[str, Any]:
    """Return what a control consists of, as sections of a policy: as it has them, or the card.

    Of a section only what the control is about is returned; the rest belongs to others.
    """
    settings, guards = dict(card.enforce.settings), [*card.enforce.guards]
    if policy is not None:
        whole = msgspec.to_builtins(policy)
        settings = {name: _chosen(whole[name], asked) for name, asked in settings.items()}
        guards = [rule for rule in whole["guards"] if rule["control"] == card.id]
    return settings | (
        {"guards": [{**rule, "control": card.id} for rule in guards]} if guards else {}
    )


def fingerprint(card: Control, policy: Policy | None) -> str:
    """Return the SHA-256 of what a control consists of in a policy, or on its card (hex)."""
    parts = own_parts(card, policy)
    if policy is not None and _UNKNOWN in parts and (passing := _passing(policy)):
        parts["guards that pass it"] = passing
    found = msgspec.json.encode(parts, order="deterministic")
    return hashlib.sha256(found).hexdigest()


def _passing(policy: Policy) -> list[list[str]]:
    """Return detector and control of the guards that pass what they could not judge.

    A guard that only flags what it finds would pass it anyway.
    """
    mild = (Action.ALLOW, Action.FLAG)
    return sorted(
        [rule.detector, rule.control]
        for rule in policy.guards
        if rule.on_unknown == "flag" and rule.action not in mild
    )


def _chosen(found: Any, asked: Any) -> Any:
    if not isinstance(asked, dict) or not isinstance(found, dict):
        return found
    return {key: _chosen(found[key], value) for key, value in asked.items()}


def _parts(card: Control, policy: Policy, whole: Mapping[str, Any]) -> dict[str, bool]:
    """Return what the control consists of, by name, and whether the policy has it."""
    parts: dict[str, bool] = {}
    if card.enforce.built_in:
        parts["always on"] = True
    for fragment in card.enforce.guards:
        detector = str(fragment["detector"])
        parts[f"guard {detector}"] = any(
            rule.detector == detector and rule.control == card.id and rule.action != Action.ALLOW
            for rule in policy.guards
        )
    for name, value in card.enforce.settings.items():
        parts[f"setting {name}"] = _holds(whole.get(name), value)
    if card.enforce.settings.get(_UNKNOWN) == "block" and _passing(policy):
        parts[f"setting {_UNKNOWN}"] = False
    if card.enforce.tools:
        rules = policy.tools.rules.values()
        mine = policy.tools.control == card.id and bool(policy.tools.rules)
        parts["tool rules"] = mine or any(rule.control == card.id for rule in rules)
    if card.enforce.limits:
        named = policy.limits_control == card.id and bool(policy.functions)
        parts["limits of functions"] = named and all(
            any(msgspec.to_builtins(function.limits).values())
            for function in policy.functions.values()
        )
    return parts


def _holds(found: Any, asked: Any, name: str = "") -> bool:
    """Say whether a setting is there; words of a notice and its version are the operator's own."""
    if isinstance(asked, dict):
        return isinstance(found, dict) and all(
            _holds(found.get(key), value, key) for key, value in asked.items()
        )
    if name in _OWN:
        return bool(found)
    return list(found or ()) == asked if isinstance(asked, list) else bool(found == asked)
