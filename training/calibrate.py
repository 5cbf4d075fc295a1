"""Fit the cascade on rows that were not trained on: python -m training.calibrate --data FOLDER.

Uses the exported models as the product runs them, on half of training/data/validation.jsonl and on
harmless public rows that training left out. The other half is for `python -m benchmarks guard_quality`.
"""

import argparse
import hashlib
import json
import random
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from seawall.core.exchange import Stage
from seawall.guard.model.classifier import chosen_ranges
from seawall.guard.model.linear import Linear
from seawall.guard.model.transformer import Transformer
from training.choose import choose, is_made
from training.rows import Row, load, own

WEIGHTS = Path(__file__).parent.parent / "src/seawall/guard/model/weights"
# Shares of harmless rows that may reach the operating point.
OF_PUBLIC, OF_HARD = 0.01, {"attack_input": 0.045, "attack_untrusted": 0.08, "harm": 0.045}
_UNUSED = 2500
# Share of attacks that the linear model alone may call clear.
LOST = 0.02


def for_calibration(row: Row) -> bool:
    """Return whether a validation row belongs to the half that may be looked at here."""
    return hashlib.sha256(row.text.encode()).digest()[0] % 2 == 0


def unused(folder: Path) -> list[Row]:
    """Return harmless public rows that training left out, in a fixed order."""
    rows = load(folder)
    taken = {row.text for row in choose(rows)}
    left = [
        row for row in rows if row.label == "benign" and row.text not in taken and not is_made(row)
    ]
    random.Random(2).shuffle(left)
    return left[:_UNUSED]


def log_odds(row: Row, linear: Linear, deep: Transformer) -> tuple[float, float, float, float]:
    """Return (attack by transformer, harm by it, attack by the linear model, harm by that)."""
    stage = Stage(row.stage)
    first = linear.scores(row.text, untrusted=row.stage != "input")
    windows = deep.read(row.text, chosen_ranges(first, len(row.text)), stage)
    attack = max(max(w.heads[0], w.heads[1]) for w in windows)
    return attack, max(w.heads[2] for w in windows), first.attack, first.harm


def fit(name: str, rows: list[Row], scores: np.ndarray, hard: np.ndarray) -> dict[str, float]:
    """Return one head's weights."""
    positive = {"harmful"} if name == "harm" else {"injection", "jailbreak"}
    columns = [1, 3] if name == "harm" else [0, 2]
    use = np.array([
        (r.stage == "input") != (name == "attack_untrusted")
        and (r.label in positive or r.label == "benign") for r in rows
    ])  # fmt: skip
    x, known = scores[use][:, columns], hard[use]
    y = np.array([r.label in positive for r in rows])[use]
    # Equal say, each by its own spread on hard rows: too few rows to fit more than that.
    spread = x[known].std(axis=0)
    weights = 2.0 / spread
    raw = x @ weights
    cut = max(
        float(np.quantile(raw[~y & ~known], 1 - OF_PUBLIC)),
        float(np.quantile(raw[~y & known], 1 - OF_HARD[name])),
    )
    skip = float(np.quantile(x[y & known][:, 1], LOST))
    print(
        f"{name}: cuts {np.quantile(raw[~y & ~known], 1 - OF_PUBLIC):.2f} "
        f"{np.quantile(raw[~y & known], 1 - OF_HARD[name]):.2f} n+ {y.sum()} n- {(~y).sum()} AUC transformer {roc_auc_score(y, x[:, 0]):.4f} "
        f"linear {roc_auc_score(y, x[:, 1]):.4f} both {roc_auc_score(y, raw):.4f} "
        f"caught {(raw[y] > cut).mean():.3f} hard flagged {(raw[~y & known] > cut).mean():.3f} "
        f"public flagged {(raw[~y & ~known] > cut).mean():.4f} "
        f"not asked {(x[~y][:, 1] < skip).mean():.2f} attacks lost {(x[y][:, 1] < skip).mean():.3f}"
    )
    return {"transformer": float(weights[0]), "linear": float(weights[1]), "bias": -cut,
            "skip": skip}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    linear, deep = Linear.load(WEIGHTS / "linear.npz"), Transformer.load(WEIGHTS)
    ours = [row for row in own(validation=True) if for_calibration(row)]
    rows = [*ours, *unused(options.data)]
    scores = np.array([log_odds(row, linear, deep) for row in rows])
    hard = np.array([index < len(ours) for index in range(len(rows))])
    names = ("attack_input", "attack_untrusted", "harm")
    found = {name: fit(name, rows, scores, hard) for name in names}
    (WEIGHTS / "calibration.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
