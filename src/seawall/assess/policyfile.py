"""Compose the gateway's policy from chosen controls, and write it with a comment for each."""

import copy
import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from seawall.catalog.model import Control
from seawall.core.errors import InputError
from seawall.core.profile import Profile

BUDGET, TOOLS, CODE = "CTL-BUDGET", "CTL-TOOL-RULES", "CTL-CODE-RULES"
# Keys of the base that are no keys of a policy file: they fill in what controls need.
_FILLERS = ("tools", "allow_hosts")
_ORDER = (
    "version",
    "application",
    "currency",
    "block_mode",
    "refusal_text",
    "on_unknown",
    "upstreams",
    "functions",
    "limits_control",
    "guards",
    "tools",
    "disclosure",
    "usage_policy",
    "consent",
    "documents",
    "spotlight",
    "conversations",
    "cache",
    "files",
    "mcp",
    "wallet",
    "audit",
)
# What an operator words as he likes: any is good, none is not.
_WORDS = ("text", "version", "url")
# A function may run at ten times its average, with a floor so that a small one still works.
_PEAK, _LEAST_REQUESTS, _TOKENS_PER_REQUEST, _CONCURRENT = 10.0, 30, 3000, 4


def compose(
    profile: Profile, controls: Sequence[Control], base: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the policy: base settings, plus what the chosen controls enforce.

    A setting of the base wins over a control's. Raises InputError for a base without upstreams
    or functions.
    """
    for key in ("upstreams", "functions"):
        if not base.get(key):
            raise InputError(f"The base settings have no {key}.", hint="A gateway needs them.")
    chosen = {control.id for control in controls}
    policy: dict[str, Any] = {
        "version": 1,
        "application": base.get("application", profile.application),
        "currency": base.get("currency", profile.currency),
    }
    for control in controls:
        for key, value in control.enforce.settings.items():
            policy[key] = _merge(policy.get(key), copy.deepcopy(value))
    for key, value in base.items():
        if key not in _FILLERS:
            policy[key] = _merge(policy.get(key), copy.deepcopy(value))
    policy["guards"] = [*policy.get("guards", ()), *_guards(controls, base)]
    if TOOLS in chosen or CODE in chosen:
        policy["tools"] = {**policy.get("tools", {}), **_tools(base.get("tools") or {}, chosen)}
    if BUDGET in chosen:
        policy["functions"] = _limited(policy["functions"], profile)
    unknown = {key: policy[key] for key in policy if key not in _ORDER}
    return {key: policy[key] for key in _ORDER if key in policy} | unknown


def overruled(control: Control, base: Mapping[str, Any]) -> list[str]:
    """Return the settings of a control that the base says otherwise; then it is not in force."""
    return [
        name
        for name, asked in control.enforce.settings.items()
        if name in base and name not in _FILLERS and not _kept(_merge(asked, base[name]), asked)
    ]


def _kept(found: Any, asked: Any, name: str = "") -> bool:
    if isinstance(asked, dict):
        return isinstance(found, dict) and all(
            _kept(found.get(key), value, key) for key, value in asked.items()
        )
    return bool(found) if name in _WORDS else bool(found == asked)


def _merge(below: Any, above: Any) -> Any:
    return {**below, **above} if isinstance(below, dict) and isinstance(above, dict) else above


def _guards(controls: Sequence[Control], base: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    hosts = list(base.get("allow_hosts") or ())
    for control in controls:
        for fragment in control.enforce.guards:
            rule = {"detector": fragment["detector"], "control": control.id, **fragment}
            if hosts and rule["detector"] == "markdown-exfiltration":
                rule["allow_hosts"] = hosts
            yield rule


def _tools(rules: Mapping[str, Any], chosen: set[str]) -> dict[str, Any]:
    written = {name: _tool(dict(rules[name]), chosen) for name in sorted(rules)}
    return {"unlisted": "block", "control": TOOLS, "rules": written}


def _tool(rule: dict[str, Any], chosen: set[str]) -> dict[str, Any]:
    """Complete one tool's rule: code of an execute tool is scanned when its control is chosen.

    Only the user's request may lead to a call, unless the base says otherwise.
    """
    executes = rule.get("effect") == "execute"
    arguments = {name: dict(value) for name, value in (rule.get("arguments") or {}).items()}
    scan = executes and CODE in chosen
    if scan and not any("code" in argument for argument in arguments.values()):
        arguments["code"] = {**arguments.get("code", {}), "code": "python"}
    if not scan:
        for argument in arguments.values():
            argument.pop("code", None)
    control = rule.pop("control", CODE if scan else TOOLS)
    done = {"effect": rule.pop("effect", "write"), "control": control, "instructed_by": "user"}
    done |= rule
    return done | ({"arguments": arguments} if arguments else {})


def _limited(functions: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Give every function limits: its own where the base has them, else from its traffic.

    Requests a minute are ten times the average of its share; tokens follow from requests.
    """
    weights = {name: float((spec or {}).get("weight", 1.0)) for name, spec in functions.items()}
    daily = profile.value("volume.requests_per_day") or 0.0
    limited = {}
    for name, spec in functions.items():
        share = weights[name] / sum(weights.values())
        average = daily * share / (24 * 60)
        requests = max(_LEAST_REQUESTS, math.ceil(average * _PEAK))
        derived = {
            "requests_per_minute": requests,
            "tokens_per_minute": requests * _TOKENS_PER_REQUEST,
            "concurrent": _CONCURRENT,
        }
        own = (spec or {}).get("limits") or {}
        limited[name] = {**(spec or {}), "limits": {**derived, **own}}
    return limited


def places(controls: Iterable[Control]) -> dict[str, list[str]]:
    """Return which controls each top-level key of a policy carries out.

    What the gateway always does is told at the key that comes first, `version`.
    """
    found: dict[str, list[str]] = {}
    for control in controls:
        enforce = control.enforce
        keys = list(enforce.settings)
        keys += ["functions"] if enforce.limits else []
        keys += ["tools"] if enforce.tools or control.id == CODE else []
        keys += ["version"] if enforce.built_in else []
        for key in keys:
            found.setdefault(key, []).append(control.id)
    return found


def render(
    policy: Mapping[str, Any],
    comments: Mapping[str, tuple[str, str]],
    head: str,
    told_at: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return the policy as YAML; `comments` are (title, reason) by control id.

    `told_at` are the controls that a top-level key carries out (`places`).
    """
    lines = _comment(head, "") if head else []
    for key, value in policy.items():
        if key == "guards":
            lines += ["guards:"] if value else ["guards: []"]
            lines += _guard_lines(value, comments)
            continue
        for control in (told_at or {}).get(key, ()):
            lines += _note(control, comments, "")
        lines += _dump({key: value}, "")
    return "\n".join(lines) + "\n"


def _guard_lines(
    rules: Sequence[Mapping[str, Any]], comments: Mapping[str, tuple[str, str]]
) -> list[str]:
    lines: list[str] = []
    last = ""
    for rule in rules:
        if rule["control"] != last:
            last = rule["control"]
            lines += _note(last, comments, "  ")
        lines += _dump([dict(rule)], "  ")
    return lines


def _note(control: str, comments: Mapping[str, tuple[str, str]], indent: str) -> list[str]:
    if control not in comments:
        return []
    title, reason = comments[control]
    return _comment(f"{title}. {reason}", indent)


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        96,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
        break_on_hyphens=False,
    )


class _Dumper(yaml.SafeDumper):
    """SafeDumper without anchors (the policy reader refuses aliases), short lists on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _list(dumper: yaml.SafeDumper, items: Sequence[Any]) -> yaml.Node:
    plain = not any(isinstance(item, dict | list | tuple) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=plain)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(tuple, _list)


def _dump(value: Any, indent: str) -> list[str]:
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=92)
    return [indent + line if line else line for line in text.splitlines()]
