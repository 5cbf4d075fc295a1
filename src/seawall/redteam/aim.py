"""From what the user names to a target: an address, a file that describes one, a function."""

from pathlib import Path
from typing import Any

from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.redteam.address import without_login
from seawall.redteam.anthropic_target import AnthropicTarget
from seawall.redteam.browser.target import PageTarget, read_form
from seawall.redteam.callable_target import CallableTarget, find
from seawall.redteam.mcp_target import McpTarget, read_server
from seawall.redteam.openai_target import OpenAITarget, key_from
from seawall.redteam.responses_target import ResponsesTarget
from seawall.redteam.template_target import TemplateTarget, read_template
from seawall.redteam.turns import OpenTarget

_CHATS = {"anthropic": AnthropicTarget, "responses": ResponsesTarget}


def aim(
    name: str, *, model: str = "default", key_env: str = "", facts: dict[str, Any] | None = None,
    stream: bool = False, images: bool = False, files: bool = False, uploads: bool = False,
) -> OpenTarget:  # fmt: skip
    """Return the target: `http(s)://...` (OpenAI's chat API), `responses:URL` (its other one),
    `anthropic:URL`, `python:module:f`, or the path of a YAML file: a request template (`url`), a
    page (`page`), an MCP server (`server`), an MCP client (`client`). `stream`, `images` and
    `files` are for chat APIs (see ChatTarget), `uploads` for OpenAI's. Raises InputError."""
    check_chat(name, stream=stream, images=images, files=files, uploads=uploads)
    if name.startswith("python:"):
        return CallableTarget(find(name.removeprefix("python:")), facts=facts)
    if name.endswith((".yaml", ".yml")):
        return _described(Path(name), model, facts)
    key = key_from(key_env) if key_env else ""
    kind, _, base = name.partition(":")
    if kind in _CHATS:
        return _CHATS[kind](base, model, key=key, facts=facts, stream=stream, images=images,
                            files=files)  # fmt: skip
    return OpenAITarget(name, model, key=key, facts=facts, stream=stream, images=images,
                        files=files, uploads=uploads)  # fmt: skip


def check_chat(
    name: str, *, stream: bool, images: bool, files: bool = False, uploads: bool = False
) -> None:
    """Raise InputError where a target that is no chat API is to stream or to take pictures or
    files, one that is not OpenAI's to take uploads, or an address holds a login.

    The lab agent takes pictures, its own model always, one at an address where `images` says so.
    """
    without_login(name)
    if uploads and not name.startswith(("http://", "https://")):
        raise InputError(
            f"--uploads is for OpenAI's API, not for {name}.",
            hint="A request template says it itself: `upload`.",
        )
    if images and not (stream or files) and name.startswith("lab"):
        return
    if (stream or images or files) and not is_chat(name):
        raise InputError(
            f"--stream, --images and --files are for chat APIs, not for {name}.",
            hint="A request template says it itself: `stream`, `image_body`, `plant` with `form`.",
        )


def is_chat(name: str) -> bool:
    """Tell whether a target is named by the address of a chat API."""
    return name.startswith(("http://", "https://", *(f"{kind}:" for kind in _CHATS)))


def _described(path: Path, model: str, facts: dict[str, Any] | None) -> OpenTarget:
    """Return the target that a file describes; its own field says which kind it is."""
    fields = yamlfile.load(path, dict[str, Any])
    if "page" in fields:
        return PageTarget(read_form(path), model=model, facts=facts)
    if "client" in fields:
        # Imported here: a server is not needed to attack one.
        from seawall.redteam.mcp_client.target import ClientTarget, read_client

        return ClientTarget(read_client(path))
    if "server" in fields:
        return McpTarget(read_server(path), model=model, facts=facts)
    return TemplateTarget(read_template(path), model=model, facts=facts)
