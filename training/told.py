"""Texts that only the teacher labels: so many that a small model learns how the large one judges.

Parts, sentences and mixtures of rows have no label of their own that holds; the large model's opinion
of them is as good to learn from as that of whole rows.
"""

import random
import re
from dataclasses import replace

from seawall.guard.model.cuts import CHUNK, chunks
from training.choose import choose, is_made, is_ours
from training.mails import carried
from training.paste import pasted, quoted
from training.rows import INPUT, Row
from training.surround import surrounded

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_SENTENCES, _WINDOWS, _MIXED, _BESIDE = 14_000, 9_000, 12_000, 26_000
_FITTING = (10, 400)


def unlabelled(rows: list[Row], seed: int = 77) -> list[Row]:
    """Return about 90,000 texts by stage, each once; labels of mixtures and parts mean nothing."""
    rng = random.Random(seed)
    ours = [row for row in rows if is_ours(row)]
    found: list[Row] = []
    for again in (101, 102, 103):
        found += surrounded(ours, ours, 8000, seed=again)
    for again in (201, 202):
        found += pasted(ours, 6000, seed=again)
    found += [*quoted(ours, 2500, seed=301), *carried(ours, 6000, seed=401)]
    learnt = {(row.text, row.stage) for row in choose(rows)}
    beside = [r for r in rows if (r.text, r.stage) not in learnt and not is_made(r)]
    rng.shuffle(beside)
    long = [row for row in rows if len(row.text) > 160]
    rng.shuffle(long)
    found += [*beside[:_BESIDE], *_sentences(long, rng), *_windows(long, rng), *_mixed(rows, rng)]
    once = {(row.text, row.stage): row for row in found if row.text.strip()}
    return list(once.values())


def _split(text: str) -> list[str]:
    return [one for one in _SENTENCE.split(text) if _FITTING[0] <= len(one) <= _FITTING[1]]


def _sentences(rows: list[Row], rng: random.Random) -> list[Row]:
    """Return one sentence each of longer rows."""
    split = [(row, _split(row.text[:6000])) for row in rows[:_SENTENCES]]
    return [replace(row, text=rng.choice(parts), span="") for row, parts in split if parts]


def _windows(rows: list[Row], rng: random.Random) -> list[Row]:
    """Return one window each of long rows, as the product cuts them."""
    long = [row for row in rows if len(row.text) > CHUNK][:_WINDOWS]
    places = [rng.choice(chunks(row.text[:20_000])) for row in long]
    return [
        replace(row, text=row.text[a:b], span="") for row, (a, b) in zip(long, places, strict=True)
    ]


def _mixed(rows: list[Row], rng: random.Random) -> list[Row]:
    """Return sentences of several rows of one stage side by side."""
    pools: dict[bool, list[tuple[str, Row]]] = {True: [], False: []}
    for row in rows:
        pools[row.stage == INPUT] += [(one, row) for one in _split(row.text[:3000])[:12]]
    found = []
    for _ in range(_MIXED):
        pool = pools[rng.random() < 0.5] or pools[True] or pools[False]
        chosen = [rng.choice(pool) for _ in range(rng.choice((2, 2, 3, 4, 5, 6)))]
        text = rng.choice((" ", "\n", "\n\n")).join(one for one, _ in chosen)
        found.append(replace(chosen[0][1], text=text, span=""))
    return found
