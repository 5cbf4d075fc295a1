"""Fit the cascade's weights on held-out scores: python -m training.calibrate --transformer FILE
--linear FILE --out FILE. The operating point is the score that 1 in 100 harmless rows reaches."""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score


def _read(path: str) -> list[dict]:
    with open(path) as lines:
        return [json.loads(line) for line in lines]


def _log_odds(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--transformer", required=True)
    parser.add_argument("--linear", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--false-positives", type=float, default=0.01)
    options = parser.parse_args()
    deep, flat = _read(options.transformer), _read(options.linear)
    weights = {}
    for name in ("attack_input", "attack_untrusted", "harm"):
        pairs = []
        for a, b in zip(deep, flat, strict=True):
            inputs = a["stage"] == "input"
            positive = {"harmful"} if name == "harm" else {"injection", "jailbreak"}
            if inputs == (name == "attack_untrusted"):
                continue
            if a["label"] in positive or a["label"] == "benign":
                transformer = a["scores"][2] if name == "harm" else max(a["scores"][:2])
                linear = b["scores"][1] if name == "harm" else b["scores"][0]
                pairs.append((transformer, linear, a["label"] in positive))
        table = np.array(pairs, dtype=float)
        x = np.column_stack([_log_odds(table[:, 0]), table[:, 1]])
        y = table[:, 2] > 0
        fit = LogisticRegression(C=1.0, class_weight="balanced").fit(x, y)
        raw = fit.decision_function(x)
        cut = float(np.quantile(raw[~y], 1 - options.false_positives))
        skip = float(np.quantile(x[y][:, 1], 0.01))
        alone = float(np.quantile(x[~y][:, 1], 0.5))
        weights[name] = {
            "transformer": float(fit.coef_[0][0]), "linear": float(fit.coef_[0][1]),
            "bias": float(fit.intercept_[0]) - cut, "skip": skip,
        }  # fmt: skip
        print(
            f"{name}: n+ {y.sum()} n- {(~y).sum()} AUC transformer {roc_auc_score(y, x[:, 0]):.4f}"
            f" linear {roc_auc_score(y, x[:, 1]):.4f} both {roc_auc_score(y, raw):.4f}"
            f" recall at the operating point {(raw[y] > cut).mean():.3f}"
            f" skipped harmless {(x[~y][:, 1] < skip).mean():.2f} median {alone:.2f} skip {skip:.2f}"
        )
    options.out.write_text(json.dumps(weights, indent=1) + "\n")


if __name__ == "__main__":
    main()
