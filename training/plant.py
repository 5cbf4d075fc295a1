"""Orders planted in other texts: the words around an order must not be what gives it away.

The marked order of a written row, or a task of `data/planted/*.tsv` (task, harmless sentence, language),
is put into a harmless document or tool result of another row; as many harmless texts get a sentence of
yet another one, so that a strange sentence alone says nothing.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from training.put import PLACE, fits, put_as_value
from training.rows import INPUT, Row

FOLDER = Path(__file__).parent / "data" / "planted"
# How many rows are planted for a model: half attacks, half harmless.
PLANTED = 14_000
# Every task is planted in so many texts.
_TASKED = 2
_ORDER, _HOST = (25, 420), (80, 1500)


def planted(rows: Iterable[Row], most: int, seed: int = 23) -> list[Row]:
    """Return at most `most` rows of what outsiders write: half with an order, half without."""
    rng = random.Random(seed)
    outside = [row for row in rows if row.stage != INPUT]
    rng.shuffle(outside)
    asked, beside = tasks_and_sentences()
    orders = [row for row in outside if row.label == "injection" and fits(row.span, _ORDER)]
    hosts = [row for row in outside if row.label == "benign" and fits(row.text, _HOST)]
    sentences = [one for row in hosts for one in PLACE.split(row.text) if fits(one, _ORDER)]
    if not (orders and sentences):
        return []
    by_lang: dict[str, list[Row]] = defaultdict(list)
    for host in hosts:
        by_lang[host.lang].append(host)

    def host_of(lang: str) -> Row:
        return rng.choice(by_lang.get(lang) or by_lang["en"])

    attacks = [_tasked(task, host_of(lang), rng) for task, lang in asked for _ in range(_TASKED)]
    attacks += [_with_order(row, rng.choice(hosts), rng) for row in orders]
    harmless = [
        _with_sentence(host_of(lang), sentence, rng)
        for sentence, lang in beside for _ in range(_TASKED)
    ]  # fmt: skip
    harmless += [_with_sentence(host, rng.choice(sentences), rng) for host in hosts]
    return attacks[: most // 2] + harmless[: most // 2]


def tasks_and_sentences() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return (task, language) and (harmless sentence, language) of every line.

    Raises ValueError with the line that is wrong.
    """
    tasks, beside = [], []
    for path in sorted(FOLDER.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            fields = line.split("\t")
            if len(fields) != 3:
                raise ValueError(f"{path.name}:{number} is not 'task, sentence, language'.")
            tasks.append((fields[0], fields[2]))
            beside.append((fields[1], fields[2]))
    return tasks, beside


def _tasked(task: str, host: Row, rng: random.Random) -> Row:
    text, span = put_as_value(task, host.text, rng)
    return replace(host, text=text, span=span, label="injection", kind="planted-task")


def _with_order(row: Row, host: Row, rng: random.Random) -> Row:
    text, order = put_as_value(row.span.strip(), host.text, rng)
    return replace(row, text=text, span=order, stage=host.stage)


def _with_sentence(host: Row, sentence: str, rng: random.Random) -> Row:
    return replace(host, text=put_as_value(sentence.strip(), host.text, rng)[0])
