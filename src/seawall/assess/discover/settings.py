"""Settings files: MCP servers, containers, lists of models, files to tune on."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from seawall.assess.discover.models import CLOUD, OWN, VENDOR, hosting_of, is_model
from seawall.assess.discover.signals import Signal
from seawall.core import yamlfile
from seawall.core.errors import InputError

_MCP_FILE = re.compile(
    r"(?:^|/)(?:\.?mcp(?:[_-]?(?:config|servers|settings))?\.json|claude_desktop_config\.json"
    r"|cline_mcp_settings\.json|\.(?:cursor|vscode|roo|kiro|gemini|claude)/(?:mcp|settings)\.json"
    r"|\.claude\.json|\.codex/config\.toml|mcp\.toml)$",
    re.IGNORECASE,
)
_COMPOSE = re.compile(
    r"(?:^|/)(?:docker-)?compose[\w.-]*\.ya?ml$|(?:^|/)Dockerfile[\w.-]*$", re.IGNORECASE
)
_MODEL_IMAGES = ("ollama/ollama", "vllm/vllm-openai", "ghcr.io/huggingface/text-generation-inference",
                 "localai/localai", "lmsysorg/sglang", "ghcr.io/ggml-org/llama.cpp")  # fmt: skip
_STORE_IMAGES = ("chromadb/chroma", "qdrant/qdrant", "semitechnologies/weaviate", "milvusdb/milvus",
                 "pgvector/pgvector", "cr.weaviate.io/semitechnologies/weaviate")  # fmt: skip
_IMAGE = re.compile(
    r"^[ \t]*(?:image:[ \t]*|FROM[ \t]+)[\"']?([\w./-]+)(?::([\w.-]+))?(@sha256:[0-9a-f]{64})?",
    re.MULTILINE,
)
_VERSION = re.compile(r"(?:@|==)v?\d+[\w.+-]*\Z")
_NETWORK = frozenset("fetch browser playwright puppeteer web search http chrome".split())
_RUNS = frozenset("shell terminal command commander exec python code sandbox".split())
_MAX_SERVERS = 100
_BROWSES: tuple[tuple[str, Any], ...] = (
    ("tools.egress", True),
    ("rag.sources_trust", True),
    ("interface.modalities_in", "web_page"),
)


def is_settings(path: str) -> bool:
    """Return whether a file is read as settings."""
    return bool(
        _MCP_FILE.search(path)
        or _COMPOSE.search(path)
        or path.endswith((".jsonl", ".yaml", ".yml"))
    )


def settings(text: str, path: str) -> Iterator[Signal]:
    """Give the signals of a settings file. Raises ValueError where it cannot be read."""
    if _MCP_FILE.search(path):
        yield from _mcp(text, path)
    elif _COMPOSE.search(path):
        yield from _images(text, path)
    elif path.endswith(".jsonl"):
        yield from _rows(text, path)
    elif "model_list:" in text or "litellm_params:" in text:
        yield from _model_list(text, path)


def line_with(text: str, word: str) -> int:
    """Return the first line (from 1) that holds a word in quotes or as a key, else 1."""
    match = re.search(rf"[\"'\[.\s]{re.escape(word)}[\"'\]:\s]", text)
    return 1 if match is None else text.count("\n", 0, match.start() + 1) + 1


def _mcp(text: str, path: str) -> Iterator[Signal]:
    if path.endswith(".toml"):
        servers: Any = tomllib.loads(text).get("mcp_servers")
    else:
        raw = json.loads(_without_comments(text))
        holder: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        nested = holder.get("mcp")
        servers = holder.get("mcpServers") or holder.get("servers")
        if not servers and isinstance(nested, dict):
            servers = nested.get("servers")
    if not isinstance(servers, dict):
        return
    for name, server in list(servers.items())[:_MAX_SERVERS]:
        if isinstance(server, dict):
            yield from _server(str(name)[:60], server, path, line_with(text, str(name)))


def _without_comments(text: str) -> str:
    """Take whole-line comments and trailing commas out, which editors allow in their settings."""
    text = re.sub(r"^[ \t]*//[^\n]*$", "", text, flags=re.MULTILINE)
    return re.sub(r",(\s*[}\]])", r"\1", text)


def _server(name: str, server: Mapping[str, Any], path: str, line: int) -> Iterator[Signal]:
    given = server.get("args")
    words = [str(server.get("command", "")), *(map(str, given) if isinstance(given, list) else ())]
    says: list[tuple[str, Any]] = [("tools.list", f"mcp:{name}")]
    about = {w for text in (name, *words) for w in re.split(r"[^a-z]+", text.casefold())}
    if about & _RUNS:
        says.append(("tools.writes_or_spends", "run_code"))
    yield Signal(
        kind="mcp-server", what=f"MCP server {name}", path=path, line=line, says=tuple(says)
    )
    if about & _NETWORK:
        yield Signal(kind="egress", what=f"MCP server {name} opens addresses", path=path, line=line,
                     says=_BROWSES)  # fmt: skip
    state = _pinned(words)
    if state:
        kind = "unpinned" if state == "unpinned" else "mcp-server"
        what = f"MCP server {name}: {state.replace('_', ' ')}"
        yield Signal(kind=kind, what=what, path=path, line=line,
                     says=(("supply.components", state),))  # fmt: skip


def _pinned(words: list[str]) -> str:
    """Return how the started package is pinned, "" for what is no package."""
    command = words[0].rpartition("/")[2]
    packages = [word for word in words[1:] if not word.startswith("-") and "=" not in word[:1]]
    if command in ("npx", "uvx", "pipx", "bunx", "pnpm", "yarn"):
        names = [word for word in packages if word not in ("dlx", "run", "exec")]
        if not names:
            return ""
        return "pinned" if _VERSION.search(names[0]) else "unpinned"
    if command in ("docker", "podman"):
        if any("@sha256:" in word for word in words):
            return "pinned_and_hashed"
        images = [word for word in packages if "/" in word]
        tagged = images and re.search(r":v?\d[\w.-]*\Z", images[0])
        return "pinned" if tagged else "unpinned" if images else ""
    return ""


def _images(text: str, path: str) -> Iterator[Signal]:
    for match in _IMAGE.finditer(text):
        name, tag, digest = match.groups()
        line = text.count("\n", 0, match.start(1)) + 1
        if name in _MODEL_IMAGES:
            yield Signal(kind="model-call", what=f"{name} serves a model", path=path, line=line,
                         says=(("model.hosting", OWN),))  # fmt: skip
        elif name in _STORE_IMAGES:
            yield Signal(kind="retrieval", what=f"{name} is run", path=path, line=line,
                         says=(("rag.used", True),))  # fmt: skip
        else:
            continue
        if not digest and tag in (None, "latest", "main"):
            yield Signal(kind="unpinned", what=f"{name} without a version", path=path, line=line,
                         says=(("supply.components", "unpinned"),))  # fmt: skip


def _rows(text: str, path: str) -> Iterator[Signal]:
    """Give a file whose rows are conversations: what models are tuned on, or tested with."""
    line = text.partition("\n")[0]
    try:
        row = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return
    if isinstance(row, dict) and (
        isinstance(row.get("messages"), list) or {"prompt", "completion"} <= set(row)
    ):
        yield Signal(kind="fine-tuning", what="rows of conversations", path=path,
                     says=(("model.tuned", None),), weak=True)  # fmt: skip


def _model_list(text: str, path: str) -> Iterator[Signal]:
    try:
        raw = yamlfile.parse(text, path)
    except (InputError, yaml.YAMLError) as error:
        raise ValueError(str(error)) from None
    rows = raw.get("model_list") if isinstance(raw, dict) else None
    for row in rows[:_MAX_SERVERS] if isinstance(rows, list) else ():
        given = row.get("litellm_params") if isinstance(row, dict) else None
        name = given.get("model") if isinstance(given, dict) else None
        if isinstance(name, str) and name:
            place = hosting_of(name) or (VENDOR if is_model(name) else CLOUD)
            line = line_with(text, name)
            yield Signal(kind="model-name", what=name[:80], path=path, line=line,
                         says=(("model.ids", name[:80]),))  # fmt: skip
            yield Signal(kind="model-call", what="LiteLLM routes to a model", path=path, line=line,
                         says=(("model.hosting", place),))  # fmt: skip
