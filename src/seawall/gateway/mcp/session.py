"""One client and one server: each message is read, and passes, changes, or is refused."""

import copy
from typing import Any

import msgspec

from seawall.core.errors import RequestError
from seawall.core.exchange import Part, Stage
from seawall.gateway.mcp import contents, messages
from seawall.gateway.mcp.calls import Calls
from seawall.gateway.mcp.definitions import parts_of, suspicions
from seawall.gateway.mcp.messages import Message
from seawall.gateway.steps.guard import STOPPING, GuardRunner, edits_of
from seawall.policy.provenance.text import fold
from seawall.store.pins import Pins
from seawall.wire import pointer

_LISTS = {"tools/list": "tools", "resources/list": "resources", "prompts/list": "prompts",
          "resources/templates/list": "resourceTemplates"}  # fmt: skip
_MOST_ASKED = 1000
# What a list or an introduction keeps where something in it is stopped: no text of the server.
_PLAIN_OF_LIST = ("nextCursor", "resultType", "ttlMs", "cacheScope")
_PLAIN_OF_SERVER = (
    "protocolVersion", "supportedVersions", "capabilities", "resultType", "ttlMs", "cacheScope",
)  # fmt: skip
_OFFERED = ("tools", "resources", "prompts", "completions", "logging")
_CAPABILITIES = ("sampling", "elicitation", "roots")


class Session:
    """The state of one connection. `server` is the name under which tools are pinned.

    `trust_first`: tools of a server that was never seen are accepted at once.
    """

    def __init__(
        self, server: str, runner: GuardRunner, pins: Pins, *, trust_first: bool = True
    ) -> None:
        self._server = server
        self._runner = runner
        self._pins = pins
        # Shared by forks: what is listed after the first whole list is new, and waits.
        self._first = {"open": trust_first and not pins.known(server), "begun": False}
        self._allow = frozenset(runner.policy.mcp.allow)
        self._calls = Calls(runner)
        self._asked: dict[str, Message] = {}
        self._asked_back: set[str] = set()
        self._tools: dict[str, dict[str, Any]] = {}

    def fork(self) -> "Session":
        """Return a session with the same tools and past, and no open requests."""
        other = copy.copy(self)
        other._asked = {}
        return other

    async def from_client(self, message: Message) -> tuple[Message | None, Message | None]:
        """Return (what goes to the server, what is answered at once); either may be None."""
        method, message_id = message.get("method"), message.get("id")
        if method is None:
            known = _key(message_id) in self._asked_back
            self._asked_back.discard(_key(message_id))
            return (await self._answered(message) if known else None), None
        if message_id is None:
            # Who cancels waits for no answer; one that comes all the same goes nowhere.
            self._asked.pop(_cancelled(message), None)
            return (message if method in messages.TOLD_BY_CLIENT else None), None
        if method not in messages.FROM_CLIENT:
            text = f"Seawall does not let {str(method)[:60]} through."
            return None, messages.error(message_id, text, messages.UNKNOWN_METHOD)
        if _key(message_id) in self._asked or len(self._asked) >= _MOST_ASKED:
            return None, messages.error(message_id, "This id waits for an answer already.")
        params = message.get("params")
        sent = message
        if isinstance(params, dict):
            sent = {**message, "params": self._offers(params)}
            if why := await self._leaves(sent["params"], str(method)):
                return None, self._refused(sent, str(method), why)
        if method == "tools/call":
            sent, refusal = await self._call(sent)
            if refusal is not None:
                return None, refusal
        self._asked[_key(message_id)] = sent
        return sent, None

    async def from_server(self, message: Message) -> tuple[Message | None, Message | None]:
        """Return (what goes to the client, what is answered at once); either may be None."""
        method, message_id = message.get("method"), message.get("id")
        if method is not None and message_id is None:
            self._asked_back.discard(_cancelled(message))
            return messages.told(message), None
        if method is not None:
            return await self._wanted(message)
        asked = self._asked.pop(_key(message_id), None)
        if asked is None:
            return None, None
        if "error" in message:
            code = message["error"].get("code") if isinstance(message["error"], dict) else None
            text = "The MCP server reported an error."
            code = code if isinstance(code, int) else messages.INTERNAL
            return messages.error(message_id, text, code), None
        return await self._result(asked, message_id, message.get("result")), None

    async def _wanted(self, message: Message) -> tuple[Message | None, Message | None]:
        """Judge what a server asks of the client: nothing, unless the policy allows it."""
        method, message_id = str(message["method"]), message["id"]
        if method == "ping":
            return None, messages.answer(message_id, {})
        if messages.ON_DEMAND.get(method) not in self._allow:
            self._pins.note(self._server, "mcp.refuse", method[:60], {"why": "not allowed"})
            text = "The policy does not allow this request."
            return None, messages.error(message_id, text, messages.UNKNOWN_METHOD)
        params = message.get("params")
        asked = params if isinstance(params, dict) else {}
        if isinstance(why := await self._checked(asked, Stage.DOCUMENT, ""), str):
            self._pins.note(self._server, "mcp.refuse", method[:60], {"why": why})
            return None, messages.error(message_id, f"Seawall keeps this back. {why}")
        self._asked_back.add(_key(message_id))
        return message, None

    async def _answered(self, message: Message) -> Message:
        """Return what a client answers to a server that asked, as the server may have it."""
        told: Message = {key: message[key] for key in ("result", "error") if key in message}
        if not (why := await self._leaves(told, "")):
            return {**message, **told}
        self._pins.note(self._server, "mcp.refuse", "answer", {"why": why})
        return messages.error(message.get("id"), f"Seawall refused this. {why}")

    async def _leaves(self, params: dict[str, Any], method: str) -> str:
        """Say why parameters may not go to the server, "" where they may; redacts in place.

        A call's name and arguments are judged apart.
        """
        apart = {"_meta", "cursor", "requestState", "capabilities", "clientInfo", "protocolVersion"}
        apart |= {"name", "arguments"} if method == "tools/call" else set()
        told = {key: value for key, value in params.items() if key not in apart}
        why = await self._stopped(told, Stage.TOOL_CALL, "", [])
        params.update(told)
        return why

    def _refused(self, message: Message, method: str, why: str) -> Message:
        self._pins.note(self._server, "mcp.refuse", method, {"why": why})
        text = f"Seawall refused the request. {why}"
        if method == "tools/call":
            return messages.tool_error(message, text)
        return messages.error(message["id"], text)

    def _offers(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return parameters without capabilities of the client that the policy does not allow."""
        taken = [name for name in _CAPABILITIES if name not in self._allow]
        changed = dict(params)
        for holder in ("capabilities", "_meta"):
            value = changed.get(holder)
            if isinstance(value, dict):
                inner = {k: _less(v, taken) if k.endswith("apabilities") else v
                         for k, v in value.items()}  # fmt: skip
                changed[holder] = _less(inner, taken) if holder == "capabilities" else inner
        changed.pop("task", None)  # its result could never be fetched: tasks/* do not pass
        return changed

    async def _call(self, message: Message) -> tuple[Message, Message | None]:
        params = message.get("params")
        name = str(params.get("name", "")) if isinstance(params, dict) else ""
        definition = self._tools.get(name) or self._pinned(name)
        if definition is None or not isinstance(params, dict):
            reason, arguments = "The tool is not listed, or waits for a review.", None
        else:
            try:
                reason, arguments = await self._calls.judge(definition, message)
            except RequestError:
                reason, arguments = "The arguments are not strict JSON.", None
        action = "mcp.refuse" if reason else "mcp.call"
        shown = name if definition is not None else "*"
        self._pins.note(self._server, action, shown, {"why": reason})
        if reason:
            return message, messages.tool_error(message, f"Seawall refused the call. {reason}")
        held = params if isinstance(params, dict) else {}
        return {**message, "params": {**held, "arguments": arguments}}, None

    async def _result(self, asked: Message, message_id: Any, result: Any) -> Message:
        method = asked["method"]
        if not isinstance(result, dict):
            return messages.error(message_id, "The MCP server sent no result.")
        if not self._may_ask_back(result):
            return messages.error(message_id, "The policy does not let a server ask back.")
        if method in _LISTS:
            return messages.answer(message_id, await self._listed(asked, result))
        if method in ("initialize", "server/discover"):
            return messages.answer(message_id, await self._introduced(result))
        call = method == "tools/call"
        stage = Stage.TOOL_RESULT if call else Stage.DOCUMENT
        name = str(asked.get("params", {}).get("name", "")) if call else ""
        checked = await self._checked(result, stage, name)
        if isinstance(checked, str):
            self._pins.note(self._server, "mcp.refuse", name or method, {"why": checked})
            text = f"Seawall keeps this back. {checked}"
            if call:
                return messages.tool_error(asked, text)
            return messages.error(message_id, text)
        return messages.answer(message_id, checked)

    def _may_ask_back(self, result: dict[str, Any]) -> bool:
        """Say whether a result is whole, or asks the client only for what the policy allows."""
        if result.get("resultType", "complete") == "complete":
            return "inputRequests" not in result
        asked = result.get("inputRequests")
        if asked is None:
            return "elicitation" in self._allow
        wanted = asked.values() if isinstance(asked, dict) else [asked]
        methods = [str(one.get("method")) if isinstance(one, dict) else "" for one in wanted]
        return bool(methods) and all(messages.ON_DEMAND.get(m) in self._allow for m in methods)

    async def _checked(self, result: dict[str, Any], stage: Stage, name: str) -> Any:
        """Return the result as it may pass, or why it may not."""
        parts: list[Part] = []
        if why := await self._stopped(result, stage, name, parts):
            return why
        self._calls.remember(parts)
        return result

    async def _stopped(
        self, node: dict[str, Any], stage: Stage, name: str, parts: list[Part]
    ) -> str:
        """Say why the guard stops a part of a message, "" where it may pass; redacts in place.

        `parts` gets what was read.
        """
        try:
            parts += contents.parts_of(node, stage, name, binary="binary" in self._allow)
        except contents.UnreadableError as error:
            return f"It holds {error}."
        decision = await self._runner.inspect(parts, None)
        edits = edits_of(decision)
        if decision.action in STOPPING or edits is None:
            return f"The policy refuses it ({', '.join(decision.controls)})."
        if any(not pointer.editable(where) for where, _ in edits):
            return "What must be removed from it cannot be."
        pointer.apply(node, edits)
        for part in parts:
            part.text = edits.get((part.pointer, part.span), part.text)
        return ""

    async def _listed(self, asked: Message, result: dict[str, Any]) -> dict[str, Any]:
        """Return a list without what is not accepted, or gives orders to a model."""
        kind, params = _LISTS[asked["method"]], asked.get("params")
        if kind == "tools" and not (isinstance(params, dict) and params.get("cursor")):
            self._first["open"] = self._first["open"] and not self._first["begun"]
            self._first["begun"] = True
        items = result.get(kind)
        kept = []
        others = self._others() if kind == "tools" else {}
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and await self._open(kind, item, others):
                kept.append(item)
        if kind == "tools" and not result.get("nextCursor"):
            self._first["open"] = False
        rest = {key: value for key, value in result.items() if key != kind}
        if await self._tells(rest, {}):
            rest = {key: rest[key] for key in _PLAIN_OF_LIST if key in rest}
        return {**rest, kind: kept}

    async def _tells(self, said: dict[str, Any], others: dict[str, str]) -> list[str]:
        """Return why what a server says of itself or of a tool is not shown to a model."""
        found = suspicions(said, others)
        decision = await self._runner.inspect(parts_of(said), None)
        if decision.action in STOPPING or edits_of(decision):
            found.append(f"the policy refuses it ({', '.join(decision.controls)})")
        return found

    async def _open(self, kind: str, item: dict[str, Any], others: dict[str, str]) -> bool:
        found = await self._tells(item, others)
        if kind != "tools":
            return not found
        name = str(item.get("name", ""))
        trust = self._first["open"] and not found
        pin = self._pins.see(self._server, name, item, why="; ".join(found), trust=trust)
        twice = any(fold(one) == fold(name) and one != name for one in self._tools)
        if not pin.open or twice or not name:
            self._tools.pop(name, None)
            return False
        self._tools[name] = item
        return True

    def _pinned(self, name: str) -> dict[str, Any] | None:
        """Return an open tool that this connection did not list, as it was seen last."""
        same = [p for p in self._pins.list() if p.server == self._server
                and fold(p.tool) == fold(name) and p.open]  # fmt: skip
        if len(same) != 1 or same[0].tool != name:
            return None
        known: dict[str, Any] = msgspec.json.decode(same[0].definition)
        self._tools[name] = known
        return known

    def _others(self) -> dict[str, str]:
        return {fold(p.tool): p.server for p in self._pins.list() if p.server != self._server}

    async def _introduced(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return what a server says of itself, without what the guard stops or nobody passes on."""
        told = result.get("instructions")
        said = {key: value for key, value in result.items() if key != "instructions"}
        if isinstance(offers := said.get("capabilities"), dict):
            said["capabilities"] = {key: offers[key] for key in _OFFERED if key in offers}
        if await self._tells(said, {}):
            said = {key: said[key] for key in _PLAIN_OF_SERVER if key in said}
            said["serverInfo"] = {"name": self._server, "version": "0"}
        if isinstance(told, str) and not await self._tells(
            {"name": "", "description": told}, self._others()
        ):
            said["instructions"] = told
        return said


def _cancelled(message: Message) -> str:
    """Return the key of the request that a notification cancels; empty for any other."""
    gone = messages.cancelled(message)
    return _key(gone[1]) if gone else ""


def _key(message_id: Any) -> str:
    return f"{type(message_id).__name__} {message_id}"


def _less(value: Any, names: list[str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if key not in names}
