"""Read a policy file: its types, then what types cannot say, each error with file and line."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.roles import PERMISSIONS, Permission, Role
from seawall.core.spelling import instead
from seawall.core.verdicts import Action
from seawall.policy.contradictions import contradictions
from seawall.policy.fitting import Takes, rule_problems
from seawall.policy.identity import identity_problems
from seawall.policy.model import GuardRule, Policy, Rate
from seawall.policy.own_checks import Problem, label_problems, own_problems, pattern_problem
from seawall.policy.own_rules import OWN_DETECTOR
from seawall.store.key_record import ADMIN_SCOPE, SCOPES
from seawall.wire.hosted.kinds import OWN
from seawall.wire.provider_fields import LIMITS

Known = Mapping[str, Takes] | Collection[str] | None
"""The detectors that exist: their cards by id, or the ids alone; None where nobody knows."""

SCHEMA_ID = "https://seawall.example/policy.schema.json"


def load_policy(path: Path, detectors: Known = None) -> Policy:
    """Read and check a policy file; with cards in `detectors`, whether the guard rules fit them.

    Raises InputError that names file, line and field.
    """
    policy = decode_policy(yamlfile.read_text(path), str(path), detectors)
    guards = tuple(
        msgspec.structs.replace(
            rule, registered=tuple(str(path.parent / name) for name in rule.registered)
        )
        for rule in policy.guards
    )
    identity = policy.identity
    issuers = tuple(
        msgspec.structs.replace(issuer, jwks_file=str(path.parent / issuer.jwks_file))
        if issuer.jwks_file
        else issuer
        for issuer in identity.issuers
    )
    identity = msgspec.structs.replace(identity, issuers=issuers)
    return msgspec.structs.replace(policy, guards=guards, identity=identity)


def decode_policy(text: str, name: str, detectors: Known = None) -> Policy:
    """Check the text of a policy file that is called `name` in errors. Raises InputError."""
    policy = yamlfile.decode(text, name, Policy)
    for keys, message, hint in _problems(policy, detectors):
        line = yamlfile.line_of(text, keys)
        raise InputError(f"{name}:{line}: {message}", hint=hint)
    return policy


def decode_published(text: str, name: str, detectors: Known = None) -> Policy:
    """Check a policy that every replica is to serve: files are named by their whole path.

    Raises InputError.
    """
    policy = decode_policy(text, name, detectors)
    for keys, file in _files(policy):
        if not Path(file).is_absolute():
            raise InputError(
                f"{name}:{yamlfile.line_of(text, keys)}: {file} counts from a folder, and a "
                "published policy has none.",
                hint="Name the whole path; each replica needs its own copy of the file.",
            )
    return policy


def _files(policy: Policy) -> Iterator[tuple[list[str | int], str]]:
    for index, rule in enumerate(policy.guards):
        for at, file in enumerate(rule.registered):
            yield ["guards", index, "registered", at], file
    for index, issuer in enumerate(policy.identity.issuers):
        if issuer.jwks_file:
            yield ["identity", "issuers", index, "jwks_file"], issuer.jwks_file


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the policy file, for editors."""
    schema = msgspec.json.schema(Policy)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def _problems(policy: Policy, detectors: Known) -> Iterator[Problem]:
    yield from _upstreams(policy)
    yield from _functions(policy)
    yield from own_problems(policy.rules, policy.allow, detectors)
    yield from _guards(policy.guards, detectors)
    yield from _own(policy)
    yield from _tools(policy)
    yield from _servers(policy)
    yield from contradictions(policy)
    yield from _texts(policy)
    scopes = frozenset((*SCOPES, ADMIN_SCOPE))
    yield from identity_problems(policy.identity, frozenset(policy.functions), scopes)


def _upstreams(policy: Policy) -> Iterator[Problem]:
    names: set[str] = set()
    for index, upstream in enumerate(policy.upstreams):
        at: list[str | int] = ["upstreams", index]
        if upstream.name in names:
            yield [*at, "name"], f"The upstream {upstream.name!r} is named twice.", "Rename one."
        names.add(upstream.name)
        if problem := _url_problem(upstream.base_url):
            yield [*at, "base_url"], problem, "Give scheme, host and path, like https://host/v1."
        if upstream.api_version and upstream.kind != "openai":
            yield (
                [*at, "api_version"],
                "Only an upstream of kind openai has api_version, which is Azure's.",
                "Remove it.",
            )
        if upstream.omit and upstream.kind != "openai":
            yield (
                [*at, "omit"],
                "Only an upstream of kind openai has fields to omit: for others the request is "
                "written in their own format.",
                "Remove it.",
            )
        if upstream.omit and not {*LIMITS} - {*upstream.omit}:
            yield (
                [*at, "omit"],
                f"{' and '.join(LIMITS)} are two names of one limit, without which an answer has "
                "no end.",
                "Omit one of them: the other takes its place.",
            )
        if upstream.secret and upstream.api_key_env:
            yield (
                [*at, "secret"],
                f"The upstream {upstream.name!r} has both a secret and an api_key_env.",
                "Keep one of them.",
            )
        if upstream.api_key_env and not upstream.api_key_env.replace("_", "").isalnum():
            yield (
                [*at, "api_key_env"],
                "api_key_env must be the name of an environment variable.",
                "Put the key into that variable, never into this file.",
            )


def _url_problem(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "base_url is not a URL."
    if not host:
        return "base_url has no host."
    try:
        host.encode("idna")
    except UnicodeError:
        return "base_url names a host that no name server can know."
    if port == 0:
        return "base_url has port 0."
    if parts.username or parts.password:
        return "base_url holds credentials."
    return "base_url has a query or fragment." if parts.query or parts.fragment else ""


def _functions(policy: Policy) -> Iterator[Problem]:
    models = {model for upstream in policy.upstreams for model in upstream.models}
    for name, function in policy.functions.items():
        for index, model in enumerate(function.models):
            if model not in models:
                yield (
                    ["functions", name, "models", index],
                    f"The function {name!r} names the model {model!r}, which no upstream has.",
                    f"Known models: {', '.join(sorted(models))}.",
                )


def _guards(rules: tuple[GuardRule, ...], detectors: Known) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        at: list[str | int] = ["guards", index]
        if detectors is not None and rule.detector not in detectors:
            yield (
                [*at, "detector"],
                f"There is no detector {rule.detector!r}.",
                instead(rule.detector, detectors, "Known detectors:"),
            )
        elif isinstance(detectors, Mapping):
            for keys, message, hint in rule_problems(rule, detectors):
                yield [*at, *keys], message, hint
        if not rule.control:
            yield [*at, "control"], "A guard rule names its control.", "For example CTL-PII."
        for earlier in rules[:index]:
            if _covers(earlier, rule):
                yield (
                    at,
                    f"This rule can never apply: an earlier one decides for {rule.detector!r}.",
                    "The first rule for a detector, stage and label wins; reorder or remove one.",
                )


def _own(policy: Policy) -> Iterator[Problem]:
    named = [i for i, rule in enumerate(policy.guards) if rule.detector == OWN_DETECTOR]
    if policy.rules and not named:
        hint = f"Add {{detector: {OWN_DETECTOR}, control: ..., action: ..., stages: [...]}}."
        yield ["rules"], f"No guard names the detector {OWN_DETECTOR}: rules do nothing.", hint
    for index in named:
        at: list[str | int] = ["guards", index]
        if not policy.rules:
            yield at, f"The detector {OWN_DETECTOR} needs rules.", "Add the section rules."
        yield from label_problems(policy.rules, policy.guards[index].labels, at)


def _covers(earlier: GuardRule, later: GuardRule) -> bool:
    return (
        earlier.detector == later.detector
        and set(later.stages) <= set(earlier.stages)
        and (not earlier.labels or (bool(later.labels) and {*later.labels} <= {*earlier.labels}))
        and earlier.threshold <= later.threshold
    )


def _tools(policy: Policy) -> Iterator[Problem]:
    approvals = policy.tools.approvals
    needs = 2 if approvals.four_eyes else 1
    yield from _approver_problems(approvals.approvers, needs, ["tools", "approvals"])
    for tool, rule in policy.tools.rules.items():
        at: list[str | int] = ["tools", "rules", tool]
        if rule.action is Action.ALLOW:
            yield (
                [*at, "action"],
                f"A tool call that breaks its rule cannot be answered with {rule.action.value!r}.",
                "Use block, ask, redact or flag.",
            )
        yield from _approver_problems(rule.approvers, rule.needs or needs, at)
        if rule.rate is not None and (problem := _rate_problem(rule.rate)):
            yield [*at, "rate"], problem, "For example {calls: 3, sum: 500, of: amount, hours: 24}."
        for name, argument in rule.arguments.items():
            if argument.pattern and (problem := pattern_problem(argument.pattern)):
                yield (
                    [*at, "arguments", name, "pattern"],
                    f"The pattern of {tool}.{name} is not an RE2 expression: {problem}.",
                    "RE2 has no look-around and no back-references.",
                )


def _servers(policy: Policy) -> Iterator[Problem]:
    """Yield labels of servers that a client could give to another server than the rules mean."""
    servers, at = policy.tools.hosted.mcp, ["tools", "hosted", "mcp"]
    if servers is None:
        return
    if not (servers.hosts or servers.labels):
        yield [*at], "No MCP server can be reached.", "List hosts, or labels with their host."
    if OWN in servers.labels:
        yield [*at, "labels", OWN], f"{OWN} marks the provider's own tools.", "Take another label."
    for tool in policy.tools.rules:
        name, found, label = tool.rpartition("@")
        if name and found and label not in (OWN, *servers.labels) and not servers.one():
            yield (
                ["tools", "rules", tool],
                f"A client may call any listed server {label}: nobody knows whose tool this is.",
                f"Say which host it is: tools.hosted.mcp.labels: {{{label}: HOST}}.",
            )


def _approver_problems(
    approvers: tuple[str, ...], needs: int, at: list[str | int]
) -> Iterator[Problem]:
    able = sorted(
        f"role:{role}" for role in Role if Permission.APPROVALS_DECIDE in PERMISSIONS[role]
    )
    for index, name in enumerate(approvers):
        if name.startswith("role:") and name not in able:
            yield (
                [*at, "approvers", index],
                f"Nobody decides on calls as {name!r}.",
                f"It takes one of {', '.join(able)}, or a person's or key's name.",
            )
    if approvers and needs > len(approvers) and not set(approvers) & set(able):
        yield [*at, "approvers"], f"{needs} must approve, but fewer are named.", "Name more."


def _rate_problem(rate: Rate) -> str:
    if rate.calls is None and rate.sum is None:
        return "A rate limits calls, a sum, or both."
    if (rate.sum is None) != (not rate.of):
        return "A sum is of an argument: sum and of go together."
    return ""


_BLANKS: tuple[tuple[list[str | int], Callable[[Policy], str]], ...] = (
    (["refusal_text"], lambda policy: policy.refusal_text),
    (["documents", "open"], lambda policy: policy.documents.open),
    (["documents", "close"], lambda policy: policy.documents.close),
    (["usage_policy", "version"], lambda policy: policy.usage_policy.version),
)


def _texts(policy: Policy) -> Iterator[Problem]:
    for keys, read in _BLANKS:
        if not read(policy).strip():
            yield keys, f"{'.'.join(map(str, keys))} must not be empty.", "Leave it out instead."
    text = policy.disclosure.text
    if len(text) > 500 or any(ord(char) < 32 for char in text):
        yield (
            ["disclosure", "text"],
            "disclosure.text is a single line of at most 500 characters.",
            "It also goes into a response header.",
        )
