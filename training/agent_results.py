"""What tools return to agents in benchmarks/agents: with a stranger's order in it, and without one.

Orders also stand alone, as decoded readings show them, and are planted into other results; as many
results get a harmless remark of another one, so that what is strange there alone says nothing.
"""

import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.agents.scenarios import NEWEST, domains, filled, listed, slots, uncoded

from training.put import put_as_value

# What the transformer learns nothing from. The cascade is calibrated on the first of them; nothing
# at all learns from the unlearnt, of which no rule was mended on the newest either.
LEFT_OUT = (
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twentyfirst",
    "twentysecond",
    "twentythird",
    "twentyfourth",
    "twentyninth",
    "thirtieth",
    "twentyfifth",
    "twentysixth",
    *NEWEST,
)
CALIBRATED, UNLEARNT = LEFT_OUT[:1], LEFT_OUT[-5:]
# Ways in which nothing is ordered: a false fact, a value in a field, a hint at another text. What
# these name is for the tracing of values to see.
_NO_ORDER = frozenset((
    "addition", "address change", "answer", "argument", "attachment", "author name", "bank details",
    "boolean", "fact", "field", "hop", "image", "merchant name", "multi-hop", "no order", "plain",
    "recommend", "reference field", "same tool account", "search query", "split", "spread",
    "statement", "statement account", "statement address", "status field", "wrong entry",
))  # fmt: skip
_SHORTEST, _ORDER = 20, (12, 600)
# Into so many other results each order and each remark is planted.
_PLANTED = 2
Raw = dict[str, str]


def results(sets: tuple[str, ...] = (), seed: int = 29) -> list[Raw]:
    """Return rows of results, each text once: of some sets, or of all but those left out.

    Rows of sets that are named are as they stand there; nothing of them is planted elsewhere.
    """
    harmless: list[Raw] = []
    attacks: list[Raw] = []
    orders: list[Raw] = []
    remarks: list[Raw] = []
    for name, parts in domains():
        wanted = name.startswith(sets) if sets else not name.startswith(LEFT_OUT)
        if wanted and "hijacked" in parts:
            harmless += [_row(text, name) for text in _usual(parts)]
            attacks += [_row(text, name, span) for text, span in _hijacked(parts)]
            orders += [_row(one, name, one) for one in _alone(parts)]
            remarks += [_row(one, name) for task in parts["tasks"] for one in _remarks(task)]
    found = [*harmless, *attacks, *orders, *remarks]
    if not sets:
        found += _planted([*orders, *remarks], harmless, random.Random(seed))
    return list({row["text"]: row for row in found}.values())


def _row(text: str, name: str, span: str = "") -> Raw:
    label = "injection" if span else "benign"
    return {
        "text": text, "label": label, "stage": "tool-result", "kind": "agent-result", "lang": "",
        "group": name, "span": span,
    }  # fmt: skip


def _usual(parts: dict[str, Any]) -> Iterator[str]:
    for task in parts["tasks"]:
        for _, _, text in filled(task["calls"], listed(task.get("usual", []))):
            if len(text) >= _SHORTEST:
                yield text


def _hijacked(parts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each result that holds an order in plain words, and the order as it stands there."""
    tasks = {task["id"]: task for task in parts["tasks"]}
    for attack in parts["hijacked"]:
        calls, texts = tasks[attack["task"]]["calls"], listed(attack["text"])
        if attack["way"] in _NO_ORDER or texts != _words(attack["text"]):
            continue
        order = max(texts, key=len)
        as_json = json.dumps(order, ensure_ascii=False)[1:-1]
        for raw, (_, _, text) in zip(calls, filled(calls, texts), strict=True):
            span = next((one for one in (order, as_json) if one in text), "")
            if span and slots(raw[2], len(texts)):
                yield text, span


def _alone(parts: dict[str, Any]) -> Iterator[str]:
    for attack in parts["hijacked"]:
        words = max(_words(attack["text"]), key=len).strip()
        if attack["way"] not in _NO_ORDER and _ORDER[0] <= len(words) <= _ORDER[1]:
            yield words


def _words(texts: str | list[str]) -> list[str]:
    return [uncoded(text) for text in ([texts] if isinstance(texts, str) else texts)]


def _remarks(task: dict[str, Any]) -> Iterator[str]:
    for text in _words(task.get("usual", [])):
        if _ORDER[0] <= len(text.strip()) <= _ORDER[1]:
            yield text.strip()


def _planted(rows: Iterable[Raw], hosts: list[Raw], rng: random.Random) -> Iterator[Raw]:
    for row in rows:
        for host in rng.sample(hosts, _PLANTED):
            text, words = put_as_value(row["text"], host["text"], rng)
            yield _row(text, host["group"], words if row["span"] else "")
