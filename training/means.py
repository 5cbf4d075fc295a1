"""Learn from the transformer's mean vectors: python -m training.means --data FOLDER --weights WEIGHTS.

Three logistic regressions (seawall/guard/model/means.py). What users ask in the written sets of agents,
against users' attacks, some of these among such requests. And orders in what tools return in sets that
the transformer did not learn from (its own would say too much here), beside other outsiders' texts of
training and users' attacks in such texts. And what tools do, by the sets' own definitions, against
poisoned definitions and orders in their place.
"""

import argparse
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from benchmarks.agents.scenarios import harmless
from sklearn.linear_model import LogisticRegression

from seawall.core.exchange import Stage
from seawall.guard.model.classifier import MOST_WINDOWS
from seawall.guard.model.linear import Linear
from seawall.guard.model.means import FILE
from seawall.guard.model.transformer import Reader, Transformer, means_of
from training.agent_requests import requests
from training.agent_results import CALIBRATED, LEFT_OUT, UNLEARNT
from training.choose import choose, is_ours
from training.mails import carried
from training.paste import quoted
from training.rows import INPUT, TOOL, Row, load, of_agents, own

ATTACKS = ("injection", "jailbreak")
# Characters of the longest text learnt from, and of attacks that are as short as a request.
LONGEST, SHORT = 1_200, 260
# So many attacks of any length, as many short ones, and so many among requests.
EACH, AMONG, LONGEST_AMONG = 2_500, 1_500, 350
# Other outsiders' texts, and such as mails carry them, which together count twice as much as all
# results; and users' attacks in outsiders' texts, which together count a tenth.
OTHERS, MAILS, LONGEST_OTHERS, TWICE = 5_000, 3_000, 3_000, 2
QUOTED, TENTH = 2_500, 0.1
# Characters of an order that stands for a definition, and so many behind a definition.
LONGEST_ORDER, BEHIND = 400, 800
OF_REQUESTS, OF_ORDERS, OF_DEFINITIONS, SCALE = 0.03, 0.01, 0.1, 5.0


class Vectors:
    """The exported halves in a folder, asked as the product does."""

    def __init__(self, weights: Path) -> None:
        self._linear, self._reader = Linear.load(weights / "linear.npz"), Reader.load(weights)
        self._halves = Transformer.load(weights)

    def first(self, row: Row) -> np.ndarray:
        """Return the mean of a message's first window at the end, shape (width,)."""
        found = self._read(row, (0, len(row.text)))[1]
        return found[len(found) // 2 :]

    def worst(self, row: Row) -> np.ndarray:
        """Return both means of the window that the heads find worst, shape (2 * width,)."""
        ranked = self._linear.scores(row.text, untrusted=True).ranked[:MOST_WINDOWS]
        return max((self._read(row, one.place) for one in ranked), key=lambda one: one[0])[1]

    def _read(self, row: Row, place: tuple[int, int]) -> tuple[float, np.ndarray]:
        shown = self._reader.shown(row.text, place, Stage(row.stage))
        _, middle = self._halves.half_way(shown)
        end, mean = self._halves.end(shown, middle)
        return max(end.heads[:2]), means_of(middle, mean)


def attacks(learnt: list[Row], asked: list[Row], rng: random.Random) -> list[Row]:
    """Return attacks in users' messages, and some behind or before what is asked of agents."""
    rows = [
        row
        for row in learnt
        if row.stage == INPUT and row.label in ATTACKS and len(row.text) < LONGEST
    ]
    rng.shuffle(rows)
    short = [row for row in rows if len(row.text) < SHORT]
    among = [row for row in rows if len(row.text) < LONGEST_AMONG][-AMONG:]
    return [*rows[:EACH], *short[:EACH], *(_among(row, rng.choice(asked), rng) for row in among)]


def _among(attack: Row, request: Row, rng: random.Random) -> Row:
    both = [attack.text, request.text]
    rng.shuffle(both)
    return replace(attack, text=" ".join(both))


def results() -> list[Row]:
    """Return what tools return in the sets that neither the transformer nor calibration has seen,
    and that are not for measuring.
    """
    return list(of_agents(tuple(one for one in LEFT_OUT if one not in (*CALIBRATED, *UNLEARNT))))


def others(learnt: list[Row], rng: random.Random) -> list[Row]:
    """Return other outsiders' texts of training, and mails with some of them."""
    rows = [
        row
        for row in learnt
        if row.stage in ("document", "tool-result")
        and row.label in ("benign", "injection")
        and len(row.text) < LONGEST_OTHERS
    ]
    mails = carried([row for row in rows if is_ours(row)], MAILS, seed=777)
    rng.shuffle(rows)
    return [*rows[:OTHERS], *mails]


def definitions(learnt: list[Row], orders: list[str], rng: random.Random) -> list[Row]:
    """Return what tools' definitions say, and what does not belong there: poisoned definitions of
    training, orders, and orders behind a definition.
    """
    told = sorted(_told())
    behind = [f"{rng.choice(told)} {order}" for order in orders[:BEHIND]]
    poisoned = [row for row in learnt if row.stage == TOOL]
    found = [_definition(text, "benign") for text in told]
    return [*found, *poisoned, *(_definition(text, "injection") for text in (*orders, *behind))]


def _older() -> list[Row]:
    """Return what tools return in the sets that the transformer learnt from."""
    return [row for row in own() if row.source == "own_agents_results"]


def _definition(text: str, label: str) -> Row:
    return Row(text, label, TOOL, "definition", "", "own_definitions", "definitions")


def _told() -> set[str]:
    """Return how the agent sets that may be learnt from describe tools and their arguments."""
    lists = (one.tools for one in harmless() if one.split not in UNLEARNT)
    functions = [tool["function"] for tools in lists for tool in tools]
    arguments = [one for each in functions for one in each["parameters"]["properties"].values()]
    return {one["description"] for one in (*functions, *arguments) if one.get("description")}


def fit(x: np.ndarray, y: np.ndarray, strength: float, weights: np.ndarray) -> np.ndarray:
    """Return weights (width) and a bias behind them: the log-odds of `y`."""
    middle = x.mean(axis=0)
    model = LogisticRegression(C=strength, max_iter=800, class_weight="balanced")
    model.fit((x - middle) * SCALE, y, sample_weight=weights)
    found = model.coef_[0] * SCALE
    return np.append(found, model.intercept_[0] - middle @ found).astype(np.float32)


def _each(vectors: Iterator[np.ndarray], name: str) -> np.ndarray:
    found = []
    for number, vector in enumerate(vectors):
        found.append(vector)
        if number % 1000 == 0:
            print(f"{name} {number}", flush=True)
    return np.stack(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    options = parser.parse_args()
    rng, seen = random.Random(5), Vectors(options.weights)
    asked, learnt = list(requests()), choose(load(options.data))
    bad = attacks(learnt, asked, rng)
    x = _each(map(seen.first, [*asked, *bad]), "users' messages")
    y = np.arange(len(x)) < len(asked)
    of_requests = fit(x, y, OF_REQUESTS, np.ones(len(x)))
    ours, public = results(), others(learnt, rng)
    parts = (ours, public, quoted([row for row in learnt if is_ours(row)], QUOTED, seed=51))
    x = _each(map(seen.worst, itertools.chain(*parts)), "outsiders' texts")
    y = np.array([row.label in ATTACKS for part in parts for row in part])
    counts = zip((1, TWICE, TENTH), map(len, parts), strict=True)
    share = np.concatenate([np.full(size, count * len(ours) / size) for count, size in counts])
    of_orders = fit(x, y, OF_ORDERS, share)
    orders = list(dict.fromkeys(row.span for row in (*ours, *_older()) if row.span))
    short = [order for order in orders if len(order) < LONGEST_ORDER]
    told = definitions(learnt, short, rng)
    x = _each(map(seen.worst, told), "tools' definitions")
    y = np.array([row.label not in ATTACKS for row in told])
    of_definitions = fit(x, y, OF_DEFINITIONS, np.ones(len(x)))
    np.savez(
        options.weights / FILE,
        requests=of_requests, orders=of_orders, definitions=of_definitions,
    )  # fmt: skip
    sizes = f"{len(ours)} results, {len(public)} others, {len(parts[2])} quoted attacks"
    print(f"{len(asked)} requests, {len(bad)} attacks; {sizes}")
    print(f"{len(told)} definitions, {y.sum()} of them harmless")


if __name__ == "__main__":
    main()
