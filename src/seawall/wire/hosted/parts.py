"""What the guard sees of a provider's tools: their calls, and what these return."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from seawall.core.exchange import Part, Role, Stage, ToolCall, Trust
from seawall.wire import checks, images, pointer, tool_schema
from seawall.wire.hosted import kinds
from seawall.wire.hosted.items import Item

_MADE = pointer.KEY_PREFIX


def tool_of(item: Item) -> str:
    """Return the name of the tool that an item is about, "" where it is about none."""
    if "server_label" in item:
        return kinds.name_at(item.get("name", "mcp"), item["server_label"])
    kind = kinds.ITEMS.get(item["type"], "")
    return kinds.name_of(kind) if kind else ""


def parts_of(
    item: Item, at: str, *, turn: int = 0, proposed: bool = False, trusted: bool = False
) -> list[Part]:
    """Return the parts of an item that stands at `at`.

    `proposed`: in an answer; else it was said earlier. `trusted`: outsiders cannot write what the
    tool returns, as the policy says. Raises RequestError for a picture that is none.
    """
    stage = Stage.TOOL_CALL if proposed else Stage.HISTORY
    name = tool_of(item)
    call = Part(pointer=at, role=Role.TOOL_CALL, trust=Trust.MODEL, stage=stage, name=name,
                turn=turn)  # fmt: skip
    trust = Trust.OPERATOR if trusted else Trust.UNTRUSTED
    result = Part(pointer=at, role=Role.TOOL, trust=trust, stage=Stage.TOOL_RESULT, name=name,
                  turn=turn)  # fmt: skip
    found = [_at(call, where, text) for where, text in _called(item, at)]
    found += [_at(result, where, text) for where, text in _returned(item, at)]
    for index, tool in enumerate(item.get("tools", ())):
        found += _definition(tool, f"{at}/tools/{index}", turn, item["server_label"])
    for index, output in enumerate(item.get("outputs", ())):
        found += _output(output, f"{at}/outputs/{index}", result)
    if item["type"] == "image_generation_call":
        found += _picture(item, at, turn)
    if item["type"] == kinds.APPROVAL and "reason" in item:
        said = Part(pointer=f"{at}/reason", role=Role.USER, trust=Trust.USER, stage=Stage.INPUT,
                    text=item["reason"], turn=turn)  # fmt: skip
        found.append(said)
    return found


def _at(base: Part, where: str, text: str) -> Part:
    return msgspec.structs.replace(base, pointer=where, text=text)


def _called(item: Item, at: str) -> Iterator[tuple[str, str]]:
    """Yield what the model wrote."""
    for key in ("name", "server_label"):
        if key in item:
            yield f"{_MADE}{at}/{key}", item[key]
    for key in ("arguments", "code"):
        if item.get(key):
            yield f"{at}/{key}", item[key]
    action = item.get("action", {})
    for key in ("query", "url", "pattern"):
        if key in action:
            yield f"{at}/action/{key}", action[key]
    for index, text in enumerate(action.get("queries", ())):
        yield f"{at}/action/queries/{index}", text
    for index, text in enumerate(item.get("queries", ())):
        yield f"{at}/queries/{index}", text


def _returned(item: Item, at: str) -> Iterator[tuple[str, str]]:
    """Yield what a tool, and so anybody, wrote."""
    for index, source in enumerate(item.get("action", {}).get("sources", ())):
        yield f"{at}/action/sources/{index}/url", source["url"]
    for index, row in enumerate(item.get("results", ())):
        yield from _row(row, f"{at}/results/{index}")
    if item.get("output"):
        yield f"{at}/output", item["output"]
    error = item.get("error", {})
    if isinstance(error, str):
        yield f"{at}/error", error
        return
    for key in ("content", "message"):
        if key in error:
            yield f"{at}/error/{key}", error[key]


def _row(row: Item, at: str) -> Iterator[tuple[str, str]]:
    if "filename" in row:
        yield f"{_MADE}{at}/filename", row["filename"]
    if "text" in row:
        yield f"{at}/text", row["text"]
    for key, value in row.get("attributes", {}).items():
        where = f"{at}/attributes{pointer.join(key)}"
        yield _MADE + where, key
        if isinstance(value, str):
            yield where, value
        elif not isinstance(value, bool):  # a number can be a card's or a person's
            yield _MADE + where, str(value)


def _output(output: Item, at: str, base: Part) -> list[Part]:
    if output["type"] == "logs":
        return [_at(base, f"{at}/logs", output["logs"])]
    where, url = f"{at}/url", output["url"]
    if url[:5].lower() != "data:":
        return [_at(base, _MADE + where, url)]
    data, media_type = images.decode(url, where)
    shown = {"image": data, "media_type": media_type, "name": "image"}
    return [msgspec.structs.replace(base, pointer=_MADE + where, **shown)]


def _picture(item: Item, at: str, turn: int) -> list[Part]:
    """Return a picture that was drawn, and what the model was told to draw, as an answer's."""
    base = Part(pointer=at, role=Role.ASSISTANT, trust=Trust.MODEL, stage=Stage.OUTPUT, turn=turn)
    found = []
    if item.get("revised_prompt"):
        found.append(_at(base, f"{at}/revised_prompt", item["revised_prompt"]))
    if item.get("result"):
        data = images.decode_bare(item["result"], f"{at}/result")
        kind = images.sniffed(data)
        if kind is None:
            checks.refuse(f"{at}/result", "is no picture of a known type")
        shown = {"image": data, "media_type": kind, "name": "image"}
        where = f"{_MADE}{at}/result"
        found.append(msgspec.structs.replace(base, pointer=where, **shown))
    return found


def _definition(tool: Item, at: str, turn: int, label: str) -> list[Part]:
    """Return the parts of a tool that a server offers: anybody may have written them."""
    name = kinds.name_at(tool["name"], label)
    base = Part(pointer=at, role=Role.TOOL_DEFINITION, trust=Trust.UNTRUSTED,
                stage=Stage.TOOL_DEFINITION, name=name, turn=turn)  # fmt: skip
    found = [_at(base, f"{_MADE}{at}/name", tool["name"])]
    if "description" in tool:
        found.append(_at(base, f"{at}/description", tool["description"]))
    schema = tool_schema.schema_parts(tool["input_schema"], f"{at}/input_schema", name)
    return found + [
        msgspec.structs.replace(part, trust=Trust.UNTRUSTED, turn=turn) for part in schema
    ]


def call_of(item: Item) -> ToolCall | None:
    """Return the call of an item as a function's would be, None for one that calls nothing."""
    kind = item["type"]
    if kind in ("mcp_call", "mcp_approval_request"):
        return ToolCall(id="", name=tool_of(item), arguments=item["arguments"])
    arguments: dict[str, Any] = {}
    if kind == "code_interpreter_call":
        arguments = {"code": item["code"]}
    elif kind == "image_generation_call":
        arguments = {"prompt": item["revised_prompt"]} if item.get("revised_prompt") else {}
    elif kind == "file_search_call":
        arguments = {"query": "\n".join(item["queries"])}
    elif kind == "web_search_call":
        action = item["action"]
        said = [action[key] for key in ("query",) if key in action] + action.get("queries", [])
        arguments = {key: action[key] for key in ("url", "pattern") if key in action}
        arguments |= {"query": "\n".join(dict.fromkeys(said))} if said else {}
    else:
        return None
    return ToolCall(id="", name=tool_of(item), arguments=json.dumps(arguments, ensure_ascii=False))


def definitions_of(items: Iterable[Item]) -> dict[str, dict[str, Any]]:
    """Return the tools that servers offer, as functions that could be offered, by name."""
    found = {}
    for item in items:
        for tool in item.get("tools", ()):
            name = kinds.name_at(tool["name"], item["server_label"])
            found[name] = {"name": name, "description": tool.get("description", ""),
                           "parameters": tool["input_schema"]}  # fmt: skip
    return found


def unseen(item: Item) -> bool:
    """Say whether a call brought texts to the model that nobody else saw."""
    kind = item["type"]
    if kind == "web_search_call":
        return True
    if kind == "file_search_call":
        return "results" not in item
    if kind == "code_interpreter_call":
        return "outputs" not in item
    return kind == "mcp_call" and "output" not in item and "error" not in item
