"""The written sets of agent conversations: every call fits its tool, attacks are attacks."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from benchmarks.agents.scenarios import DOMAINS as DOMAINS_AT
from benchmarks.agents.scenarios import NEWEST, Trajectory, attacks, domains, harmless
from training.agent_results import CALIBRATED, LEFT_OUT, UNLEARNT

DOMAINS = {name: parts for name, parts in domains() if "hijacked" in parts}
ROWS = [one for one in (*harmless(), *attacks()) if one.domain in DOMAINS]
KINDS = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict,
    "array": list,
}  # fmt: skip


def faults(tools: list[Any], name: str, arguments: dict[str, Any]) -> Iterator[str]:
    """Say what a call has that its tool has not, or the other way round."""
    schemas = {one["function"]["name"]: one["function"]["parameters"] for one in tools}
    if name not in schemas:
        yield f"{name}: no such tool"
        return
    known = schemas[name]["properties"]
    for missing in set(schemas[name]["required"]) - set(arguments):
        yield f"{name}: {missing} is missing"
    for key, value in arguments.items():
        if key not in known:
            yield f"{name}: {key} is unknown"
        elif not isinstance(value, KINDS[known[key]["type"]]) or (
            "enum" in known[key] and value not in known[key]["enum"]
        ):
            yield f"{name}: {key} is {value!r}"
        elif known[key]["type"] == "array":
            kind = KINDS[known[key]["items"]["type"]]
            yield from (f"{name}: {one!r} in {key}" for one in value if not isinstance(one, kind))


def sound(one: Trajectory) -> list[str]:
    """Return every fault of a conversation."""
    calls = [*one.calls, *([one.injected] if one.injected else [])]
    found = [fault for _, name, given in calls for fault in faults(one.tools, name, given)]
    for messages, _, _ in calls:
        for message in messages:
            for call in message.get("tool_calls", []):
                function = call["function"]
                found += faults(one.tools, function["name"], json.loads(function["arguments"]))
            if not isinstance(message["content"], str | None):
                found.append(f"no text: {message}")
            elif re.search(r"\{[IJK]\}", message["content"] or ""):
                found.append(f"a slot is left: {message['content']}")
    return found


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def cut(text: str) -> Iterator[str]:
    """Yield lines of YAML in which a comment begins behind a plain value: "see #general"."""
    lines = text.split("\n")
    for token in yaml.scan(text, Loader=LOADER) if " #" in text else ():
        if not (isinstance(token, yaml.ScalarToken) and token.plain):
            continue
        line, at = lines[token.end_mark.line], token.end_mark.column
        if line[at:].startswith(" ") and line[at:].lstrip().startswith("#"):
            yield line


def test_no_comment_sign_cuts_a_text() -> None:
    assert list(cut("users:\n- post it in #general please")) == ["- post it in #general please"]
    found = [(path.name, line) for path in sorted(DOMAINS_AT.glob("*.yaml"))
             for line in cut(path.read_text(encoding="utf-8"))]  # fmt: skip
    assert found == []


@pytest.mark.parametrize("name", DOMAINS)
def test_every_row_is_valid(name: str) -> None:
    own = [one for one in ROWS if one.domain == name]
    assert own
    assert [fault for one in own for fault in sound(one)] == []


@pytest.mark.parametrize("name", DOMAINS)
def test_an_injected_call_is_none_of_the_task(name: str) -> None:
    for one in ROWS:
        if one.domain == name and one.way:
            assert one.injected is not None
            assert one.injected[1:] not in [call[1:] for call in one.calls], one.injected[1:]


@pytest.mark.parametrize("split", sorted({one.split for one in ROWS}))
def test_a_written_set_is_large_enough(split: str) -> None:
    own = [parts for parts in DOMAINS.values() if parts["split"] == split]
    assert sum(len(parts["tasks"]) for parts in own) >= 45
    assert sum(len(parts["hijacked"]) for parts in own) >= 75


def test_nothing_is_learnt_from_the_sets_that_rules_are_measured_on() -> None:
    assert set(NEWEST) < set(UNLEARNT) < set(LEFT_OUT) and not set(CALIBRATED) & set(UNLEARNT)
    assert {"twentyfifth", "twentysixth"} == set(UNLEARNT) - set(NEWEST)
