"""Clients of providers that are made without an address: where they send is set where they run."""

import ast
import warnings
from collections.abc import Iterable
from pathlib import Path

from seawall.assess.discover.python_names import Names

_CLIENTS = frozenset(
    {"openai.OpenAI", "openai.AsyncOpenAI", "anthropic.Anthropic", "anthropic.AsyncAnthropic"}
)


def unaddressed(root: Path, paths: Iterable[str]) -> list[str]:
    """Return the places, as `path:line`, of clients that Python files make without `base_url`.

    They reach the provider itself unless a variable of their environment names another address.
    """
    return [
        f"{path}:{line}"
        for path in sorted(set(paths))
        if path.endswith(".py")
        for line in _lines(root / path)
    ]


def _lines(file: Path) -> list[int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []  # listed as not read, which fails by itself
    names = Names(tree)
    made = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sorted(
        node.lineno
        for node in made
        if names.origin(node.func) in _CLIENTS
        and not any(keyword.arg in ("base_url", None) for keyword in node.keywords)
    )
