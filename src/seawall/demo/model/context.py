"""What stands in a request, by where it came from."""

import base64
import json
import re
from typing import Any, NamedTuple

import msgspec

from seawall.demo.model.leaves import leaves
from seawall.demo.model.memory import memory
from seawall.demo.model.wish import Setting

_DOCUMENT = re.compile(r"<document\b[^>]*>(.*?)(?:</document>\s*$|\Z)", re.S)
_OWN = re.compile(r"customer's account is ([\w-]+)")


class Done(NamedTuple):
    """A call that was carried out in this turn, with its result."""

    tool: str
    arguments: str
    result: str


class View(msgspec.Struct, kw_only=True):
    """A request as the model sees it. `users` are all messages of the customer, last one last;
    `described` are the descriptions of the offered tools."""

    system: str = ""
    users: list[str] = []
    documents: list[str] = []
    images: list[str] = []
    results: list[str] = []
    done: list[Done] = []
    described: list[str] = []
    setting: Setting = Setting()


def texts(content: Any) -> list[str]:
    """Return the text parts of a message's content, and its text files as documents."""
    if isinstance(content, str):
        return [content]
    if not isinstance(content, list):
        return []
    parts = [part for part in content if isinstance(part, dict)]
    said = [part.get("text") for part in parts if part.get("type") == "text"]
    files = [_document(part.get("file")) for part in parts if part.get("type") == "file"]
    return [text for text in (*said, *files) if isinstance(text, str)]


def _document(file: Any) -> str | None:
    """Return an attached text file as a document; None for what is no text."""
    given = file if isinstance(file, dict) else {}
    head, _, data = str(given.get("file_data", "")).partition(",")
    if not head.startswith("data:text/"):
        return None
    try:
        text = base64.b64decode(data, validate=True).decode()
    except ValueError:
        return None
    return f'<document source="{given.get("filename", "file")}">\n{text}\n</document>'


def image_urls(messages: list[dict[str, Any]]) -> list[str]:
    """Return the image addresses of the last message of the customer."""
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            parts = content if isinstance(content, list) else []
            return [
                part["image_url"]["url"]
                for part in parts
                if isinstance(part, dict) and part.get("type") == "image_url"
            ]
    return []


def free_text(result: str) -> str:
    """Return the prose in a tool's result: its longer strings when it is JSON."""
    try:
        value = json.loads(result)
    except ValueError:
        return result
    return "\n".join(leaf for leaf in leaves(value) if len(leaf) > 20)


def _of_parameters(schema: Any) -> list[str]:
    """Return the descriptions of a tool's parameters."""
    given = schema.get("properties") if isinstance(schema, dict) else None
    described = [one.get("description") for one in (given or {}).values() if isinstance(one, dict)]
    return [text for text in described if isinstance(text, str) and text]


def view_of(body: dict[str, Any], images: list[str]) -> View:
    """Sort a chat request's texts. `images` are the texts read in the last message's images."""
    view = View(images=images)
    calls: dict[str, tuple[str, str]] = {}
    for message in body["messages"]:
        role, parts = message.get("role"), texts(message.get("content"))
        if role in ("system", "developer"):
            view.system += "\n".join(parts)
        elif role == "user":
            plain = [part for part in parts if not part.lstrip().startswith("<document")]
            view.documents = [
                (_DOCUMENT.findall(part) or [part])[0] for part in parts if part not in plain
            ]
            view.users.append("\n".join(plain))
            view.results, view.done = [], []
        elif role == "assistant":
            for call in message.get("tool_calls") or []:
                function = call["function"]
                calls[call["id"]] = (function["name"], function["arguments"])
        elif role == "tool":
            name, arguments = calls.get(message.get("tool_call_id", ""), ("", "{}"))
            result = "\n".join(parts)
            view.results.append(free_text(result))
            view.done.append(Done(name, arguments, result))
    view.described = [
        str(tool["function"]["description"])
        for tool in body.get("tools") or []
        if tool.get("type") == "function" and tool["function"].get("description")
    ]
    view.described += [
        text
        for tool in body.get("tools") or []
        if tool.get("type") == "function"
        for text in _of_parameters(tool["function"].get("parameters"))
    ]
    own = _OWN.search(view.system)
    view.setting = Setting(
        tools={
            tool["function"]["name"]: tool["function"]
            for tool in body.get("tools") or []
            if tool.get("type") == "function"
        },
        own=own[1] if own else "",
        said=view.users[-1][:120] if view.users else "",
        system=view.system,
        persons=tuple(person["name"] for person in memory().people),
    )
    return view
