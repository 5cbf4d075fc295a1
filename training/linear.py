"""Train the linear models: python -m training.linear --data FOLDER --out FOLDER [--without ...].

One for the user's own messages, one for what outsiders wrote, one for harmful requests.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from seawall.guard.model.cuts import CHUNK, chunks
from seawall.guard.model.features import BITS
from seawall.guard.model.linear import Linear, seen_in
from training.choose import choose, is_ours
from training.rows import Row, load, own
from training.varied import varied

MODELS = ("attack_input", "attack_untrusted", "harm")


def pieces(row: Row) -> list[str]:
    """Return the texts of one row: its attack's neighbourhood, or chunks of harmless text."""
    if len(row.text) <= CHUNK:
        return [row.text]
    if row.label == "benign":
        return [row.text[a:b] for a, b in chunks(row.text)][:3]
    at = row.text.find(row.span) if row.span else -1
    if at >= 0:
        start = max(0, at - CHUNK // 3)
        return [row.text[start : start + CHUNK]]
    return [row.text[: 2 * CHUNK]]


def matrix(texts: list[str]) -> csr_matrix:
    """Return binary features with rows of length one."""
    found = [seen_in(text) for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(f) for f in found])])
    values = np.concatenate([np.full(len(f), 1 / np.sqrt(max(1, len(f)))) for f in found])
    return csr_matrix((values, np.concatenate(found), starts), shape=(len(texts), 1 << BITS))


def wanted(row: Row, model: str) -> int:
    """Return 1, 0, or -1 where a row says nothing to a model."""
    inputs = row.stage == "input"
    if model == "harm":
        return {"harmful": 1, "benign": 0}.get(row.label, -1) if inputs else -1
    if inputs != (model == "attack_input"):
        return -1
    return int(row.label in ("injection", "jailbreak"))


def fit(rows: list[Row], model: str) -> tuple[np.ndarray, float]:
    """Return weights and bias."""
    texts, labels, weights = [], [], []
    for row in rows:
        label = wanted(row, model)
        if label >= 0:
            for piece in pieces(row):
                texts.append(piece)
                labels.append(label)
                weights.append(1.0 if is_ours(row) else 0.6)
    regression = LogisticRegression(C=120.0, solver="liblinear", max_iter=60)
    regression.fit(matrix(texts), labels, sample_weight=weights)
    print(model, len(texts), sum(labels), flush=True)
    return regression.coef_[0].astype(np.float32), float(regression.intercept_[0])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", default="")
    options = parser.parse_args()
    held = set(filter(None, options.without.split(",")))
    rows = load(options.data)
    learn = choose([row for row in rows if row.source not in held])
    learn += varied(filter(is_ours, learn))
    packed: dict[str, np.ndarray] = {}
    for model in MODELS:
        weights, bias = fit(learn, model)
        scale = float(np.abs(weights).max()) / 127
        packed[model] = np.round(weights / scale).astype(np.int8)
        packed[f"{model}_scale"] = np.array([scale, bias], dtype=np.float32)
    options.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out / "linear.npz", **packed)
    linear = Linear.load(options.out / "linear.npz")
    held_out = [row for row in rows if row.source in held]
    write_scores(linear, held_out, options.out / "linear_held_out.jsonl")
    write_scores(linear, list(own(validation=True)), options.out / "linear_validation.jsonl")


def write_scores(linear: Linear, rows: list[Row], path: Path) -> None:
    """Write a line of log-odds a row."""
    with path.open("w") as lines:
        for row in rows:
            scores = linear.scores(row.text, untrusted=row.stage != "input")
            line = {"source": row.source, "label": row.label, "stage": row.stage,
                    "kind": row.kind, "scores": [scores.attack, scores.harm]}  # fmt: skip
            lines.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
