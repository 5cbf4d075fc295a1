"""Rates of tools: a call that may pass is counted, one beyond the rate breaks its rule."""

import asyncio
import functools

from msgspec.structs import replace

from seawall.core.exchange import ToolCall
from seawall.core.verdicts import Action, Outcome
from seawall.gateway.call import Call
from seawall.policy.model import ToolRule, Tools
from seawall.policy.rates import UNCOUNTED, over, reason_of, value_of
from seawall.policy.tools import ToolDecision
from seawall.store.tool_uses import ToolUses
from seawall.store.turns import Owner


class Rates:
    """Counts the calls of tools that have a rate."""

    def __init__(self, uses: ToolUses, tools: Tools) -> None:
        self._uses = uses
        self._rules = tools.rules

    async def __call__(self, call: Call, item: ToolCall, decision: ToolDecision) -> ToolDecision:
        """Return the decision that counts; a call that passes is noted.

        What cannot be counted is blocked. Raises MissingPartError when the database is away: then
        nobody knows how much was used.
        """
        rule = self._rules.get(item.name)
        passes = decision.action in (Action.ALLOW, Action.FLAG)
        if rule is None or rule.rate is None or not passes:
            return decision
        rate = rule.rate
        value = value_of(rate, item.arguments)
        if value is None:
            return _broken(decision, rule, Action.BLOCK, UNCOUNTED, Outcome.UNKNOWN)
        noted = await asyncio.to_thread(
            functools.partial(
                self._uses.take,
                _counted(call.owner, rate.per),
                item.name,
                seconds=3600 * rate.hours,
                value=value,
                over=lambda calls, moved: over(rate, calls, moved, value),
            )
        )
        return (
            decision
            if noted
            else _broken(decision, rule, rule.action, reason_of(rate), Outcome.FOUND)
        )


def _counted(owner: Owner, per: str) -> Owner:
    """Return whose calls count together: the key's and its end user's, or the function's."""
    return replace(owner, key_id="", user="") if per == "function" else owner


def _broken(
    decision: ToolDecision, rule: ToolRule, action: Action, reason: str, outcome: Outcome
) -> ToolDecision:
    return replace(decision, action=action, control=rule.control, reason=reason, outcome=outcome)
