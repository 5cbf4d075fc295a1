"""What a provider's own tools did in an answer: inspected, judged and priced before release."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from seawall.core.errors import RequestError, UpstreamError
from seawall.core.exchange import Exchange, Part, Role, ToolCall, Trust
from seawall.core.verdicts import Action, Outcome
from seawall.gateway.call import Call
from seawall.gateway.later import load
from seawall.gateway.steps import own_values
from seawall.gateway.steps.guard import STOPPING, GuardRunner, edits_of
from seawall.gateway.steps.lineage import Lineage, holder_of
from seawall.gateway.steps.tool_policy import ToolPolicy, is_json
from seawall.policy.hosted import items_in, retold_now
from seawall.policy.provenance import JUDGE
from seawall.policy.spotlight import unmark
from seawall.policy.tools import ToolDecision, judge_call
from seawall.store.db import Store
from seawall.store.objects import Objects
from seawall.store.pepper import load_pepper
from seawall.wire import checks, pointer
from seawall.wire.hosted import citations, kinds, parts
from seawall.wire.upstreams import uses_hosted

Item = dict[str, Any]
_ASKS = "mcp_approval_request"
_PASSES = (Action.ALLOW, Action.FLAG)
_ANYTHING = {"type": "object", "additionalProperties": True}
_LOST = "A call of a provider's tool had already run when its rule refused it."


class HostedTools:
    """Judges items of a provider's tools in the order in which they came."""

    def __init__(
        self, runner: GuardRunner, tools: ToolPolicy, lineage: Lineage, store: Store,
        env: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._runner, self._tools, self._lineage = runner, tools, lineage
        self._rules = runner.policy.tools
        self._objects = Objects(store)
        pepper = load_pepper(store, env)
        self._key = hashlib.sha256(b"seawall hosted approvals 1\n" + pepper).digest()

    def count(self, call: Call, items: Sequence[Item]) -> None:
        """Note what calls cost, whatever becomes of them."""
        for item in items:
            rule = self._rules.hosted.of(kinds.ITEMS[item["type"]])
            if rule is not None and item["type"] != _ASKS and parts.call_of(item) is not None:
                call.hosted_cost += rule.per_call

    def verify(self, call: Call) -> None:
        """Refuse an approval of a call that the gateway did not release. Raises RequestError."""
        exchange = call.exchange
        if exchange is None or not uses_hosted(exchange):
            return
        asked: dict[str, Item] = {}
        for index, message in enumerate(exchange.body["messages"]):
            item = message.get("hosted", {})
            if item.get("type") == _ASKS:
                asked[item["id"]] = item
            elif item.get("type") == kinds.APPROVAL and item["approve"]:
                name = item["approval_request_id"]
                if not hmac.compare_digest(name, self._signed(call, asked[name])):
                    at = f"/messages/{index}/hosted/approval_request_id"
                    checks.refuse(at, "is of no call that was released to this key like that")

    async def __call__(
        self, call: Call, exchange: Exchange, items: Sequence[Item], at: str
    ) -> tuple[list[Item], list[str]] | None:
        """Return the items that may be released, and what to say of those that were taken out.

        None: the whole choice is kept back. `at` is the pointer of the choice. What tools returned
        becomes part of the exchange, for whatever is judged after it. Raises UpstreamError.
        """
        released: list[Item] = []
        notes: list[str] = []
        for item in items:
            self._require_offered(exchange, item)
            _unmark(item, call.mark)
            await self._own_ids(call, item)
            note = await self._one(call, exchange, item, f"{at}/message/hosted")
            if note is None:
                return None
            if note:
                notes.append(note)
            else:
                released.append(item)
        if released:
            await self._tools.taint.note(call)
            await self._lineage.note(call)
        return released, notes

    async def told(self, call: Call, exchange: Exchange, text: str, at: str) -> None:
        """Let what an answer tells of pages nobody saw count as theirs, for its own calls.

        Later turns know it again, also where a client leaves the search out of them.
        """
        turn = len(exchange.body["messages"])
        if told := retold_now(text, call.hosted, f"{at}/message/content", turn):
            exchange.parts += told
            await self._tools.taint.note(call)

    async def cited(
        self, call: Call, exchange: Exchange, found: Sequence[Item], at: str, said: str, shown: str
    ) -> list[Item]:
        """Return the citations that may be released; one that a rule stops is taken out.

        `said`: the answer as it came; `shown`: as it is released.
        """
        kept = [one for one in found if citations.fits(one, said, shown)]
        for one in kept:
            await self._own_ids(call, {"results": [one]})
        kept = [one for one in kept if one["type"] == "url_citation" or "file_id" in one]
        if not kept:
            return []
        seen = citations.parts_of(kept, f"{at}/message/citations")
        decision = await self._runner.inspect(seen, exchange)
        taken = tuple(
            msgspec.structs.replace(part, action=Action.REDACT) if part.action in STOPPING else part
            for part in decision.parts
        )
        call.note(msgspec.structs.replace(decision, parts=taken), seen)
        bad = {int(x.pointer.split("/")[-2]) for x in taken if x.action is Action.REDACT}
        return [one for index, one in enumerate(kept) if index not in bad]

    async def _one(self, call: Call, exchange: Exchange, item: Item, base: str) -> str | None:
        """Return "" for an item that passes, a note for one that is taken out, None to stop."""
        at, turn = f"{base}/{len(call.hosted)}", len(exchange.body["messages"]) + len(call.hosted)
        call.hosted.append(item)
        if not await self._inspect(call, exchange, item, at, turn):
            return None
        own = parts.parts_of(item, at, turn=turn, proposed=True, trusted=self._trusted(item))
        if (asked := parts.call_of(item)) is not None:
            decision = await self._judged(call, exchange, item, asked)
            call.note_tool(asked.name, decision)
            if decision.action not in _PASSES:
                call.hosted.pop()
                return decision.reason if decision.action is Action.REDACT else None
        if item["type"] == _ASKS:
            item["id"] = self._signed(call, item)
        exchange.parts += [part for part in own if part.role is not Role.TOOL_CALL]
        return ""

    async def _inspect(
        self, call: Call, exchange: Exchange, item: Item, at: str, turn: int
    ) -> bool:
        """Inspect an item and put redactions into it; say whether it may pass."""
        try:
            seen = parts.parts_of(item, at, turn=turn, proposed=True)
        except RequestError as error:
            raise UpstreamError(
                f"The provider's answer cannot be read: {error.code} in what a tool returned."
            ) from None
        decision = await self._runner.inspect(seen, exchange)
        call.note(decision, seen)
        edits = edits_of(decision)
        if decision.action in STOPPING or edits is None:
            call.stop(decision)
            return False
        pointer.apply(item, {(p.removeprefix(at), span): t for (p, span), t in edits.items()})
        if is_json(item.get("arguments", "{}")):
            return True
        call.stop(decision)
        return False

    async def _judged(
        self, call: Call, exchange: Exchange, item: Item, asked: ToolCall
    ) -> ToolDecision:
        """Judge a call by the rules of tools; one that has run is released or stops the answer."""
        await load(JUDGE)
        whole = self._with_tools(exchange, call, asked.name, item.get("server_label", ""))
        provenance = self._tools.indexed(call, whole)
        await self._tools.taint.lower(call, whole, provenance)
        scan = self._runner.engine.scan_code
        meant = own_values.as_meant(asked, call.held)
        decision = judge_call(meant, whole, self._rules, scan, provenance)
        if item["type"] == "code_interpreter_call" and decision.action in _PASSES:
            decision = self._harmless(item, decision)
        decision = await self._tools.rates(call, asked, decision)
        if decision.action in _PASSES or (
            item["type"] == _ASKS and decision.action is Action.REDACT
        ):
            return decision
        reason = decision.reason if item["type"] == _ASKS else f"{decision.reason} {_LOST}"
        return msgspec.structs.replace(decision, action=Action.BLOCK, reason=reason)

    def _harmless(self, item: Item, decision: ToolDecision) -> ToolDecision:
        """Return what becomes of code that no rule stopped: none that harms is released."""
        verdict = self._runner.engine.scan_code("python-harm", item["code"])
        if verdict.outcome is Outcome.CLEAN:
            return decision
        labels = ", ".join(sorted({one.label for one in verdict.findings})) or "nobody could judge"
        return msgspec.structs.replace(
            decision, action=Action.BLOCK, outcome=verdict.outcome,
            reason=f"The code of the interpreter is not let through ({labels}).",
        )  # fmt: skip

    def _with_tools(self, exchange: Exchange, call: Call, name: str, label: str) -> Exchange:
        """Return the exchange with the provider's tools among those that are offered.

        What the server `label` says of its tools is a stranger's for other tools only.
        """
        listed = parts.definitions_of([*items_in(exchange), *call.hosted])
        known = {key: value for key, value in exchange.hosted.items() if value}
        tools = {**exchange.tools, **known, **listed}
        tools.setdefault(name, {"name": name, "parameters": _ANYTHING})
        own = [_as_offered(part, f"@{label}") for part in exchange.parts]
        return msgspec.structs.replace(exchange, tools=tools, parts=own)

    def _trusted(self, item: Item) -> bool:
        rule = self._rules.rules.get(parts.tool_of(item))
        return rule is not None and rule.returns == "trusted"

    def _require_offered(self, exchange: Exchange, item: Item) -> None:
        label = item.get("server_label", "")
        name = kinds.offered_as(kinds.ITEMS[item["type"]], label)
        chosen = _chosen(exchange, label) if "name" in item else None
        if name not in exchange.hosted or (chosen is not None and item["name"] not in chosen):
            raise UpstreamError("The provider used a tool of its own that nobody offered.")

    async def _own_ids(self, call: Call, item: Item) -> None:
        """Put our ids of files in place of the provider's; a file that is not ours has none."""
        rows = [row for row in item.get("results", ()) if "file_id" in row]
        if not rows:
            return
        holder = holder_of(call)
        for row in rows:
            given = row.pop("file_id")
            found = await asyncio.to_thread(self._objects.of_provider, holder, "file", given)
            if found is not None:
                row["file_id"] = found.object_id

    def _signed(self, call: Call, item: Item) -> str:
        """Return the id of an approval request: nobody else can make one for another call."""
        said = [item["server_label"], item["name"], item["arguments"]]
        message = call.owner.scope + msgspec.json.encode(said)
        return f"mcpr_{hmac.digest(self._key, message, 'sha256').hex()[:40]}"


def _as_offered(part: Part, server: str) -> Part:
    """Return a server's definition as one of a function that the client offers."""
    if part.role is Role.TOOL_DEFINITION and part.name.endswith(server):
        return msgspec.structs.replace(part, trust=Trust.OPERATOR)
    return part


def _chosen(exchange: Exchange, label: str) -> list[str] | None:
    """Return the only tools of a server that the request wants, None where it wants all."""
    for tool in exchange.body.get("hosted_tools", ()):
        if tool.get("server_label") == label:
            wanted = tool.get("allowed_tools")
            return wanted if isinstance(wanted, list) else (wanted or {}).get("tool_names")
    return None


def _unmark(item: Item, mark: str) -> None:
    """Write blanks where the model copied marks into a call."""
    for key in ("arguments", "code") if mark else ():
        if key in item:
            item[key] = unmark(item[key], mark)
