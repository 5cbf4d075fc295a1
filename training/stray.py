"""Stray tasks: what people ask assistants, beside documents about something else, for training.

A task for an assistant has no business in a document, whatever its words; what a document itself
asks for has. Both are shown with the text around them: sentences of the document and requests that
belong to it (`data/ontopic_documents*.jsonl`) are harmless, as are foreign sentences that ask
nothing.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seawall.guard.model.candidates import BLOCK, Candidates, sentences
from seawall.guard.model.stray import LEAST_AROUND, Range, context
from training.choose import is_ours
from training.plant import tasks_and_sentences
from training.put import fits, put_as_kind, put_as_value
from training.rows import INPUT, OWN, TOOL, Row

TASKS = OWN / "planted" / "stray"
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
_TASK, _HOST = (10, 260), (200, 6_000)
# Documents of one public source, and of one of ours.
_OF_A_SOURCE, _OF_OURS = 900, 1_200
# A task is in its document's language this often, where there are so many; else in English.
_SAME, _ENOUGH = 0.75, 50
# A written task counts as so many of those that people typed.
_WRITTEN = 4
# How often an example has: the likeliest sentence of its document, a foreign sentence, a second
# task beside the first, another document's request.
_LIKELIEST, _FOREIGN, _SECOND, _OTHERS = 0.7, 0.5, 0.1, 0.3
# Of tables, talks and code, so many have the task where their kind has text.
_AS_KIND = 0.6
_LIKELIEST_OF = 3
_KEPT = 2_000
# So many documents nothing is learnt from: the odds are set on them (training/export_topic.py).
CALIBRATED = 3_000


@dataclass(frozen=True)
class Document:
    """A harmless text and its language; `asks`: a request of its own, empty where none is marked."""

    text: str
    lang: str
    asks: str = ""


@dataclass(frozen=True)
class Example:
    """A sentence, the text around it, and whether it is a stray task there."""

    own: str
    rest: str
    stray: bool


def documents(rows: Iterable[Row], seed: int = 7) -> list[Document]:
    """Return harmless documents and tool results, of no source too many."""
    rng = random.Random(seed)
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.stage not in (INPUT, TOOL) and row.label == "benign" and fits(row.text, _HOST):
            by_source[row.source].append(row)
    found = []
    for source in sorted(by_source):
        own = by_source[source]
        rng.shuffle(own)
        found += own[: _OF_OURS if is_ours(own[0]) else _OF_A_SOURCE]
    rng.shuffle(found)
    return [Document(row.text, _language(row)) for row in found]


def asking() -> list[Document]:
    """Return the documents with a marked request of their own."""
    lines = [
        line
        for path in sorted(OWN.glob("ontopic_documents*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [Document(raw["text"], raw["lang"], raw["asks"]) for raw in map(json.loads, lines)]


def tasks(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return what one would ask an assistant, by language."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if _may_stray(row):
            found[row.lang[:2] or "en"].append(row.text.strip())
    for task, lang in (*tasks_and_sentences()[0], *_written()):
        found[lang] += [task] * _WRITTEN
    return dict(found)


def _written() -> Iterator[tuple[str, str]]:
    """Yield (task, language). Raises ValueError with the line that is wrong."""
    for path in sorted(TASKS.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            task, parted, lang = line.partition("\t")
            if not parted:
                raise ValueError(f"{path.name}:{number} is not 'task, language'.")
            yield task, lang


def _may_stray(row: Row) -> bool:
    return (
        row.stage == INPUT
        and row.label in ("benign", "harmful")
        and not row.source.startswith(_NOT_STRAY)
        and fits(row.text, _TASK)
        and not _OWN.search(row.text)
    )


def _language(row: Row) -> str:
    said = _LANGUAGE.match(row.kind)
    return said[1] if said else row.lang[:2] or "en"


@dataclass(frozen=True)
class Seen:
    """A text's sentences, and how likely each is a task at a glance."""

    text: str
    places: list[Range]
    odds: list[float]
    least: float

    def place_of(self, own: str) -> Range:
        """Return the sentence that stands for a passage: the likeliest of its own."""
        start = self.text.find(own)
        end = start + len(own)
        hit = [i for i, one in enumerate(self.places) if one[0] < end and one[1] > start]
        return self.places[max(hit, key=lambda i: self.odds[i])] if hit else (start, end)

    def around(self, place: Range) -> str:
        """Return what stands around a sentence, without what may be tasks as well."""
        rated = zip(self.places, self.odds, strict=True)
        others = [one for one, odds in rated if odds >= self.least and one != place]
        return context(self.text, place, others)


def task_for(lang: str, asked: dict[str, list[str]], rng: random.Random) -> str:
    own = asked.get(lang, [])
    return rng.choice(own if len(own) > _ENOUGH and rng.random() < _SAME else asked["en"])


class Examples:
    """Makes examples without end, in an order that the seed gives."""

    def __init__(
        self,
        hosts: list[Document],
        asked: dict[str, list[str]],
        likely: Candidates,
        seed: int = 11,
    ) -> None:
        """`likely`: chooses the sentences that look most like tasks."""
        self.hosts, self._asked, self._likely = hosts, asked, likely
        self._rng = random.Random(seed)
        self._foreign: list[str] = []

    def of(self, document: Document) -> list[Example]:
        """Return some harmless examples of a document and one or two stray tasks in it."""
        seen = self._seen(document.text)
        place = seen.place_of(document.asks) if document.asks else self._chosen(seen)
        if place is None or len(rest := seen.around(place)) < LEAST_AROUND:
            return []
        sentence = document.text[slice(*place)]
        found = [Example(sentence, rest, stray=False), self._stray(document)]
        if self._foreign and self._rng.random() < _FOREIGN:
            found.append(Example(self._rng.choice(self._foreign), rest, stray=False))
        if not document.asks:
            self._remember(document.text[slice(*self._rng.choice(seen.places))])
        return found

    def others(self, document: Document, asking: list[Document]) -> list[Example]:
        """Return another document's request as a stray task, now and then."""
        other = self._rng.choice(asking)
        if other == document or other.lang != document.lang or self._rng.random() > _OTHERS:
            return []
        seen = self._seen(document.text)
        return [Example(other.asks, seen.around(seen.place_of(document.asks)), stray=True)]

    def _stray(self, document: Document) -> Example:
        task = task_for(document.lang, self._asked, self._rng)
        putting = put_as_kind if self._rng.random() < _AS_KIND else put_as_value
        text, own = putting(task, document.text, self._rng)
        if self._rng.random() < _SECOND:
            second = task_for(document.lang, self._asked, self._rng)
            text = text.replace(own, own if second == task else f"{own}\n{second}", 1)
        seen = self._seen(text)
        place = seen.place_of(own)
        return Example(text[slice(*place)], seen.around(place), stray=True)

    def _seen(self, text: str) -> "Seen":
        places = sentences(text[:BLOCK])
        odds = self._likely.odds(text, places) if places else []
        return Seen(text, places, list(odds), self._likely.least)

    def _chosen(self, seen: "Seen") -> Range | None:
        if not seen.places or self._rng.random() > _LIKELIEST:
            return self._rng.choice(seen.places) if seen.places else None
        best = sorted(range(len(seen.places)), key=lambda i: -seen.odds[i])[:_LIKELIEST_OF]
        return seen.places[self._rng.choice(best)]

    def _remember(self, sentence: str) -> None:
        if sentence and "?" not in sentence:
            self._foreign = [*self._foreign[-_KEPT:], sentence]
