"""Which files git ignores, read from .gitignore. Git itself is not run: its settings can run code."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import re2

# Folders of other people's code, of builds and of tools.
VENDORED = frozenset(
    "node_modules bower_components vendor third_party site-packages dist-packages .git .hg .svn "
    ".venv venv env .env.d .tox .nox __pycache__ .mypy_cache .ruff_cache .pytest_cache .hypothesis "
    ".next .nuxt .turbo .gradle .terraform .idea target dist build out coverage .eggs "
    ".ipynb_checkpoints .cache jspm_packages Pods".split()
)
MAX_RULES = 2_000
MAX_PATTERN = 300


class Rule(NamedTuple):
    """One line of a .gitignore: a test on the path below its folder."""

    expression: Any
    negated: bool
    folders_only: bool


def rules_of(text: str) -> list[Rule]:
    """Read the lines of a .gitignore; a line that cannot be understood is left out."""
    rules = []
    for line in text.splitlines()[:MAX_RULES]:
        pattern = line.rstrip() if not line.endswith("\\ ") else line
        if not pattern or pattern.startswith("#") or len(pattern) > MAX_PATTERN:
            continue
        negated = pattern.startswith("!")
        pattern = pattern[1:] if negated else pattern
        folders_only = pattern.endswith("/")
        pattern = pattern.rstrip("/")
        anchored = "/" in pattern
        try:
            # RE2, so that no pattern of a stranger takes more than linear time.
            expression = re2.compile(
                _expression(pattern.lstrip("/"), anchored=anchored), _quietly()
            )
        except re2.error:
            continue
        rules.append(Rule(expression, negated, folders_only))
    return rules


def _expression(pattern: str, *, anchored: bool) -> str:
    """Translate a pattern: `*` within a name, `**` over folders."""
    pieces = ["" if anchored else r"(?:.*/)?"]
    i = 0
    while i < len(pattern):
        rest = pattern[i:]
        if rest.startswith("**/"):
            pieces.append(r"(?:.*/)?")
            i += 3
        elif rest.startswith("**"):
            pieces.append(".*")
            i += 2
        elif rest[0] == "*":
            pieces.append("[^/]*")
            i += 1 + (len(rest) - len(rest.lstrip("*")) - 1)
        elif rest[0] == "?":
            pieces.append("[^/]")
            i += 1
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            inside = rest[1:end].replace("\\", r"\\")
            pieces.append(f"[{'^' + inside[1:] if inside.startswith('!') else inside}]")
            i += end + 1
        else:
            if rest[0] == "\\" and len(rest) > 1:
                i += 1
            pieces.append(re.escape(pattern[i]))
            i += 1
    return "".join(pieces)


@cache
def _quietly() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


def ignored(layers: Iterable[tuple[str, list[Rule]]], path: str, *, folder: bool) -> bool:
    """Return whether the path is ignored; `layers` are (folder, rules) from the root down."""
    found = False
    for base, rules in layers:
        below = path[len(base) + 1 :] if base else path
        for rule in rules:
            if rule.folders_only and not folder:
                continue
            if rule.expression.fullmatch(below):
                found = not rule.negated
    return found
