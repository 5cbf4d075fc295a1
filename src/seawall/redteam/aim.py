"""From what the user names to a target: an address, a file that describes one, a function."""

from pathlib import Path
from typing import Any

from seawall.core import yamlfile
from seawall.redteam.browser.target import PageTarget, read_form
from seawall.redteam.callable_target import CallableTarget, find
from seawall.redteam.mcp_target import McpTarget, read_server
from seawall.redteam.openai_target import OpenAITarget, key_from
from seawall.redteam.template_target import TemplateTarget, anthropic, read_template
from seawall.redteam.turns import OpenTarget


def aim(
    name: str, *, model: str = "default", key_env: str = "", facts: dict[str, Any] | None = None
) -> OpenTarget:
    """Return the target: `http(s)://...` (OpenAI's chat API), `anthropic:URL`, `python:module:f`,
    or the path of a YAML file: a request template (`url`), a page (`page`), an MCP server
    (`server`), an MCP client (`client`). Raises InputError."""
    if name.startswith("python:"):
        return CallableTarget(find(name.removeprefix("python:")), facts=facts)
    if name.startswith("anthropic:"):
        template = anthropic(name.removeprefix("anthropic:"), key_env)
        return TemplateTarget(template, model=model, facts=facts)
    if name.endswith((".yaml", ".yml")):
        return _described(Path(name), model, facts)
    key = key_from(key_env) if key_env else ""
    return OpenAITarget(name, model, key=key, facts=facts)


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
