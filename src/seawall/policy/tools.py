"""Tool rules: may the model's call reach the application?"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import re2

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, ToolCall
from seawall.core.verdicts import Action, Outcome, Verdict
from seawall.policy.model import ArgumentRule, ToolRule, Tools
from seawall.policy.provenance.traced import Trace
from seawall.wire import strict_json

if TYPE_CHECKING:
    from seawall.policy.provenance import Provenance

ScanCode = Callable[[str, str], Verdict]
_MAX_ARGUMENTS = 256 * 1024
_COMBINING = frozenset({"$ref", "allOf", "anyOf", "oneOf", "if"})
_LISTING = ("properties", "patternProperties")
_OPEN = _COMBINING | {"additionalProperties", "unevaluatedProperties"}


class ToolDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to a proposed tool call. `reason` names rules and arguments, never values.

    `argument`: the one that breaks the tool's rule, where one does.
    """

    action: Action
    control: str
    reason: str = ""
    outcome: Outcome = Outcome.CLEAN
    trace: tuple[Trace, ...] = ()
    argument: str = ""


def judge_call(
    call: ToolCall,
    exchange: Exchange,
    tools: Tools,
    scan_code: ScanCode,
    provenance: "Provenance | None" = None,
) -> ToolDecision:
    """Judge one proposed call against the request's offer, the tool's schema and its rule.

    `scan_code(language, code)` judges arguments that are code. `provenance`: the conversation's,
    where it was indexed already. What cannot be judged is blocked, or only removed where the
    tool's action is to remove calls or to ask: an answer goes on without it.
    """
    rule = tools.rules.get(call.name)
    control = rule.control if rule else tools.control
    definition = exchange.tools.get(call.name)
    if definition is None:
        return _found(_unfit(rule, tools), control, "The request does not offer this tool.")
    try:
        arguments = _parse(call.arguments)
    except RequestError as error:
        reason = f"The arguments are not strict JSON ({error.code})."
        return _found(_unfit(rule, tools), control, reason)
    if problem := schema_problem(definition.get("parameters"), arguments):
        return _found(_unfit(rule, tools), control, problem)
    if tools.classes:
        provenance = provenance or _indexed(exchange, tools)
        if (leak := _leak(call.name, arguments, tools, provenance)) is not None:
            return leak
    if rule is None and tools.unlisted != "infer":
        action = Action.BLOCK if tools.unlisted == "block" else Action.FLAG
        return _found(action, control, "The policy has no rule for this tool.")
    origins = provenance or _indexed(exchange, tools)
    decision = ToolDecision(action=Action.ALLOW, control=control)
    if rule is not None:
        decision = _judge_arguments(rule, arguments, exchange, scan_code)
        if decision.action is Action.ALLOW:
            decision = _judge_origins(call.name, rule, arguments, origins)
    if decision.action is not Action.ALLOW:
        return decision
    asked = rule is not None and (
        rule.instructed_by == "user" or (not rule.instructed_by and _misnamed(rule, definition))
    )
    if tools.unlisted != "infer" and not asked:
        return decision
    return _judge_provenance(call.name, rule, arguments, tools, origins)


def _unfit(rule: ToolRule | None, tools: Tools) -> Action:
    """Return what happens to a call that nobody could carry out, and no person could approve."""
    if rule is None and tools.unlisted == "block":
        return Action.BLOCK
    action = rule.action if rule else tools.action
    return Action.REDACT if action in (Action.REDACT, Action.ASK) else Action.BLOCK


def _misnamed(rule: ToolRule, definition: dict[str, Any]) -> bool:
    """Tell whether the rule names arguments that the tool has not got: its own are then free."""
    parameters = definition.get("parameters")
    known = parameters.get("properties") if isinstance(parameters, dict) else None
    return isinstance(known, dict) and any(name not in known for name in rule.arguments)


def _indexed(exchange: Exchange, tools: Tools) -> "Provenance":
    from seawall.policy.provenance import Provenance

    return Provenance(exchange, tools.rules)


def _leak(
    name: str, arguments: dict[str, Any], tools: Tools, origins: "Provenance"
) -> ToolDecision | None:
    """Return what happens to a call that carries confidential data elsewhere, None for others."""
    from seawall.policy.classes import leak_of

    leak = leak_of(name, arguments, tools.classes, origins)
    if leak is None:
        return None
    return ToolDecision(
        action=Action(leak.rule.action), control=leak.rule.control, reason=leak.reason,
        outcome=Outcome.FOUND, argument=leak.argument,
    )  # fmt: skip


def _judge_provenance(
    name: str,
    rule: ToolRule | None,
    arguments: dict[str, Any],
    tools: Tools,
    origins: "Provenance",
) -> ToolDecision:
    """Judge by who asked for the effect and what the arguments are made of."""
    asked = rule is not None and rule.instructed_by == "anyone"
    judgement = origins.judge(name, arguments, asked=asked)
    control = rule.control if rule else tools.control
    if judgement.passes:
        origins.released.append((name, arguments))
        return ToolDecision(action=Action.ALLOW, control=control, trace=judgement.traces)
    action = rule.action if rule else tools.action
    return ToolDecision(
        action=tools.followed if judgement.waits else action,
        control=control,
        reason=judgement.reason,
        outcome=Outcome.FOUND,
        trace=judgement.traces,
    )


def _judge_origins(
    name: str, rule: ToolRule, arguments: dict[str, Any], origins: "Provenance"
) -> ToolDecision:
    """Apply `from` and `not_from`: each value of the argument is looked up."""
    for argument, condition in rule.arguments.items():
        if argument not in arguments or not (condition.from_ or condition.not_from):
            continue
        for value in origins.values(name, {argument: arguments[argument]}):
            unknown = origins.blind and value.origin == "nowhere"
            origin = "untrusted" if unknown else value.origin
            bad = origin in condition.not_from or (
                bool(condition.from_) and origin not in condition.from_
            )
            if bad and not value.empty:
                reason = "comes from where the rule does not allow"
                return ToolDecision(
                    action=rule.action,
                    control=rule.control,
                    reason=f"The argument {argument!r} {reason}.",
                    outcome=Outcome.FOUND,
                    trace=(value.trace(reason, stops=True),),
                    argument=argument,
                )
    return ToolDecision(action=Action.ALLOW, control=rule.control)


def _found(action: Action, control: str, reason: str) -> ToolDecision:
    return ToolDecision(action=action, control=control, reason=reason, outcome=Outcome.FOUND)


def _parse(raw: str) -> dict[str, Any]:
    body = (raw.strip() or "{}").encode("utf-8", "surrogatepass")
    value = strict_json.loads(body, max_bytes=_MAX_ARGUMENTS)
    if not isinstance(value, dict):
        raise RequestError("Arguments must be an object.", code="not_an_object")
    return value


def _no_retrieval(uri: str) -> Any:
    raise ValueError(f"Schemas are not fetched: {uri}")


def _closed(schema: Any) -> Any:
    """Return the schema with unknown properties refused wherever it lists properties."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: value if key in _DATA else _closed(value) for key, value in schema.items()}
    listed = any(isinstance(schema.get(key), dict) for key in _LISTING)
    if listed and not schema.keys() & _OPEN:
        closed["additionalProperties"] = False
    return closed


_DATA = frozenset({"const", "default", "enum", "examples", "required"})


@functools.lru_cache(maxsize=512)
def _validator(schema: bytes) -> Any:
    import jsonschema_rs  # 4 MB, which a gateway without tools does not need

    value = _closed(msgspec.json.decode(schema))
    return jsonschema_rs.validator_for(
        value, retriever=_no_retrieval, pattern_options=jsonschema_rs.RegexOptions()
    )


def schema_problem(schema: Any, arguments: dict[str, Any]) -> str:
    """Return why `arguments` do not fit the tool's declared schema, or "" when they do.

    Properties that the schema does not list are refused unless it says otherwise itself.
    """
    import jsonschema_rs

    declared = schema if isinstance(schema, dict) else {}
    if not declared.keys() & _OPEN and "patternProperties" not in declared:
        properties = declared.get("properties")
        listed = set(properties) if isinstance(properties, dict) else set()
        if arguments.keys() - listed:
            return "An argument is not in the tool's schema."
    try:
        validator = _validator(msgspec.json.encode(declared))
        error = next(iter(validator.iter_errors(arguments)), None)
    except (ValueError, jsonschema_rs.ReferencingError):
        return "The tool's schema cannot be used to check the arguments."
    if error is None:
        return ""
    where = "/".join(str(token) for token in error.instance_path if isinstance(token, int))
    keyword = str(error.schema_path[-1]) if error.schema_path else "schema"
    return (
        f"The arguments break the tool's schema ({keyword}{' at item ' + where if where else ''})."
    )


def _judge_arguments(
    rule: ToolRule, arguments: dict[str, Any], exchange: Exchange, scan_code: ScanCode
) -> ToolDecision:
    """Apply every argument rule; the first that does not hold decides."""
    for name, condition in rule.arguments.items():
        if name not in arguments:
            continue
        outcome, reason = _judge_argument(condition, arguments[name], exchange, scan_code)
        if outcome is not Outcome.CLEAN:
            action = Action.BLOCK if outcome is Outcome.UNKNOWN else rule.action
            return ToolDecision(
                action=action,
                control=rule.control,
                reason=f"The argument {name!r} {reason}.",
                outcome=outcome,
                argument=name,
            )
    return ToolDecision(action=Action.ALLOW, control=rule.control)


def _judge_argument(
    rule: ArgumentRule, value: Any, exchange: Exchange, scan_code: ScanCode
) -> tuple[Outcome, str]:
    from seawall.policy.provenance.trusted import from_trusted, leaves
    from seawall.policy.reach import listed_host, listed_recipient

    user = exchange.user or (exchange.caller.user if exchange.caller else "")
    if rule.equals_user and (not user or value != user):
        return Outcome.FOUND, "is not the end user's id"
    if rule.one_of and not (isinstance(value, str) and value in rule.one_of):
        return Outcome.FOUND, "is not in the rule's list"
    if rule.pattern and not (isinstance(value, str) and re2.fullmatch(rule.pattern, value)):
        return Outcome.FOUND, "does not match the rule's pattern"
    if not _within(value, rule.minimum, rule.maximum):
        return Outcome.FOUND, "is outside the rule's limits or not a number"
    if rule.from_trusted and not from_trusted(value, exchange.parts):
        return Outcome.FOUND, "stands in no text of the operator or the user"
    if rule.recipients and not all(
        listed_recipient(item, rule.recipients) for item in leaves(value)
    ):
        return Outcome.FOUND, "names a recipient that the rule does not list"
    if rule.hosts and not all(listed_host(item, rule.hosts) for item in leaves(value)):
        return Outcome.FOUND, "names a host that the rule does not list"
    return _judge_code(rule.code, value, scan_code) if rule.code else (Outcome.CLEAN, "")


def _within(value: Any, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (low is None or value >= low) and (high is None or value <= high)


def _judge_code(language: str, value: Any, scan_code: ScanCode) -> tuple[Outcome, str]:
    if not isinstance(value, str):
        return Outcome.FOUND, "must be code as text"
    verdict = scan_code(language, value)
    if verdict.outcome is Outcome.FOUND:
        labels = sorted({finding.label for finding in verdict.findings})
        return Outcome.FOUND, f"is code that the rule does not allow ({', '.join(labels)})"
    return verdict.outcome, "" if verdict.outcome is Outcome.CLEAN else "is code nobody could judge"
