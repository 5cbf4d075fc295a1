"""Fit the cascade on rows that were not trained on: python -m training.calibrate --data FOLDER.

Uses the exported models as the product runs them, on half of training/data/validation.jsonl and on
harmless public rows that training left out. The other half is for `python -m benchmarks guard_quality`.
"""

import argparse
import hashlib
import json
import random
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from seawall.core.exchange import Stage
from seawall.guard.model.classifier import MOST_WINDOWS
from seawall.guard.model.linear import Linear
from seawall.guard.model.transformer import Reader, Transformer
from training.choose import choose, is_made
from training.rows import Row, load, own

WEIGHTS = Path(__file__).parent.parent / "src/seawall/guard/model/weights"
# Shares of harmless rows that may reach the operating point.
OF_PUBLIC, OF_HARD = 0.01, {"attack_input": 0.045, "attack_untrusted": 0.06, "harm": 0.045}
# Share of attacks that a quick opinion may call clear; of harmless rows that it must not be sure of.
LOST, SURE = 0.02, 0.995


def for_calibration(row: Row) -> bool:
    """Return whether a validation row belongs to the half that may be looked at here."""
    return hashlib.sha256(row.text.encode()).digest()[0] % 2 == 0


def unused(folder: Path, most: int) -> list[Row]:
    """Return harmless public rows that training left out and nothing was mined from."""
    rows = load(folder)
    taken = {row.text for row in choose(rows)}
    left = [
        row
        for row in rows
        if row.label == "benign"
        and row.text not in taken
        and not is_made(row)
        and hashlib.sha256(row.text.encode()).digest()[1] % 2
    ]
    random.Random(2).shuffle(left)
    return left[:most]


class Models:
    """What the product runs, asked without the cascade's short cuts."""

    def __init__(self, folder: Path) -> None:
        self.linear, self.reader = Linear.load(folder / "linear.npz"), Reader.load(folder)
        self.transformer = Transformer.load(folder)

    def opinions(self, row: Row) -> np.ndarray:
        """Return (chunks, 2 heads, 3): attack and harm by the linear model, half way, at the end."""
        first = self.linear.scores(row.text, untrusted=row.stage != "input")
        found = []
        for chunk in first.ranked[:MOST_WINDOWS]:
            shown = self.reader.shown(row.text, chunk.place, Stage(row.stage))
            window, middle = self.transformer.half_way(shown)
            early, end = window.heads, self.transformer.end(shown, middle).heads
            found.append([
                [chunk.attack, max(early[:2]), max(end[:2])], [chunk.harm, early[2], end[2]],
            ])  # fmt: skip
        return np.array(found)


def _highest(opinions: list[np.ndarray], head: int, weights: np.ndarray) -> np.ndarray:
    """Return each row's highest weighted sum over its chunks."""
    return np.array([(one[:, head] @ weights).max() for one in opinions])


def _best(
    x: list[np.ndarray], head: int, spread: np.ndarray, y: np.ndarray, known: np.ndarray, used: int
) -> np.ndarray:
    """Return the weights of the first `used` models, in fifths, that separate best.

    Judged on all rows and on the hard ones alike; a finer choice would fit chance.
    """
    found: list[tuple[float, tuple[int, ...]]] = []
    for shares in product(range(6), repeat=used):
        if sum(shares) == 5:
            weights = np.array([*shares, *[0] * (3 - used)]) * 0.8 / spread
            score = _highest(x, head, weights)
            quality = roc_auc_score(y, score) + roc_auc_score(y[known], score[known])
            found.append((round(float(quality), 4), shares))
    quality, shares = max(found)
    print(f"  weights in fifths {shares}, mean AUC {quality / 2:.4f}")
    return np.array([*shares, *[0] * (3 - used)]) * 0.8 / spread


def fit(name: str, rows: list[Row], opinions: list[np.ndarray], hard: np.ndarray) -> dict[str, Any]:
    """Return one head's weights; prints how well they separate."""
    positive = {"harmful"} if name == "harm" else {"injection", "jailbreak"}
    head = 1 if name == "harm" else 0
    use = [
        i for i, r in enumerate(rows)
        if (r.stage == "input") != (name == "attack_untrusted")
        and (r.label in positive or r.label == "benign")
    ]  # fmt: skip
    x, known = [opinions[i] for i in use], hard[use]
    y = np.array([rows[i].label in positive for i in use])
    each = np.array([one[:, head].max(axis=0) for one in x])
    spread = each[known].std(axis=0)
    weights = _best(x, head, spread, y, known, 3)
    every = _highest(x, head, weights)
    cut = max(
        float(np.quantile(every[~y & ~known], 1 - OF_PUBLIC)),
        float(np.quantile(every[~y & known], 1 - OF_HARD[name])),
    )
    every -= cut
    pair = _best(x, head, spread, y, known, 2)
    early = _highest(x, head, pair)
    slope, base = np.polyfit(early, every, 1)
    early = slope * early + base
    caught = y & known & (every > 0)
    skip = float(np.quantile(each[y & known][:, 0], LOST))
    clear = min(float(np.quantile(early[caught], LOST)), -0.5)
    sure = max(float(np.quantile(early[~y & known], SURE)), 0.5)
    asked = (each[:, 0] >= skip) & (early > clear) & (early < sure)
    print(
        f"{name}: n+ {y.sum()} n- {(~y).sum()} AUC linear {roc_auc_score(y, each[:, 0]):.4f} "
        f"half way {roc_auc_score(y, each[:, 1]):.4f} end {roc_auc_score(y, each[:, 2]):.4f} "
        f"first two {roc_auc_score(y, early):.4f} all {roc_auc_score(y, every):.4f} hard rows "
        f"{roc_auc_score(y[known], every[known]):.4f} caught {(every[y] > 0).mean():.3f} "
        f"hard flagged {(every[~y & known] > 0).mean():.3f} public {(every[~y & ~known] > 0).mean():.4f}"
        f" | clear {clear:.2f} sure {sure:.2f} skipped {(each[~y & ~known][:, 0] < skip).mean():.2f} "
        f"end asked: public {asked[~y & ~known].mean():.3f} hard {asked[~y & known].mean():.3f}"
    )
    return {
        "skip": skip, "first": [slope * pair[0], slope * pair[1], base], "clear": clear,
        "sure": sure, "all": [*weights, -cut],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--unused", type=int, default=2500, help="harmless public rows to read")
    options = parser.parse_args()
    models = Models(WEIGHTS)
    ours = [row for row in own(validation=True) if for_calibration(row)]
    rows = [*ours, *unused(options.data, options.unused)]
    opinions = [models.opinions(row) for row in rows]
    hard = np.array([index < len(ours) for index in range(len(rows))])
    names = ("attack_input", "attack_untrusted", "harm")
    found = {name: fit(name, rows, opinions, hard) for name in names}
    (WEIGHTS / "calibration.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
