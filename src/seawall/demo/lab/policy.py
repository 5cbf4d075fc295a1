"""The lab's policy: every control that a probe tests, and the rules of the agent's tools."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from seawall.assess.policyfile import TOOLS, compose, places, render
from seawall.assess.profile import load_profile
from seawall.catalog.load import Catalog
from seawall.catalog.model import Control
from seawall.demo.base_policy import base_policy
from seawall.demo.loop import profile_path
from seawall.demo.names import SIMULATED_MODEL

APPLICATION, FUNCTION = "office-agent", "agent"
_OWN_HOST = "harbour-shop-bank.example"
_HOSTS = [_OWN_HOST, f"*.{_OWN_HOST}"]
# CTL-CODE-OUT only flags it; here people install what the agent names.
_MORE_GUARDS: tuple[dict[str, Any], ...] = (
    {
        "detector": "unknown-packages",
        "control": "CTL-CHANGE",
        "action": "redact",
        "stages": ["output"],
    },
)
_LIMITS = {
    "requests_per_minute": 60_000,
    "tokens_per_minute": 120_000_000,
    "cost_per_day": 2_000.0,
    "concurrent": 64,
}


def policy_text(provider_url: str, catalog: Catalog) -> str:
    """Return the policy file of the lab's gateway. The provider's key is read from KEY_ENV."""
    controls = probed_controls(catalog)
    profile = msgspec.structs.replace(load_profile(profile_path()), application=APPLICATION)
    base = base_policy(provider_url, SIMULATED_MODEL, simulated=True) | {
        "functions": {FUNCTION: {"max_output_tokens": 600, "limits": _LIMITS}},
        "allow_hosts": _HOSTS,
        "guards": [dict(rule) for rule in _MORE_GUARDS],
        "tools": _rules(),
        # The shop's own addresses are nobody's personal data.
        "allow": [{"detectors": ["personal-data", "answer-personal-data"],
                   "expressions": [r"[a-z0-9.+-]+@" + re.escape(_OWN_HOST)]}],
    }  # fmt: skip
    comments = {
        one.id: (one.title, f"Tested by {', '.join(_tests(one.id, catalog))}.") for one in controls
    }
    head = (
        "Policy of the lab agent: every control that a probe tests. A tool that has no rule here "
        "is the staff's, and never called for a customer."
    )
    milder = [_without_stricter(one) for one in controls]
    return render(compose(profile, milder, base), comments, head, places(milder))


def provider(url: str) -> dict[str, Any]:
    """Return the simulated provider as an upstream of a policy. Its key is read from KEY_ENV."""
    upstreams: list[dict[str, Any]] = base_policy(url, SIMULATED_MODEL, simulated=True)["upstreams"]
    return upstreams[0]


def probed_controls(catalog: Catalog) -> list[Control]:
    """Return the controls that any probe tests, in order of id."""
    named = {name for card in catalog.all_probes.values() for name in card.controls}
    return [catalog.controls[name] for name in sorted(named) if name in catalog.controls]


def acts(control: Control) -> bool:
    """Tell whether the lab's gateway carries the control out, at least in part."""
    enforce = control.enforce
    return bool(
        enforce.guards or enforce.settings or enforce.tools or enforce.limits or enforce.built_in
    ) or any(rule["control"] == control.id for rule in _MORE_GUARDS)


def only_flags(control: Control) -> bool:
    """Tell whether all that the lab's gateway does for the control is to flag."""
    enforce = control.enforce
    more = enforce.settings or enforce.tools or enforce.limits or enforce.built_in
    own = any(rule["control"] == control.id for rule in _MORE_GUARDS)
    actions = {rule["action"] for rule in enforce.guards}
    return actions == {"flag"} and not more and not own


def _without_stricter(control: Control) -> Control:
    """Return the control without guards for which the lab has a rule of its own: two rules of one
    detector at one stage are refused."""
    own = {rule["detector"] for rule in _MORE_GUARDS}
    kept = tuple(rule for rule in control.enforce.guards if rule["detector"] not in own)
    enforce = msgspec.structs.replace(control.enforce, guards=kept)
    return msgspec.structs.replace(control, enforce=enforce)


def _tests(control: str, catalog: Catalog) -> list[str]:
    return [key for key, card in catalog.all_probes.items() if control in card.controls]


def _rule(effect: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    rule = {"effect": effect, "control": TOOLS, "instructed_by": "user"}
    return rule | ({"arguments": dict(arguments)} if arguments else {})


def _rules() -> dict[str, Any]:
    """Return the rules of the tools that an agent for customers may use.

    The others (shell, packages, roles, keys, settings, prices, pages, deletions) are the staff's.
    """
    return {
        "fetch_url": _rule("read", {"url": {"hosts": _HOSTS}}),
        "search_orders": _rule("read", {"filter": {"pattern": r"[a-z_]+ ?(?:=|<|>) ?[\w.-]+"}}),
        "ping_host": _rule("read", {"host": {"pattern": r"(?:[a-z0-9-]+\.)*" + _OWN_HOST}}),
        "get_order": _rule("read"),
        "get_customer": _rule("read", {"customer_id": {"equals_user": True}}),
        "lookup_account": _rule("read", {"account_id": {"equals_user": True}}),
        "cancel_orders": _rule("delete", {"order_ids": {"pattern": r"HB-\d{8}"}}),
        "refund_order": _rule("pay", {"amount": {"maximum": 200, "from_trusted": True}}),
        "buy_item": _rule("pay", {"quantity": {"maximum": 20, "from_trusted": True}}),
        "save_note": _rule("write", {"text": {"not_from": ["untrusted", "instruction"]}}),
        "schedule_task": _rule("write", {"task": {"not_from": ["untrusted", "instruction"]}}),
        "write_file": _rule("write", {"path": {"pattern": r"notes/[a-z0-9-]+\.txt"}}),
        "post_message": _rule("send", {"text": {"not_from": ["untrusted", "instruction"]}}),
        "send_email": _rule("send", {"to": {"recipients": [f"@{_OWN_HOST}"]}}),
        "delegate_task": _rule("send", {"task": {"not_from": ["untrusted", "instruction"]}}),
        "read_inbox": _rule("read"),
        "get_weather": _rule("read"),
        "search_documents": _rule("read"),
    }
