"""Train the static model: python -m training.static --data FOLDER --out FOLDER [--without ...].

One for the user's own messages, one for what outsiders wrote, and a small one that tells a jailbreak from
another attack. Calibrated like the other models (training/calibrate.py), as the product runs it.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from seawall.guard.model.static import (
    BITS,
    FILE,
    KIND_BITS,
    NARROW,
    ORDERS,
    WHOLE,
    WIDE,
    Static,
    buckets,
    folded,
)
from training.calibrate import OF_PUBLIC, hard_rows, kept_back, unused
from training.choose import choose, is_made, is_ours
from training.rows import Row, load
from training.varied import varied

HEADS = ("attack_input", "attack_untrusted")
# How much the squares of weights cost, beside a row's mean loss, and how often they are bettered.
COST, ROUNDS = 3e-8, 200
# Weights are whole numbers of so many standard deviations, up to MOST of these.
STEP, MOST = 1.4, 12
# Share of hard harmless rows that may reach the operating point: a little more than of deeper models.
OF_HARD = 0.035
# Of a longer harmless text so many windows are learnt.
MOST_WINDOWS = 3


@dataclass(frozen=True)
class Learnt:
    """Texts, whether each is an attack (1.0, 0.0), and how much it counts."""

    texts: list[str]
    labels: np.ndarray
    counts: np.ndarray


def is_attack(row: Row) -> bool:
    return row.label in ("injection", "jailbreak")


def pieces(row: Row) -> list[str]:
    """Return a row's windows, wide and narrow: some of a harmless one, an attack's neighbourhood.

    None of a longer attack that nobody marked: who knows which window carries it?
    """
    text, size = row.text, len(row.text.encode("utf-8", "replace"))
    wide, narrow = (max(1, width * len(text) // max(1, size)) for width in (WIDE, NARROW))
    whole = [text] if size <= WHOLE else []
    if not is_attack(row):
        windows = whole or [text[at : at + wide] for at in range(0, len(text), wide)]
        parts = [text[at : at + narrow] for at in range(0, len(text), 2 * narrow)]
        return windows[:MOST_WINDOWS] + (parts[1 : 1 + MOST_WINDOWS] if size > 2 * NARROW else [])
    at = text.find(row.span) if row.span else -1
    if at < 0:
        return whole
    starts = ((at - wide // 3, wide), (at - narrow // 8, narrow))
    around = [text[max(0, start) : max(0, start) + width] for start, width in starts]
    return around if size > WHOLE else whole + (around[1:] if size > 2 * NARROW else [])


def matrix(texts: list[str], bits: int) -> csr_matrix:
    """Return how often each bucket is filled, over the root of all, a text a row."""
    found = []
    for text in texts:
        seen = np.concatenate(buckets(folded(text)))
        found.append((seen >> (BITS - bits)).astype(np.int32))
    sizes = np.array([len(one) for one in found])
    # As the product counts: the places, not their runs of each length.
    values = np.repeat(1 / np.sqrt(np.maximum(1, sizes / len(ORDERS))), sizes).astype(np.float32)
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    return csr_matrix((values, np.concatenate(found), bounds), shape=(len(texts), 1 << bits))


def regression(seen: csr_matrix, learnt: Learnt) -> np.ndarray:
    """Return a logistic regression's weights and, last, its bias."""
    share, turned = learnt.counts / learnt.counts.sum(), seen.T.tocsr()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        own, bias = weights[:-1], weights[-1]
        odds = seen @ own.astype(np.float32) + bias
        apart = share * (1 / (1 + np.exp(-odds)) - learnt.labels)
        slope = turned @ apart.astype(np.float32) + 2 * COST * own
        told = share * (np.logaddexp(0, odds) - learnt.labels * odds)
        return float(told.sum() + COST * (own**2).sum()), np.append(slope, apart.sum())

    options = {"maxiter": ROUNDS, "maxcor": 8}
    start = np.zeros(seen.shape[1] + 1)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x


def fit(name: str, learnt: Learnt, bits: int) -> tuple[np.ndarray, float, float]:
    """Return a head's weights (int8), scale and bias."""
    weights = regression(matrix(learnt.texts, bits), learnt)
    # So coarse numbers tell as much, and take a third of the bytes.
    step = STEP * float(weights[:-1].std())
    whole = np.clip(np.round(weights[:-1] / step), -MOST, MOST).astype(np.int8)
    print(f"{name}: {len(learnt.texts)} texts, {int(learnt.labels.sum())} attacks", flush=True)
    return whole, step, float(weights[-1])


def examples(rows: Iterable[Row], head: Callable[[Row], int]) -> Learnt:
    """Return what is to be learnt of rows; `head`: 0, 1, or -1 where a row says nothing."""
    found = [
        (piece, head(row), 1.0 if is_ours(row) else 0.6)
        for row in rows
        if head(row) >= 0
        for piece in pieces(row)
    ]
    texts, labels, counts = zip(*found, strict=True)
    return Learnt(list(texts), np.array(labels, dtype=np.float64), np.array(counts))


def attacks(name: str) -> Callable[[Row], int]:
    def head(row: Row) -> int:
        mine = (row.stage == "input") == (name == "attack_input")
        # Users paste what others wrote: harmless texts are so in their messages, too.
        pasted = name == "attack_input" and row.label == "benign"
        return int(is_attack(row)) if mine or pasted else -1

    return head


def beside(rows: list[Row], learnt: list[Row]) -> list[Row]:
    """Return the harmless public rows that `choose` leaves out, and calibration too."""
    taken = {row.text for row in learnt}
    return [
        row
        for row in rows
        if row.label == "benign"
        and row.text not in taken
        and not is_made(row)
        and not kept_back(row)
    ]


def kind(row: Row) -> int:
    return {"injection": 0, "jailbreak": 1}.get(row.label, -1)


def calibrated(static: Static, name: str, rows: list[Row], hard: np.ndarray) -> list[float]:
    """Return by how much a head's log-odds are to be multiplied, what is added then, and what for
    narrow windows.
    """
    use = np.array(
        [
            (row.stage == "input") == (name == "attack_input") and row.label != "harmful"
            for row in rows
        ]
    )
    mine = [row for row, wanted in zip(rows, use, strict=True) if wanted]
    known, labels = hard[use], np.array([int(is_attack(row)) for row in mine])
    each, clean = np.array([static.odds(row.text, name) for row in mine]), labels == 0

    def cut_of(odds: np.ndarray) -> float:
        public, ours = odds[clean & ~known], odds[clean & known]
        return max(float(np.quantile(public, 1 - OF_PUBLIC)), float(np.quantile(ours, 1 - OF_HARD)))

    def caught(near: float) -> float:
        odds = np.maximum(each[:, 0], each[:, 1] + near)
        return float((odds[labels == 1] > cut_of(odds)).mean())

    near = max(np.arange(-8.0, 0.25, 0.25), key=caught)
    odds = np.maximum(each[:, 0], each[:, 1] + near)
    cut = cut_of(odds)

    def loss(line: np.ndarray) -> float:
        told = line[0] * odds + line[1]
        return float((np.logaddexp(0, told) - labels * told).mean())

    slope = float(minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x[0])
    flagged = (odds[clean & known] > cut).mean(), (odds[clean & ~known] > cut).mean()
    print(
        f"{name}: narrow {near} (alone {caught(-99.0):.3f}) slope {slope:.3f} cut {cut:.3f} caught "
        f"{caught(near):.3f}, hard flagged {flagged[0]:.3f}, public {flagged[1]:.4f}"
    )
    return [slope, -slope * cut, slope * near]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", default="")
    options = parser.parse_args()
    held = set(filter(None, options.without.split(",")))
    every = [row for row in load(options.data) if row.source not in held]
    chosen = choose(every)
    # Attacks among other words are left out: with them it caught less.
    more = [row for row in varied(filter(is_ours, chosen)) if row.label == "benign"]
    rows = [*chosen, *more, *beside(every, chosen)]
    packed: dict[str, np.ndarray] = {}
    for name, head, bits in (
        *((one, attacks(one), BITS) for one in HEADS),
        ("kind", kind, KIND_BITS),
    ):
        weights, scale, bias = fit(name, examples(rows, head), bits)
        packed |= {name: weights, f"{name}_scale": np.array([scale, bias, 0.0])}
    static = Static(packed)
    ours = hard_rows()
    checked = [*ours, *unused(options.data, 2500)]
    hard = np.arange(len(checked)) < len(ours)
    for name in HEADS:
        slope, base, near = calibrated(static, name, checked, hard)
        scale, bias, _ = packed[f"{name}_scale"]
        packed[f"{name}_scale"] = np.array([scale * slope, bias * slope + base, near])
    options.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out / FILE, **packed)


if __name__ == "__main__":
    main()
