"""Calls that a person must decide on: they wait, and an approved one passes once."""

import asyncio

import sqlalchemy as sa
from msgspec.structs import replace

from seawall.core.errors import InputError, UnavailableError
from seawall.core.exchange import ToolCall
from seawall.core.verdicts import Action
from seawall.gateway.call import Call
from seawall.policy.model import Tools
from seawall.policy.tools import ToolDecision
from seawall.store.approvals import APPROVED, DENIED, USED, Approvals, Deciders
from seawall.store.approvals import Approval as Waiting
from seawall.store.audit_users import AuditUsers

_COUNTED = {2: "two", 3: "three"}


class Approval:
    """Holds a proposed call back until a person has approved exactly it."""

    def __init__(self, approvals: Approvals, tools: Tools, users: AuditUsers) -> None:
        self._approvals = approvals
        self._tools = tools
        self._users = users

    async def __call__(
        self, call: Call, item: ToolCall, decision: ToolDecision
    ) -> tuple[ToolDecision, str]:
        """Return the decision that counts, and why the call is taken out ("" when it stays).

        Raises UnavailableError when approvals cannot be read: then nobody knows what was decided.
        """
        if decision.action is Action.REDACT:
            return decision, f"The call of {_named(call, item)} was removed. {decision.reason}"
        if decision.action is not Action.ASK:
            return decision, ""
        try:
            found, used = await asyncio.to_thread(self._look, call, item, decision.reason)
        except (sa.exc.DBAPIError, InputError) as error:
            raise UnavailableError("Approvals cannot be asked for at the moment.") from error
        state = USED if used else found.state
        call.approvals.append(
            {"approval_id": found.approval_id, "tool": item.name, "state": state,
             "expires": found.expires}
        )  # fmt: skip
        if used:
            people = f"Approved as {found.approval_id}."
            return replace(decision, action=Action.FLAG, reason=people), ""
        return decision, _note(item, found)

    def _look(self, call: Call, item: ToolCall, reason: str) -> tuple[Waiting, bool]:
        owner = call.owner
        handle = self._users.handle(call.end_user) if call.end_user else None
        rule = self._tools.rules.get(item.name)
        deciders = Deciders(
            names=(rule.approvers if rule else ()) or self._tools.approvals.approvers,
            needs=rule.needs if rule else 0,
        )
        found = self._approvals.ask(
            owner, item.name, item.arguments, reason, deciders, handle=handle
        )
        used = found.state == APPROVED and self._approvals.use(
            owner, found.approval_id, item.name, item.arguments
        )
        return found, used


def _named(call: Call, item: ToolCall) -> str:
    """Return a tool's name; one that is not offered could be any text, and nobody inspected it."""
    offered = call.exchange is not None and item.name in call.exchange.tools
    return item.name if offered else "a tool"


def _note(item: ToolCall, found: Waiting) -> str:
    if found.state == DENIED:
        return f"The call of {item.name} was removed. A person denied it."
    people = "a person" if found.needs == 1 else f"{_COUNTED.get(found.needs, found.needs)} people"
    return (
        f"The call of {item.name} waits for {people} to approve it ({found.approval_id}). "
        "Propose the same call again when it is approved."
    )
