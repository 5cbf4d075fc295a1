"""How the model gives away its prompt and its tools."""

import base64
import codecs
import json
from typing import Any
from urllib.parse import quote

_LEET = str.maketrans("aeiost", "431057")


def prompt_as(system: str, encoding: str) -> str:
    """Return the system prompt plainly, or in the encoding that was asked for."""
    raw = system.encode()
    if encoding == "base64":
        return base64.b64encode(raw).decode()
    if encoding == "rot13":
        return codecs.encode(system, "rot13")
    if encoding == "hex":
        return raw.hex()
    if encoding == "reversed":
        return system[::-1]
    if encoding == "spaced":
        return "  ".join(" ".join(word) for word in system.split())
    if encoding == "binary":
        return " ".join(f"{byte:08b}" for byte in raw)
    if encoding == "url":
        return quote(system, safe="")
    if encoding == "leet":
        return system.translate(_LEET)
    return system


def tools_as_text(tools: dict[str, dict[str, Any]]) -> str:
    """Return every offered tool with its JSON schema."""
    return "\n".join(
        f"{name}: {json.dumps(tool.get('parameters', {}), sort_keys=True)}"
        for name, tool in tools.items()
    )
