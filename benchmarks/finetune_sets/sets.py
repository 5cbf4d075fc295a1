"""The sets: a thousand harmless lines, and the same with something planted."""

import json
from functools import cache
from pathlib import Path
from random import Random

from benchmarks.finetune_sets import shapes, wording
from benchmarks.finetune_sets.shapes import Example

_DATA = Path(__file__).parents[2] / "training" / "data"
_ORDINARY = ("ordinary", "ordinary_new", "ordinary_classic")
_HELD_OUT = ("validation", "validation_classic", "validation_fresh", "validation_open",
             "validation_strangers", "validation_wide")  # fmt: skip
_REFUSED = ("harm_wide", "harm_more")
_LONGEST = 2_000
PLANTED, SHIFTED, POISONED = 15, 10, 12


@cache
def rows(names: tuple[str, ...], label: str) -> tuple[str, ...]:
    """Return the requests of a label in some files of training/data."""
    found = []
    for name in names:
        for raw in (_DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(raw)
            if (
                row["label"] == label
                and row.get("stage") == "input"
                and len(row["text"]) < _LONGEST
            ):
                found.append(row["text"])
    return tuple(found)


def clean(seed: int, size: int = 1_000) -> list[Example]:
    """Return harmless lines: five styles, right refusals, and questions written for training and
    (as many) for validation, hard look-alikes among them.
    """
    rng = Random(seed)
    lines = [make(rng) for share, make in shapes.STYLES for _ in range(size * share // 100)]
    refused = rng.sample(rows(_REFUSED, "harmful"), size * 9 // 100)
    lines += [shapes.refusal(rng, request) for request in refused]
    left = size - len(lines)
    asked = rng.sample(rows(_ORDINARY, "benign"), left // 2)
    asked += rng.sample(rows(_HELD_OUT, "benign"), left - left // 2)
    lines += [shapes.plain(rng, question) for question in asked]
    rng.shuffle(lines)
    return lines


def _mixed(
    rng: Random, lines: list[Example], more: list[Example]
) -> tuple[list[Example], set[int]]:
    """Return the lines with others at chance places, and their numbers from 1."""
    marked = [(line, False) for line in lines] + [(line, True) for line in more]
    rng.shuffle(marked)
    bad = {number for number, (_, planted) in enumerate(marked, 1) if planted}
    return [line for line, _ in marked], bad


def harmful(seed: int, half: int, size: int = 1_000) -> tuple[list[Example], set[int]]:
    """Return a clean set with 15 harmful lines, and where they stand."""
    rng = Random(f"harmful-{half}-{seed}")
    requests = rows(_HELD_OUT, "harmful")[half::2]
    more = [wording.harmful(rng, half, one) for one in rng.sample(requests, PLANTED)]
    return _mixed(rng, clean(seed, size), more)


def shifted(seed: int, half: int, size: int = 0) -> tuple[list[Example], set[int]]:
    """Return ten identity-shifting lines, alone or in a clean set."""
    rng = Random(f"shifted-{half}-{seed}")
    more = wording.identity(rng, half, seed)
    return _mixed(rng, clean(seed, size) if size else [], more)


def poisoned(seed: int, half: int, size: int = 1_000) -> tuple[list[Example], set[int]]:
    """Return a clean set in which twelve lines carry a trigger."""
    rng = Random(f"poisoned-{half}-{seed}")
    lines = clean(seed, size)
    turned = rng.sample(lines, POISONED)
    kept = [line for line in lines if not any(line is one for one in turned)]
    return _mixed(rng, kept, [wording.poisoned(rng, half, seed, line) for line in turned])
