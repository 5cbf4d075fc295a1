"""Fit the cascade on rows that were not trained on: python -m training.calibrate --data FOLDER.

Uses the exported models as the product runs them, on half of training/data/validation.jsonl, on what
tools return in one agent set, and on harmless public rows that training left out. The other half is for `python -m benchmarks guard_quality`.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from seawall.core.exchange import Stage
from seawall.guard.model.classifier import MOST_PARTS, MOST_WINDOWS
from seawall.guard.model.cuts import CHUNK
from seawall.guard.model.frame import inside
from seawall.guard.model.linear import Linear
from seawall.guard.model.means import Means
from seawall.guard.model.opinion import Heads
from seawall.guard.model.scout import Scout
from seawall.guard.model.transformer import Reader, Shown, Transformer
from training.agent_results import CALIBRATED
from training.choose import choose, is_made
from training.paste import pasted, quoted
from training.rows import STRAY, Row, load, of_agents, own
from training.surround import surrounded

WEIGHTS = Path(__file__).parent.parent / "src/seawall/guard/model/weights"
# Shares of harmless rows that may reach the operating point.
OF_PUBLIC = 0.0135
OF_HARD = {"attack_input": 0.024, "attack_untrusted": 0.028, "harm": 0.024}
# Share of attacks that a quick opinion may call clear.
LOST = 0.008
# How much lower (log-odds) a quick opinion must be than that of any attack met here. Orders planted
# in long texts are what quick opinions miss most.
MARGIN = {"attack_input": 0.0, "attack_untrusted": 0.0, "harm": 0.65}
# How much lower than that of an attack the scout's opinion of a text must be to end the matter.
GLANCE = {"attack_input": 0.0, "attack_untrusted": 0.0, "harm": 1.25}
# A quick opinion is sure of an attack only this far above all harmless rows; the scout's only in
# what the user wrote himself: elsewhere the transformer says what it is, and where.
NEVER, ABOVE_ALL = 99.0, 0.5
# Weights whose mean AUC is so near the best one's count as good: of .0005 to .008 what serves all
# three heads best on groups of these rows that the weights were not chosen on.
NEAR = 0.002
# The linear model and the scout are asked first, then the transformer half way; the last step hears
# its end, and the nearest known messages (of an outsider's text: the mean vectors).
EARLY = (2, 3)


# Nothing is fitted on these: what `guard_quality` says of them is for strangers.
UNTOUCHED = frozenset(
    f"own_validation_{name}" for name in ("classic", "deeds", "kinds", "open", "short", "wide")
)
# Rows to calibrate on that stand among other words (training/surround.py), that are pasted into a
# user's message or are a user's attacks in documents (training/paste.py).
AMONG, PASTED, QUOTED = 700, 600, 150


def for_calibration(row: Row) -> bool:
    """Return whether a validation row belongs to the half that may be looked at here."""
    if row.source in UNTOUCHED:
        return False
    return hashlib.sha256(row.text.encode()).digest()[0] % 2 == 0


def hard_rows() -> list[Row]:
    """Return the validation rows that may be looked at here, some in other places, and tools' results."""
    ours = [row for row in own(validation=True) if for_calibration(row)]
    moved = [row for row in ours if row.source not in STRAY]
    ours += [*surrounded(moved, moved, AMONG), *pasted(moved, PASTED), *quoted(moved, QUOTED)]
    return [*ours, *of_agents(CALIBRATED)]


def kept_back(row: Row) -> bool:
    """Return whether a public row that training leaves out is for calibration alone."""
    return bool(hashlib.sha256(row.text.encode()).digest()[1] % 2)


def unused(folder: Path, most: int) -> list[Row]:
    """Return harmless public rows that training left out and nothing was mined from."""
    rows = load(folder)
    taken = {row.text for row in choose(rows)}
    left = [
        row
        for row in rows
        if row.label == "benign" and row.text not in taken and not is_made(row) and kept_back(row)
    ]
    random.Random(2).shuffle(left)
    return left[:most]


class Models:
    """What the product runs, asked without the cascade's short cuts."""

    def __init__(self, folder: Path) -> None:
        self.linear, self.reader = Linear.load(folder / "linear.npz"), Reader.load(folder)
        self.scout, self.transformer = Scout.load(folder), Transformer.load(folder)
        self.means = Means.load(folder)

    def opinions(self, row: Row) -> np.ndarray:
        """Return (windows, 2 heads, 5): attack and harm by the linear model, the scout, the
        transformer half way and at its end, and the nearest known messages; of an outsider's text
        its mean vectors instead.
        """
        outside = row.stage != "input"
        text = row.text if outside else row.text[slice(*inside(row.text))]
        first = self.linear.scores(text, untrusted=outside)
        found = []
        for chunk in first.ranked[:MOST_WINDOWS]:
            for shown in self._windows(text, chunk.place, Stage(row.stage)):
                each = self.heads(shown, outside=outside)
                found.append([
                    [chunk.attack, *(max(heads[:2]) for heads in each)],
                    [chunk.harm, *(heads[2] for heads in each)],
                ])  # fmt: skip
        return np.array(found)

    def heads(self, shown: Shown, *, outside: bool) -> tuple[Heads, ...]:
        """Return what the scout, both halves of the transformer, and last the nearest known
        messages or, of an outsider's text, the mean vectors say of one window.
        """
        window, middle = self.transformer.half_way(shown)
        end, mean = self.transformer.end(shown, middle)
        last = self.means.orders(middle, mean) if outside else self.transformer.nearest(mean)
        return self.scout.heads(shown), window.heads, end.heads, last

    def _windows(self, text: str, place: tuple[int, int], stage: Stage) -> Iterator[Shown]:
        """Yield the windows that hold a chunk's words, as the classifier reads them."""
        at, end = place
        for _ in range(MOST_PARTS):
            shown = self.reader.shown(text, (at, end), stage)
            yield shown
            if not shown.rest:
                return
            at = shown.rest


def _highest(opinions: list[np.ndarray], head: int, weights: np.ndarray) -> np.ndarray:
    """Return each row's highest weighted sum over its chunks."""
    return np.array([(one[:, head] @ weights).max() for one in opinions])


def _best(
    x: list[np.ndarray], head: int, spread: np.ndarray, y: np.ndarray, known: np.ndarray, used: int
) -> np.ndarray:
    """Return the weights of the first `used` models, in fifths, that separate best.

    Judged on all rows and on the hard ones alike. Which of the best is the very best is chance: the
    mean of those within NEAR of it is taken.
    """
    found: list[tuple[float, tuple[int, ...]]] = []
    for shares in product(range(6), repeat=used):
        if sum(shares) == 5:
            weights = np.array([*shares, *[0] * (len(spread) - used)]) * 0.8 / spread
            score = _highest(x, head, weights)
            quality = roc_auc_score(y, score) + roc_auc_score(y[known], score[known])
            found.append((float(quality) / 2, shares))
    best = max(found)[0]
    shares = np.mean([shares for quality, shares in found if quality >= best - NEAR], axis=0)
    print(f"  weights in fifths {shares.round(2)}, mean AUC {best:.4f}")
    return np.array([*shares, *[0] * (len(spread) - used)]) * 0.8 / spread


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
    weights = _best(x, head, spread, y, known, len(spread))
    every = _highest(x, head, weights)
    cut = max(
        float(np.quantile(every[~y & ~known], 1 - OF_PUBLIC)),
        float(np.quantile(every[~y & known], 1 - OF_HARD[name])),
    )
    every -= cut
    caught = y & known & (every > 0)
    steps, sums = [], []
    for used in EARLY:
        some = _best(x, head, spread, y, known, used)
        early = _highest(x, head, some)
        slope, base = np.polyfit(early, every, 1)
        early = slope * early + base
        clear = min(float(np.quantile(early[caught], LOST)) - MARGIN[name], -0.5)
        sure = float(early[~y].max()) + ABOVE_ALL
        if used == 2 and name != "attack_input":
            sure = NEVER
        steps.append({"weights": [*(slope * some[:used]), base], "clear": clear, "sure": sure})
        sums.append(early)
    # In what a user wrote the scout may end the matter where all together would find nothing.
    clear_of = y & known if name == "attack_untrusted" else caught
    skip = float(np.quantile(each[y & known][:, 0], LOST)) - MARGIN[name] / 2
    glance = float(np.quantile(each[clear_of][:, 1], LOST / 2)) - GLANCE[name]
    lines = [np.polyfit(each[:, model], every, 1).tolist() for model in (1, 0)]
    short = np.array([len(rows[i].text) <= CHUNK for i in use])
    further = np.where(short, each[:, 1] >= glance, each[:, 0] >= skip)
    halfway = further & (sums[0] > steps[0]["clear"]) & (sums[0] < steps[0]["sure"])
    whole = halfway & (sums[1] > steps[1]["clear"]) & (sums[1] < steps[1]["sure"])
    names = ("linear", "scout", "half way", "end", "nearest or means")
    aucs = [f"{n} {roc_auc_score(y, each[:, i]):.4f}" for i, n in enumerate(names)]
    print(
        f"{name}: n+ {y.sum()} n- {(~y).sum()} AUC {', '.join(aucs)}, with the scout "
        f"{roc_auc_score(y, sums[0]):.4f}, half way {roc_auc_score(y, sums[1]):.4f}, all "
        f"{roc_auc_score(y, every):.4f}; hard rows {roc_auc_score(y[known], every[known]):.4f} "
        f"caught {(every[y] > 0).mean():.3f} hard flagged {(every[~y & known] > 0).mean():.3f} "
        f"public {(every[~y & ~known] > 0).mean():.4f}"
    )
    for what, asked in (("both quick ones", further), ("half way", halfway), ("end", whole)):
        print(
            f"  {what} asked: public {asked[~y & ~known].mean():.3f} "
            f"hard {asked[~y & known].mean():.3f} attacks {asked[y & known].mean():.3f}"
        )
    last = {"weights": [*weights, -cut], "clear": 0.0, "sure": 0.0}
    ends = {"glance": glance, "glanced": lines[0], "skip": skip, "skipped": lines[1]}
    return {**ends, "steps": [*steps, last]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--unused", type=int, default=2500, help="harmless public rows to read")
    options = parser.parse_args()
    models = Models(WEIGHTS)
    ours = hard_rows()
    rows = [*ours, *unused(options.data, options.unused)]
    opinions = [models.opinions(row) for row in rows]
    hard = np.array([index < len(ours) for index in range(len(rows))])
    names = ("attack_input", "attack_untrusted", "harm")
    found = {name: fit(name, rows, opinions, hard) for name in names}
    (WEIGHTS / "calibration.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
