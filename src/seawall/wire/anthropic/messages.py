"""The messages of a messages request as chat messages, with where each field came from."""

import hashlib
from collections.abc import Iterable
from typing import Any

from seawall.wire import checks, documents, images, signatures, strict_json
from seawall.wire.anthropic import fields

Json = dict[str, Any]
_ROLES = ("user", "assistant", "system")


def _text_of(block: Json, at: str, allowed: tuple[str, ...] = ()) -> str:
    checks.known(block, at, ("type", "text", "cache_control", "citations", *allowed))
    if block.get("citations"):
        checks.unsupported(f"{at}/citations", "Leave citations out of earlier answers.")
    _marker(block, at)
    return checks.string(checks.need(block, at, "text"), f"{at}/text")


def _marker(block: Json, at: str) -> None:
    if "cache_control" in block:
        fields.cache_control(block["cache_control"], f"{at}/cache_control")


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


class Messages:
    """Collects chat messages; `places` tells for their pointers the client's own."""

    def __init__(self, markers: documents.Markers) -> None:
        self._markers = markers
        self.messages: list[Json] = []
        self.places: dict[str, str] = {}

    def system(self, value: Any, at: str) -> None:
        """Add the system prompt: a string or text blocks."""
        if isinstance(value, str):
            self._add({"role": "system", "content": value}, at, {"/content": at})
            return
        found = []
        for kind, block, where in _blocks(value, at):
            if kind != "text":
                fields.refuse_block(kind, "system", where)
            found.append((_text(_text_of(block, where)), where))
        if found:
            self._add_parts("system", found, at, at)

    def message(self, value: Any, at: str) -> None:
        """Add one message. Raises RequestError."""
        message = checks.obj(value, at)
        checks.known(message, at, ("role", "content"))
        role = checks.need(message, at, "role")
        checks.one_of(*_ROLES)(role, f"{at}/role")
        content = checks.need(message, at, "content")
        where = f"{at}/content"
        if role == "system":
            self.system(content, where)
        elif isinstance(content, str):
            self._add({"role": role, "content": content}, at, {"/content": where})
        elif role == "user":
            self._user(content, at)
        else:
            self._assistant(content, at)

    def _add(self, message: Json, at: str, inner: dict[str, str]) -> str:
        """Append a message; `inner` maps pointers inside it to the client's."""
        base = f"/messages/{len(self.messages)}"
        self.messages.append(message)
        self.places[base] = at
        self.places.update({base + key: place for key, place in inner.items()})
        return base

    def _add_parts(
        self, role: str, found: list[tuple[Json, str]], at: str, content: str, **more: Any
    ) -> None:
        inner = {"/content": content}
        for index, (part, where) in enumerate(found):
            inner[f"/content/{index}"] = where
            if part["type"] == "image_url":
                inner[f"/content/{index}/image_url"] = f"{where}/source"
                inner[f"/content/{index}/image_url/url"] = f"{where}/source/data"
        self._add({"role": role, "content": [part for part, _ in found], **more}, at, inner)

    def _user(self, content: Any, at: str) -> None:
        """Tool results first, each a tool message; then the rest as one user message."""
        where = f"{at}/content"
        rest: list[tuple[Json, str]] = []
        images: list[tuple[Json, str]] = []
        for kind, block, place in _blocks(content, where):
            if kind == "tool_result":
                if rest:
                    checks.refuse(place, "must stand before everything else of its message")
                images += self._tool_result(block, place)
            else:
                rest.append((self._part(kind, block, place), place))
        if images or rest:
            self._add_parts("user", images + rest, at, where)

    def _part(self, kind: Any, block: Json, at: str) -> Json:
        if kind == "text":
            return _text(_text_of(block, at))
        if kind == "image":
            return _image(block, at)
        if kind == "document":
            return _text(self._document(block, at))
        return fields.refuse_block(kind, "user", at)

    def _document(self, block: Json, at: str) -> str:
        """Return a text document between the policy's markers, so that it is inspected as one."""
        title, text = _document_text(block, at)
        source = title.replace('"', "'").replace(">", " ").replace("\n", " ")
        head = f'{self._markers.open} source="{source}">' if source else f"{self._markers.open}>"
        return f"{head}\n{text}\n{self._markers.close}"

    def _tool_result(self, block: Json, at: str) -> list[tuple[Json, str]]:
        """Add a tool message; return its images, which only a user message can carry."""
        checks.known(block, at, ("type", "tool_use_id", "content", "is_error", "cache_control"))
        _marker(block, at)
        call = checks.identifier(checks.need(block, at, "tool_use_id"), f"{at}/tool_use_id")
        message: Json = {"role": "tool", "tool_call_id": call, "content": ""}
        if "is_error" in block:
            checks.boolean(block["is_error"], f"{at}/is_error")
            message["is_error"] = block["is_error"]
        inner = {"/tool_call_id": f"{at}/tool_use_id", "/content": f"{at}/content"}
        images: list[tuple[Json, str]] = []
        content = block.get("content", "")
        if isinstance(content, str):
            message["content"] = content
        else:
            texts: list[Json] = []
            for kind, item, where in _blocks(content, f"{at}/content"):
                if kind == "image":
                    images.append((_image(item, where), where))
                    continue
                inner[f"/content/{len(texts)}"] = where
                texts.append(_text(_result_text(kind, item, where)))
            message["content"] = texts or ""
        self._add(message, at, inner)
        label = _text(f"Images in the result of tool call {call}:")
        return [(label, f"{at}/content"), *images] if images else []

    def _assistant(self, content: Any, at: str) -> None:
        message: Json = {"role": "assistant"}
        texts: list[Json] = []
        calls: list[Json] = []
        thoughts: list[Json] = []
        inner = {"/content": f"{at}/content"}
        for kind, block, where in _blocks(content, f"{at}/content"):
            if kind == "text":
                inner[f"/content/{len(texts)}"] = where
                texts.append(_text(_text_of(block, where)))
            elif kind == "tool_use":
                inner.update(_call_places(f"/tool_calls/{len(calls)}", where))
                calls.append(_call(block, where))
            elif kind == "thinking":
                inner[f"/thinking/{len(thoughts)}"] = where
                thoughts.append(_thinking(block, where))
            else:
                fields.refuse_block(kind, "assistant", where)
        if texts or not calls:
            message["content"] = texts or ""
        if calls:
            message["tool_calls"] = calls
        if thoughts:
            message["thinking"] = thoughts
        self._add(message, at, inner)


def _blocks(value: Any, at: str) -> Iterable[tuple[Any, Json, str]]:
    """Yield (kind, block, pointer) of a list of content blocks. Raises RequestError."""
    for index, item in enumerate(checks.array(value, at)):
        where = f"{at}/{index}"
        yield checks.need(checks.obj(item, where), where, "type"), item, where


def _image(block: Json, at: str) -> Json:
    checks.known(block, at, ("type", "source", "cache_control", "transformations"))
    _marker(block, at)
    if "transformations" in block:
        fields.transformations(block["transformations"], f"{at}/transformations")
    where = f"{at}/source"
    source = checks.obj(checks.need(block, at, "source"), where)
    if checks.need(source, where, "type") in ("url", "file"):
        checks.unsupported(where, "Send the image as base64; remote images cannot be seen.")
    checks.one_of("base64")(source["type"], f"{where}/type")
    checks.known(source, where, ("type", "media_type", "data"))
    kind = checks.need(source, where, "media_type")
    checks.one_of(*images.TYPES)(kind, f"{where}/media_type")
    data = checks.string(checks.need(source, where, "data"), f"{where}/data")
    return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}"}}


def _document_text(block: Json, at: str) -> tuple[str, str]:
    """Return (title, text) of a document whose source is text; refuse every other."""
    checks.known(block, at, ("type", "source", "cache_control", "citations", "context", "title"))
    _marker(block, at)
    if "citations" in block:
        where = f"{at}/citations"
        checks.known(checks.obj(block["citations"], where), where, ("enabled",))
        if block["citations"].get("enabled", False) is not False:
            checks.unsupported(where, "Citations would carry text past the guard.")
    title = checks.string(block.get("title", ""), f"{at}/title", high=200)
    context = checks.string(block.get("context", ""), f"{at}/context")
    where = f"{at}/source"
    source = checks.obj(checks.need(block, at, "source"), where)
    kind = checks.need(source, where, "type")
    if kind == "text":
        checks.known(source, where, ("type", "media_type", "data"))
        if "media_type" in source:
            checks.one_of("text/plain")(source["media_type"], f"{where}/media_type")
        text = checks.string(checks.need(source, where, "data"), f"{where}/data")
    elif kind == "content":
        checks.known(source, where, ("type", "content"))
        text = _joined(checks.need(source, where, "content"), f"{where}/content")
    else:
        checks.unsupported(where, "Only documents with a text source can be guarded, no PDF.")
    return title, f"{context}\n{text}" if context else text


def _joined(value: Any, at: str) -> str:
    if isinstance(value, str):
        return value
    texts = []
    for kind, block, where in _blocks(value, at):
        if kind != "text":
            checks.unsupported(where, "A document's content may be text only.")
        texts.append(_text_of(block, where))
    return "\n".join(texts)


def _result_text(kind: Any, block: Json, at: str) -> str:
    if kind == "text":
        return _text_of(block, at)
    if kind == "document":
        title, text = _document_text(block, at)
        return f"{title}\n{text}" if title else text
    return fields.refuse_block(kind, "tool_result", at)


def _call(block: Json, at: str) -> Json:
    known = ("type", "id", "name", "input", "cache_control", "caller", "toolset_name")
    checks.known(block, at, (*known, signatures.FIELD))
    if "toolset_name" in block:
        checks.unsupported(f"{at}/toolset_name", "Send calls of your own tools only.")
    _marker(block, at)
    if "caller" in block:
        where = f"{at}/caller"
        checks.known(checks.obj(block["caller"], where), where, ("type",))
        checks.one_of("direct")(checks.need(block["caller"], where, "type"), f"{where}/type")
    name = checks.name(checks.need(block, at, "name"), f"{at}/name")
    value = checks.obj(checks.need(block, at, "input"), f"{at}/input")
    return {
        "id": checks.identifier(checks.need(block, at, "id"), f"{at}/id"),
        "type": "function",
        "function": {"name": name, "arguments": strict_json.dumps(value).decode()},
        **signatures.beside(block),
    }


def _call_places(inside: str, at: str) -> dict[str, str]:
    return {
        inside: at,
        f"{inside}/function": at,
        f"{inside}/function/arguments": f"{at}/input",
    }


def _thinking(block: Json, at: str) -> Json:
    checks.known(block, at, ("type", "thinking", "signature"))
    checks.string(checks.need(block, at, "thinking"), f"{at}/thinking")
    checks.string(checks.need(block, at, "signature"), f"{at}/signature", high=200_000)
    return {**block, "digest": digest(block["thinking"])}


def digest(thought: str) -> str:
    """Return what tells later whether a thought is still as it was signed."""
    return hashlib.sha256(thought.encode("utf-8", "surrogatepass")).hexdigest()
