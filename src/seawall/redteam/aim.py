"""From what the user names to a target: an address, a template, a function."""

from pathlib import Path
from typing import Any

from seawall.redteam.callable_target import CallableTarget, find
from seawall.redteam.openai_target import OpenAITarget, key_from
from seawall.redteam.template_target import TemplateTarget, anthropic, read_template
from seawall.redteam.turns import OpenTarget


def aim(
    name: str, *, model: str = "default", key_env: str = "", facts: dict[str, Any] | None = None
) -> OpenTarget:
    """Return the target: `http(s)://...` (OpenAI's chat API), `anthropic:URL`, `python:module:f`,
    or the path of a YAML template. Raises InputError."""
    if name.startswith("python:"):
        return CallableTarget(find(name.removeprefix("python:")), facts=facts)
    if name.startswith("anthropic:"):
        template = anthropic(name.removeprefix("anthropic:"), key_env)
        return TemplateTarget(template, model=model, facts=facts)
    if name.endswith((".yaml", ".yml")):
        return TemplateTarget(read_template(Path(name)), model=model, facts=facts)
    key = key_from(key_env) if key_env else ""
    return OpenAITarget(name, model, key=key, facts=facts)
