"""The most that a provider's own tools may cost: tokens of their results, and their prices."""

import msgspec

from seawall.core.exchange import Exchange
from seawall.policy.hosted import Hosted, HostedTool
from seawall.wire.hosted.kinds import MCP, TYPES

# What a provider adds to tell a model of one of its tools.
_TOLD = 1_000


def offered(exchange: Exchange, hosted: Hosted) -> dict[str, HostedTool]:
    """Return what the policy says of the kinds that a request offers."""
    kinds = {TYPES[one["type"]] for one in exchange.body.get("hosted_tools", ())}
    return {kind: rule for kind in kinds if (rule := hosted.of(kind)) is not None}


def clamp(exchange: Exchange, hosted: Hosted) -> None:
    """Lower the calls that an answer may hold to what the policy allows of all kinds together."""
    if rules := offered(exchange, hosted):
        most = sum(rule.max_calls for rule in rules.values())
        exchange.native["most_calls"] = min(exchange.native["most_calls"], most)


def most_input(exchange: Exchange, hosted: Hosted, asked: int, said: int) -> int:
    """Return the most input tokens of a prompt of `asked` tokens and an answer of `said`.

    After each call the provider reads everything again, with what the calls before returned.
    """
    rules = offered(exchange, hosted)
    if not rules:
        return asked
    calls = int(exchange.native["most_calls"])
    tools = len(msgspec.json.encode(exchange.body["hosted_tools"])) + _TOLD * len(rules)
    servers = sum(TYPES[one["type"]] == MCP for one in exchange.body["hosted_tools"])
    tools += servers * rules[MCP].result_tokens if servers else 0  # each brings a list of tools
    brings = max(rule.result_tokens for rule in rules.values())
    return (calls + 1) * (asked + tools) + calls * said + brings * calls * (calls + 1) // 2


def most_cost(exchange: Exchange, hosted: Hosted) -> float:
    """Return the most that the calls of an answer may cost besides tokens."""
    rules = offered(exchange, hosted)
    dearest = max((rule.per_call for rule in rules.values()), default=0.0)
    return exchange.native["most_calls"] * dearest if rules else 0.0
