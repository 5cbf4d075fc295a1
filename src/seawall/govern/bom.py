"""The bill of materials of an AI application, as CycloneDX 1.6 JSON.

It lists the application, its models, providers, tools, prompts (by hash) and guards, from the
profile and the policy. The same inputs give the same bytes; no content of a prompt is in it.
"""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from seawall.core.profile import Profile
from seawall.policy.model import Policy

Part = dict[str, Any]
# Names serial numbers; any fixed value will do.
_SPACE = uuid.UUID("5ea3a11e-0000-4000-8000-000000000001")


def bom(
    profile: Profile, policy: Policy | None, prompts: Mapping[str, bytes], *, now: datetime,
    version: str,
) -> Part:  # fmt: skip
    """Return the CycloneDX document. `prompts` are names with contents; only hashes are kept.

    Without a policy it holds what the profile names, and no guards. `now` has a zone; `version` is
    Seawall's.
    """
    parts = [*_models(profile, policy), *_tools(profile, policy), *_prompts(prompts)]
    parts += _guards(policy)
    services = _services(policy)
    root = {"type": "application", "bom-ref": "application", "name": profile.title}
    content: Part = {
        "components": parts,
        "services": services,
        "dependencies": [
            {
                "ref": "application",
                "dependsOn": sorted(part["bom-ref"] for part in (*parts, *services)),
            }
        ],
    }
    digest = msgspec.json.encode([profile.application, content], order="sorted").decode()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": now.astimezone(UTC).isoformat(timespec="seconds"),
            "tools": {
                "components": [{"type": "application", "name": "seawall", "version": version}]
            },
            "component": root,
        },
        **content,
    }


def _models(profile: Profile, policy: Policy | None) -> list[Part]:
    """Return every model that the profile or the policy names, once."""
    providers: dict[str, list[str]] = {name: [] for name in profile.value("model.ids") or ()}
    for upstream in () if policy is None else policy.upstreams:
        for name, price in upstream.models.items():
            called = price.upstream_model or name
            providers.setdefault(called, []).append(upstream.name)
    hosting = profile.value("model.hosting")
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{name}",
            "name": name,
            "properties": _properties(hosting=hosting, providers=", ".join(sorted(given))),
        }
        for name, given in sorted(providers.items())
    ]


def _tools(profile: Profile, policy: Policy | None) -> list[Part]:
    """Return every tool; one that no rule of the policy names says so."""
    rules = {} if policy is None else policy.tools.rules
    names = sorted({*(profile.value("tools.list") or ()), *rules})
    found = []
    for name in names:
        rule = rules.get(name)
        properties = (
            _properties(kind="tool", rule="none")
            if rule is None
            else _properties(kind="tool", effect=rule.effect, returns=rule.returns,
                             control=rule.control)
        )  # fmt: skip
        found.append(
            {
                "type": "application",
                "bom-ref": f"tool:{name}",
                "name": name,
                "properties": properties,
            }
        )
    return found


def _prompts(prompts: Mapping[str, bytes]) -> list[Part]:
    return [
        {
            "type": "data",
            "bom-ref": f"prompt:{name}",
            "name": name,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
            "data": [{"type": "configuration", "name": "prompt"}],
        }
        for name, content in sorted(prompts.items())
    ]


def _guards(policy: Policy | None) -> list[Part]:
    """Return each rule of the policy that names a detector, in its order."""
    return [
        {
            "type": "application",
            "bom-ref": f"guard:{index}:{rule.detector}",
            "name": rule.detector,
            "properties": _properties(
                kind="guard",
                action=rule.action,
                control=rule.control,
                stages=", ".join(rule.stages),
            ),
        }
        for index, rule in enumerate(() if policy is None else policy.guards, 1)
    ]


def _services(policy: Policy | None) -> list[Part]:
    """Return the providers; an address is given without user, query and fragment."""
    found = []
    for upstream in () if policy is None else policy.upstreams:
        parts = urlsplit(upstream.base_url)
        host = parts.netloc.rpartition("@")[2]
        found.append(
            {
                "bom-ref": f"provider:{upstream.name}",
                "name": upstream.name,
                "endpoints": [f"{parts.scheme}://{host}{parts.path}"],
                "x-trust-boundary": True,
            }
        )
    return found


def _properties(**values: Any) -> list[Part]:
    return [
        {"name": f"seawall:{key}", "value": str(value)}
        for key, value in sorted(values.items())
        if value
    ]
