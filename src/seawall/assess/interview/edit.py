"""Change one fact in a profile's text and leave every other line as it is."""

from typing import Any

import yaml

from seawall.core import yamlfile
from seawall.core.profile import Fact

_WIDTH = 100


class _Dumper(yaml.SafeDumper):
    """Writes dates without quotes, as people do; the reader takes them as text."""


_Dumper.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def with_fact(text: str, key: str, fact: Fact | None) -> str:
    """Return the profile's text with a fact put in place, added at the end, or taken out (None).

    `text` is YAML with a mapping `facts`. A mapping on one line is written out first.
    """
    facts_key, facts = _section(text)
    if facts is None or facts.flow_style or not facts.value:
        text = _written_out(text, facts_key, facts)
        facts_key, facts = _section(text)
    lines = text.splitlines(keepends=True)
    entries = facts.value if facts is not None else []
    indent = entries[0][0].start_mark.column if entries else 2
    for key_node, value_node in entries:
        if key_node.value == key:
            first, last = key_node.start_mark.line, _last_line(value_node)
            if fact is None and len(entries) == 1:
                return _emptied(lines, facts_key, last)
            lines[first : last + 1] = _lines(key, fact, indent)
            return "".join(lines)
    if fact is None:
        return text
    last = _last_line(entries[-1][1]) if entries else facts_key.start_mark.line
    if not lines[last].endswith("\n"):
        lines[last] += "\n"
    lines[last + 1 : last + 1] = _lines(key, fact, indent)
    return "".join(lines)


def _section(text: str) -> tuple[Any, Any]:
    """Return the nodes of the key `facts` and of its mapping (None where it is null)."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for key_node, value_node in root.value:
        if key_node.value == "facts":
            return key_node, value_node if isinstance(value_node, yaml.MappingNode) else None
    raise ValueError("no facts")


def _last_line(node: Any) -> int:
    """Return the last line (from 0) that holds a part of the node."""
    if isinstance(node, yaml.ScalarNode):
        mark = node.end_mark
        # A block text ends where the next token starts.
        after = node.style in ("|", ">") and mark.column == 0
        return max(node.start_mark.line, mark.line - after)
    if node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(node, yaml.MappingNode) else last)


def _written_out(text: str, facts_key: Any, facts: Any) -> str:
    """Return the text with `facts: {a: b}` as one line for each fact, `facts: {}` as nothing."""
    lines = text.splitlines(keepends=True)
    first = facts_key.start_mark.line
    last = first if facts is None else facts.end_mark.line
    values = yamlfile.parse(text, "profile")["facts"] or {}
    entries = {k: v if isinstance(v, dict) else {"value": v} for k, v in values.items()}
    body = [line for key, entry in entries.items() for line in _dumped(key, entry, 2)]
    lines[first : last + 1] = ["facts:\n", *body]
    return "".join(lines)


def _emptied(lines: list[str], facts_key: Any, last: int) -> str:
    first = facts_key.start_mark.line
    return "".join([*lines[:first], "facts: {}\n", *lines[last + 1 :]])


def _lines(key: str, fact: Fact | None, indent: int) -> list[str]:
    if fact is None:
        return []
    value = "unknown" if fact.value is None else fact.value
    entry: dict[str, Any] = {"value": _plain(value)}
    for name in ("source", "date", "owner"):
        if text := getattr(fact, name):
            entry[name] = text
    if fact.grounds:
        entry["grounds"] = list(fact.grounds)
    return _dumped(key, entry, indent)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [str(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _dumped(key: str, value: Any, indent: int) -> list[str]:
    text = yaml.dump(
        {key: value}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH,
        default_flow_style=None,
    )  # fmt: skip
    return [" " * indent + line for line in text.splitlines(keepends=True)]
