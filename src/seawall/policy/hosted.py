"""Tools that a provider runs itself: what the policy allows, and what their results taint."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.policy.provenance.trusted import leaves
from seawall.wire import strict_json
from seawall.wire.hosted.kinds import MCP, PICTURES, Allowed
from seawall.wire.hosted.parts import call_of, tool_of, unseen

Host = Annotated[str, Meta(pattern=r"^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$")]
ServerHost = Annotated[str, Meta(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class HostedTool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of tool, which is allowed because it stands here.

    `per_call`: its price, in the policy's currency; without one its cost could not be limited.
    `max_calls`: the most calls in one answer. `result_tokens`: the most input tokens that the
    result of one call takes.
    """

    per_call: Annotated[float, Meta(ge=0)]
    max_calls: Annotated[int, Meta(ge=1, le=128)] = 3
    result_tokens: Annotated[int, Meta(ge=1, le=1_000_000)] = 20_000


class HostedServers(HostedTool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MCP servers that the provider asks. `hosts`: which ones, `*.example.org` for those below.

    `labels`: the host of each label that rules name; no other label and no other host goes with it.
    `without_approval`: a request may let their tools be called without asking the client first.
    """

    hosts: tuple[Host, ...] = ()
    labels: dict[str, ServerHost] = {}
    without_approval: bool = False

    def one(self) -> bool:
        """Say whether there is one server alone, whatever it is called."""
        known = {*self.hosts, *self.labels.values()}
        return len(known) == 1 and not any(one.startswith("*") for one in known)


class HostedPictures(HostedTool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pictures that are drawn. `per_call`: of the dearest picture; `models`: those to choose."""

    models: tuple[str, ...] = ()


class Hosted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which kinds are allowed. What stands here acts before the guard sees it."""

    web_search: HostedTool | None = None
    file_search: HostedTool | None = None
    code_interpreter: HostedTool | None = None
    image_generation: HostedPictures | None = None
    mcp: HostedServers | None = None

    def of(self, kind: str) -> HostedTool | None:
        """Return what is said of a kind, None where it is not allowed."""
        found: HostedTool | None = getattr(self, kind)
        return found

    def rules(self) -> dict[str, Allowed]:
        """Return what reading a request must know of the kinds that are allowed."""
        found = {
            kind: Allowed()
            for kind in ("web_search", "file_search", "code_interpreter")
            if self.of(kind) is not None
        }
        if self.image_generation is not None:
            found[PICTURES] = Allowed(models=self.image_generation.models)
        if self.mcp is not None:
            mcp = self.mcp
            found[MCP] = Allowed(hosts=mcp.hosts, labels=mcp.labels, unasked=mcp.without_approval)
        return found


def items_in(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """Yield the items of provider's tools in a conversation."""
    for message in exchange.body.get("messages", ()):
        if "hosted" in message:
            yield message["hosted"]


def blind(items: Iterable[dict[str, Any]]) -> bool:
    """Say whether the model has read something that nobody else saw."""
    return any(map(unseen, items))


def retold(exchange: Exchange) -> list[Part]:
    """Return what the model wrote in turns in which it had searched, as what a tool returned.

    Of a page on the web only that is known, and anybody may have written it. Calls count too: they
    are copied from there before anybody has read them.
    """
    found: list[Part] = []
    wrote: list[tuple[int, list[str]]] = []
    tool = ""
    end: dict[str, Any] = {"role": "user"}
    for turn, message in enumerate([*exchange.body.get("messages", ()), end]):
        if (item := message.get("hosted")) is not None:
            asked = call_of(item) if tool else None  # what came before is not copied
            wrote.append((turn, _values(asked.arguments) if asked else []))
            tool = tool or (tool_of(item) if unseen(item) else "")
        elif message["role"] == "assistant":
            wrote.append((turn, [*_said(message), *_called(message)]))
        elif message["role"] == "user":
            for at, texts in wrote if tool else ():
                found += _told(at, texts, f"/messages/{at}", tool)
            wrote, tool = [], ""
    return found


def retold_now(text: str, items: Iterable[dict[str, Any]], at: str, turn: int) -> list[Part]:
    """Return an answer's own text as what a tool returned, if it has searched."""
    tool = next((tool_of(item) for item in items if unseen(item)), "")
    return list(_told(turn, [text], at, tool)) if tool else []


def _said(message: dict[str, Any]) -> list[str]:
    content = message.get("content")
    listed = [content] if isinstance(content, str) else content or []
    said = [one if isinstance(one, str) else one.get("text", one.get("refusal")) for one in listed]
    return [text for text in [*said, message.get("refusal")] if text]


def _called(message: dict[str, Any]) -> Iterator[str]:
    for call in message.get("tool_calls", ()):
        yield from _values(call["function"]["arguments"])


def _values(arguments: str) -> list[str]:
    """Return the texts and numbers of a call's arguments, as they are without JSON's escapes."""
    try:
        value = strict_json.loads(arguments.encode("utf-8", "surrogatepass"))
    except RequestError:
        return [arguments]
    return [str(one) for one in leaves(value) if one is not None]


def _told(turn: int, texts: list[str], at: str, tool: str) -> Iterator[Part]:
    for index, text in enumerate(texts):
        if text:
            yield Part(
                pointer=f"key:{at}/{index}", role=Role.TOOL, trust=Trust.UNTRUSTED,
                stage=Stage.TOOL_RESULT, text=text, name=tool, turn=turn,
            )  # fmt: skip
