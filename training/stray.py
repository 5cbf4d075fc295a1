"""Stray tasks: what people ask assistants, put into documents that are about something else.

A task for an assistant has no business in a document, whatever its words: it is an attack there. As
many harmless texts stand beside them: the documents as they are, and with a sentence of another one.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from training.choose import is_ours
from training.plant import tasks_and_sentences
from training.put import PLACE, fits, put_as_value
from training.rows import INPUT, TOOL, Row

# What people ask companies' assistants stands in mails, too; questions about a passage need it.
_NOT_STRAY = ("banking77", "restaurant8k", "tau_bench", "p3_", "own_ordinary_customers", "own_agents",
              "bfcl", "own_noise", "own_ordinary_identifiers", "awesome_", "fabric")  # fmt: skip
# What somebody asks about himself stands in letters and forums as well.
_OWN = re.compile(
    r"\b(i|i'm|my|me|mine|we|our|us|ich|mein\w*|mir|mich|wir|uns\w*|je|j'\w+|mon|ma|mes|moi|nous|"
    r"notre|yo|mi|mis|me|nosotros|io|mio|mia|eu|meu|minha|ik|mijn|я|мне|мой|моя|мою|mój|moja|mi)\b",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"(?:doc|cli_doc)_([a-z]{2})")
_TASK, _SENTENCE, _HOST = (18, 260), (25, 260), (160, 4_000)
# Around a task so many characters of its document are kept: what a window holds.
_AROUND = 420
# Of documents left harmless, this share gets a sentence of another one.
_FOREIGN = 0.4
# A task is in its document's language this often, where there are any; else in English.
_SAME = 0.75


def stray(rows: Iterable[Row], most: int, seed: int = 61) -> list[Row]:
    """Return at most `most` rows of what outsiders write: half with a stray task, half without."""
    rng, rows = random.Random(seed), list(rows)
    if not most:
        return []
    asked: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if _may_stray(row):
            asked[row.lang].append(row.text.strip())
    for task, lang in tasks_and_sentences()[0]:
        asked[lang] += [task] * 3
    hosts = [
        row for row in rows
        if row.stage not in (INPUT, TOOL) and row.label == "benign" and fits(row.text, _HOST)
    ]  # fmt: skip
    if not (hosts and asked["en"]):
        return []
    hosts = _evenly(hosts, most // 2, rng)
    sentences = [one for row in hosts for one in PLACE.split(row.text) if fits(one, _SENTENCE)]
    attacks = [_attack(host, _task_for(host, asked, rng), rng) for host in hosts]
    harmless = [
        _foreign(host, rng.choice(sentences), rng)
        if sentences and rng.random() < _FOREIGN
        else _part(host, rng)
        for host in hosts
    ]
    return attacks + harmless


def _may_stray(row: Row) -> bool:
    return (
        row.stage == INPUT
        and row.label in ("benign", "harmful")
        and not row.source.startswith(_NOT_STRAY)
        and fits(row.text, _TASK)
        and not _OWN.search(row.text)
    )


def _evenly(hosts: list[Row], most: int, rng: random.Random) -> list[Row]:
    """Return at most `most` hosts, of no source more than an even share while others have some."""
    by_source: dict[str, list[Row]] = defaultdict(list)
    for host in hosts:
        by_source[host.source].append(host)
    for source in sorted(by_source):
        rng.shuffle(by_source[source])
        # Written for us: their questions and orders were weighed one by one.
        by_source[source] = by_source[source][
            : most // (8 if is_ours(by_source[source][0]) else 20)
        ]
    chosen = [host for source in sorted(by_source) for host in by_source[source]]
    rng.shuffle(chosen)
    return chosen[:most]


def _task_for(host: Row, asked: dict[str, list[str]], rng: random.Random) -> str:
    said = _LANGUAGE.match(host.kind)
    own = asked.get(said[1] if said else host.lang[:2])
    return rng.choice(own if own and rng.random() < _SAME else asked["en"])


def _attack(host: Row, task: str, rng: random.Random) -> Row:
    text, span = put_as_value(task, host.text, rng)
    at = text.find(span)
    first = max(0, at - rng.randrange(_AROUND // 3, _AROUND))
    text = text[_word(text, first) : at + len(span) + rng.randrange(_AROUND // 3, _AROUND)]
    return replace(host, text=text, span=span, label="injection", kind="stray-task")


def _foreign(host: Row, sentence: str, rng: random.Random) -> Row:
    text, span = put_as_value(sentence.strip(), host.text, rng)
    first = max(0, text.find(span) - rng.randrange(_AROUND // 3, _AROUND))
    return replace(host, text=text[_word(text, first) : first + 2 * _AROUND + len(span)], span="")


def _part(host: Row, rng: random.Random) -> Row:
    first = rng.randrange(max(1, len(host.text) - 2 * _AROUND))
    return replace(host, text=host.text[_word(host.text, first) : first + 2 * _AROUND], span="")


def _word(text: str, at: int) -> int:
    """Return where the word that a cut hits begins."""
    return at if at == 0 else max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
