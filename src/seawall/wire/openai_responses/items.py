"""Input items of a Responses request to chat messages, with where each field came from."""

import base64
import binascii
import re
from typing import Any

from seawall.wire import chat_fields, checks, documents, signatures
from seawall.wire.hosted import citations, kinds
from seawall.wire.hosted import items as hosted

_HOSTED = "It belongs to a hosted tool, which the guard cannot see; send function calls only."
_REFUSED: dict[str, str] = dict.fromkeys(
    (
        "additional_tools", "apply_patch_call", "apply_patch_call_output", "computer_call",
        "computer_call_output", "custom_tool_call", "custom_tool_call_output",
        "local_shell_call", "local_shell_call_output", "program",
        "program_output", "shell_call", "shell_call_output", "tool_search_call",
        "tool_search_output",
    ),
    _HOSTED,
) | {
    "compaction": "A compacted conversation cannot be inspected; send the messages.",
    "compaction_trigger": "Send the messages that you mean.",
    "configuration_update": "Send the setting as a field of the request.",
    "item_reference": "Send the item itself, or use previous_response_id.",
}  # fmt: skip

_PLAIN_CALL = {
    "async": checks.only(False, "Leave it out: calls are answered in turn."),
    "caller": checks.only({"type": "direct"}, "Only the model itself may call tools."),
    "namespace": checks.refused("Offer each function tool by itself."),
}
_STATUS = ("in_progress", "completed", "incomplete")
_BREAK = chat_fields.BREAKPOINT
_FILE_TYPES = ("text/plain", "text/markdown", "text/csv", "application/json")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,80}")


class Messages:
    """Collects chat messages. `places` maps their pointers to those of the request.

    `rules`: the provider's own tools that the policy allows. Their items become messages that hold
    nothing else, as `hosted`.
    """

    def __init__(self, markers: documents.Markers, rules: kinds.Rules | None = None) -> None:
        self._markers = markers
        self._rules = rules or {}
        self.messages: list[dict[str, Any]] = []
        self.places: dict[str, str] = {}
        self._first = 0

    def instructions(self, text: Any) -> None:
        """Add `instructions`. Raises RequestError."""
        at = self._add({"role": "system", "content": checks.string(text, "/instructions")}, "")
        self.places[at] = self.places[f"{at}/content"] = "/instructions"

    def history(self, messages: list[dict[str, Any]]) -> None:
        """Add messages of earlier turns, as they were kept."""
        for message in messages:
            if "hosted" in message:
                kind = hosted.kind_of(message["hosted"])
                kinds.require(kind, self._rules, "/previous_response_id")
            at = self._add(message, "/previous_response_id")
            self.places[f"{at}/content"] = "/previous_response_id"
        self._first = len(self.messages)

    def input(self, value: Any, where: str = "/input") -> None:
        """Add `input`: a string, or a list of items. Raises RequestError."""
        if isinstance(value, str):
            at = self._add({"role": "user", "content": value}, where)
            self.places[f"{at}/content"] = where
            return
        for index, item in enumerate(checks.array(value, where)):
            self._item(item, f"{where}/{index}")

    def _add(self, message: dict[str, Any], at: str) -> str:
        """Add a message that stands at `at`; return its pointer inside."""
        inside = f"/messages/{len(self.messages)}"
        self.messages.append(message)
        self.places[inside] = at
        return inside

    def _item(self, value: Any, at: str) -> None:
        item = checks.obj(value, at)
        kind = item.get("type") or ("message" if "role" in item else "item_reference")
        if kind == "message":
            self._message(item, at)
        elif kind == "function_call":
            self._call(item, at)
        elif kind == "function_call_output":
            self._result(item, at)
        elif kind == "reasoning":
            _check_reasoning(item, at)
        elif isinstance(kind, str) and (kind in kinds.ITEMS or kind == kinds.APPROVAL):
            kinds.require(hosted.kind_of(item), self._rules, at)
            read = hosted.read(item, at, strict=True)
            if kind == "image_generation_call":
                return  # its picture goes on only where it is sent as one
            inside = self._add({"role": "assistant", "content": None}, at)
            self.places[f"{inside}/hosted"] = at
            self.messages[-1]["hosted"] = read
        elif isinstance(kind, str) and kind in _REFUSED:
            checks.unsupported(at, f"{kind}: {_REFUSED[kind]}")
        else:
            checks.refuse(f"{at}/type", "is not a known kind of item", code="unknown_field")

    def _message(self, item: dict[str, Any], at: str) -> None:
        checks.known(item, at, ("type", "role", "content", "id", "status", "phase"))
        _check_marks(item, at)
        if "phase" in item:
            checks.one_of("commentary", "final_answer")(item["phase"], f"{at}/phase")
        role = checks.need(item, at, "role")
        checks.one_of("user", "assistant", "system", "developer")(role, f"{at}/role")
        content = checks.need(item, at, "content")
        inside = self._add({"role": role}, at)
        if not isinstance(content, str):
            listed = checks.array(content, f"{at}/content", low=1)
            content = [
                self._part(part, role, f"{at}/content/{index}", f"{inside}/content/{index}")
                for index, part in enumerate(listed)
            ]
        self.messages[-1]["content"] = content

    def _part(self, value: Any, role: str, at: str, inside: str) -> dict[str, Any]:
        kind = checks.need(checks.obj(value, at), at, "type")
        if kind == "input_text" and role != "assistant":
            return _text(value, at)
        if kind == "output_text" and role == "assistant":
            echoed = ("annotations", "logprobs")
            return _text(value, at, echoed=echoed, cites=bool(self._rules))
        if kind == "refusal" and role == "assistant":
            checks.known(value, at, ("type", "refusal"))
            return {"type": "refusal", "refusal": checks.need(value, at, "refusal")}
        if kind == "input_image" and role == "user":
            return self._image(value, at, inside)
        if kind == "input_file" and role == "user":
            return self._file(value, at, inside)
        if kind in ("input_text", "output_text", "refusal", "input_image", "input_file",
                    "input_audio", "reasoning_text", "computer_screenshot"):  # fmt: skip
            checks.unsupported(at, f"A message of the role {role} may not carry {kind}.")
        return checks.refuse(f"{at}/type", "is not a known kind of content", code="unknown_field")

    def _image(self, value: dict[str, Any], at: str, inside: str) -> dict[str, Any]:
        checks.known(value, at, ("type", "image_url", "detail", "file_id", _BREAK))
        if "file_id" in value:
            checks.unsupported(f"{at}/file_id", "Send the image as a data: URL in image_url.")
        image = {"url": checks.need(value, at, "image_url")}
        if "detail" in value:
            image["detail"] = value["detail"]
        self.places[f"{inside}/image_url"] = at
        self.places[f"{inside}/image_url/url"] = f"{at}/image_url"
        return {"type": "image_url", "image_url": image, **_cached(value)}

    def _file(self, value: dict[str, Any], at: str, inside: str) -> dict[str, Any]:
        known = ("type", "file_data", "filename", "file_id", "file_url", "detail", _BREAK)
        checks.known(value, at, known)
        for key in ("file_id", "file_url"):
            if key in value:
                checks.unsupported(f"{at}/{key}", "Send the text of the file as input_text.")
        text = _file_text(checks.need(value, at, "file_data"), f"{at}/file_data")
        name = value.get("filename", "")
        plain = isinstance(name, str) and _PLAIN_NAME.fullmatch(name)
        self.places[f"{inside}/text"] = f"{at}/file_data"
        wrapped = documents.wrap(text, self._markers, source=name if plain else "file")
        return {"type": "text", "text": wrapped, **_cached(value)}

    def _call(self, item: dict[str, Any], at: str) -> None:
        known = ("type", "id", "call_id", "name", "arguments", "status", signatures.FIELD)
        checks.known(item, at, (*known, *_PLAIN_CALL))
        _check_marks(item, at)
        last = len(self.messages) - 1
        before = self.messages[last] if last >= self._first else {}
        if before.get("role") != "assistant" or "hosted" in before:
            self._add({"role": "assistant", "content": None}, at)
            last += 1
        calls = self.messages[last].setdefault("tool_calls", [])
        inside = f"/messages/{last}/tool_calls/{len(calls)}"
        self.places[inside] = self.places[f"{inside}/function"] = at
        self.places[f"{inside}/id"] = f"{at}/call_id"
        function = {key: checks.need(item, at, key) for key in ("name", "arguments")}
        call = checks.need(item, at, "call_id")
        signed = signatures.beside(item)
        calls.append({"id": call, "type": "function", "function": function, **signed})

    def _result(self, item: dict[str, Any], at: str) -> None:
        known = ("type", "id", "call_id", "output", "status", "name", "caller", "namespace")
        checks.known(item, at, known)
        if "name" in item:
            checks.name(item["name"], f"{at}/name")
        _check_marks(item, at)
        output = checks.need(item, at, "output")
        if not isinstance(output, str):
            listed = checks.array(output, f"{at}/output", low=1)
            output = [_result_part(part, f"{at}/output/{i}") for i, part in enumerate(listed)]
        call = checks.need(item, at, "call_id")
        inside = self._add({"role": "tool", "tool_call_id": call, "content": output}, at)
        self.places[f"{inside}/content"] = f"{at}/output"
        self.places[f"{inside}/tool_call_id"] = f"{at}/call_id"


def _check_marks(item: dict[str, Any], at: str) -> None:
    """Check what an item says of itself; none of it goes on."""
    if "id" in item:
        checks.identifier(item["id"], f"{at}/id")
    if "status" in item:
        checks.one_of(*_STATUS)(item["status"], f"{at}/status")
    checks.each(item, at, _PLAIN_CALL)


def _text(
    value: dict[str, Any], at: str, echoed: tuple[str, ...] = (), *, cites: bool = False
) -> dict[str, Any]:
    checks.known(value, at, ("type", "text", *(echoed or (_BREAK,))))
    for key in echoed:
        if key == "annotations" and value.get(key) and cites:
            citations.check(value[key], f"{at}/{key}")
        elif value.get(key):
            checks.unsupported(f"{at}/{key}", "Leave it empty: nobody inspected it.")
    return {"type": "text", "text": checks.need(value, at, "text"), **_cached(value)}


def _cached(value: dict[str, Any]) -> dict[str, Any]:
    """Return where a provider may cut its cache, as the chat form has it."""
    return {_BREAK: value[_BREAK]} if _BREAK in value else {}


def _result_part(value: Any, at: str) -> dict[str, Any]:
    kind = checks.need(checks.obj(value, at), at, "type")
    if kind in ("input_image", "input_file"):
        checks.unsupported(at, f"A tool's result may not carry {kind}; send it in a message.")
    checks.one_of("input_text")(kind, f"{at}/type")
    return _text(value, at)


def _check_reasoning(item: dict[str, Any], at: str) -> None:
    """Check a reasoning item, which is dropped: what is encrypted in it nobody can inspect."""
    checks.known(item, at, ("type", "id", "summary", "content", "encrypted_content", "status"))
    _check_marks(item, at)
    for key, kind in (("summary", "summary_text"), ("content", "reasoning_text")):
        for index, part in enumerate(checks.array(item.get(key, []), f"{at}/{key}")):
            where = f"{at}/{key}/{index}"
            checks.known(checks.obj(part, where), where, ("type", "text"))
            checks.one_of(kind)(checks.need(part, where, "type"), f"{where}/type")
            checks.string(checks.need(part, where, "text"), f"{where}/text")
    if "encrypted_content" in item:
        checks.string(item["encrypted_content"], f"{at}/encrypted_content")


def _file_text(value: Any, at: str) -> str:
    """Return the text of a file that is sent inline. Raises RequestError for all but text."""
    head, comma, data = checks.string(value, at).partition(",")
    media_type, _, encoding = head.lower().removeprefix("data:").partition(";")
    if not comma or media_type not in _FILE_TYPES or encoding != "base64":
        checks.unsupported(
            at, f"Only data:<type>;base64,<data> of {', '.join(_FILE_TYPES)} can be inspected."
        )
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        checks.refuse(at, "is not base64 of UTF-8 text")
