"""A starter for the base settings: what the profile knows of upstream, functions and tools."""

from collections.abc import Sequence
from typing import Any

import yaml

from seawall.core.profile import Profile
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import infer

_HEAD = """\
# Base settings, started from the profile: what only you know. Check every line:
#  - base_url and api_key_env: where your provider is, and the variable that holds its key;
#  - prices of a million tokens, without which no cost is counted;
#  - functions: the uses inside the application that should not starve each other;
#  - tools: effect is read, write, send, pay, execute or delete; say what arguments may be.
"""
# Money moves, whatever the verb beside it is: make_payment, issue_refund, send_payout.
_MONEY = frozenset(["payment", "payments", "payout", "payouts", "refund", "refunds", "remittance"])
_SAID = {"pay": "pay", "send": "send", "delete": "delete", "run_code": "execute"}
_ANTHROPIC = "https://api.anthropic.com/v1"
_OTHER = "https://provider.example/v1"


def starter(profile: Profile) -> str:
    """Return base settings as YAML that `seawall plan` takes; guesses are named in comments."""
    models: Sequence[str] = profile.value("model.ids") or ("model-name",)
    anthropic = all("claude" in name.casefold() for name in models)
    upstream = {
        "name": "provider",
        **({"kind": "anthropic"} if anthropic else {}),
        "base_url": _ANTHROPIC if anthropic else _OTHER,
        "api_key_env": "PROVIDER_KEY",
        "models": {name: {"input_per_million": 0.0, "output_per_million": 0.0} for name in models},
    }
    base: dict[str, Any] = {"upstreams": [upstream], "functions": {"main": {"weight": 1}}}
    tools: Sequence[str] = profile.value("tools.list") or ()
    if tools:
        base["tools"] = {name: {"effect": _effect(name)} for name in tools}
    return (
        _HEAD + _missing(profile, base) + yaml.safe_dump(base, sort_keys=False, allow_unicode=True)
    )


def _effect(tool: str) -> str:
    """Return what a tool's name says it does; write where it says nothing."""
    found = infer(tool, {"description": "", "parameters": {}})
    effect = "write" if found.why.startswith("nothing") else found.effect
    moves = effect in ("write", "send") and _MONEY & set(split_name(tool))
    return "pay" if moves else effect


def _missing(profile: Profile, base: dict[str, Any]) -> str:
    """Return a comment for each effect of the profile that no tool has by its name."""
    said = profile.value("tools.writes_or_spends") or ()
    named = {tool["effect"] for tool in base.get("tools", {}).values()}
    open_ = [effect for fact, effect in _SAID.items() if fact in said and effect not in named]
    return "".join(
        f"# The profile says that a tool does {effect!r}; no name below says which: find it.\n"
        for effect in open_
    )
