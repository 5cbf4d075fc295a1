"""Write which rows of training are nearest: python -m training.nearest --data FOLDER --out WEIGHTS.

The exported halves in WEIGHTS say what each row looks like, as they do in the product.

What a user's message looks like at the transformer's end is compared with messages of each label: the
log-odds are those of two kernel densities, taken over the K nearest (Cover & Hart 1967; Parzen 1962).
Vectors are centred, turned to their WIDTH main directions, the strong ones weakened, and rounded to int8.
"""

import argparse
import random
import tempfile
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn
from torch.nn import functional as F

from seawall.guard.model.embeddings import Embeddings
from seawall.guard.model.session import session
from seawall.guard.model.transformer import HEADS, Shown, Transformer
from training.agent_requests import requests
from training.choose import choose, is_ours
from training.rows import INPUT, Row, load
from training.train import Example, reader_of

WIDTH, NEAR, TEMPERATURE, WEAKENED = 96, 8, 0.1, 0.25
# Composed rows say much the same: of them, and of the public ones, a part will do.
_MOST, _LONGEST = 48_000, 1000
LABELS = ("benign", "injection", "jailbreak", "harmful")


def candidates(folder: Path) -> list[Row]:
    """Return at most _MOST users' messages, each once: those written one by one first."""
    learnt = [*choose(load(folder)), *requests()]
    rows = [r for r in learnt if r.stage == INPUT and len(r.text) <= _LONGEST]
    rng = random.Random(6)
    rng.shuffle(rows)
    rows.sort(key=lambda row: 0 if is_ours(row) and row.source != "own_deeds" else 1)
    return rows[:_MOST]


def vectors(weights: Path, rows: list[Row]) -> np.ndarray:
    """Return the mean of each row's vectors at the end, shape (rows, width)."""
    # Nothing is compared yet: the third session only stands in for what this module writes.
    reader, names = reader_of(), ("lower", "upper", "lower")
    halves = Transformer(
        Embeddings.load(weights / "embeddings.npz"),
        *(session(weights / f"{name}.onnx") for name in names),
    )
    found: list[np.ndarray] = []
    for number, row in enumerate(rows):
        shown = Shown(tuple(Example(row, reader).ids), find=tuple)
        _, middle = halves.half_way(shown)
        found.append(halves.end(shown, middle)[1][0])
        if number % 6400 == 0:
            print(f"vectors {number}/{len(rows)}", flush=True)
    return np.stack(found)


class Nearest(nn.Module):
    """A message's mean vector (1, width) -> log-odds of each head (1, heads)."""

    def __init__(self, given: np.ndarray, labels: list[str]) -> None:
        super().__init__()
        middle = given.mean(axis=0)
        strengths, directions = np.linalg.eigh(np.cov((given - middle).T))
        strengths, directions = strengths[::-1][:WIDTH], directions[:, ::-1][:, :WIDTH]
        basis = (directions * strengths**-WEAKENED).astype(np.float32)
        self.register_buffer("middle", torch.tensor(middle))
        self.register_buffer("basis", torch.tensor(basis))
        order = [i for label in LABELS for i, one in enumerate(labels) if one == label]
        self.counts = [labels.count(label) for label in LABELS]
        known = self._turned(torch.tensor(given[order]))
        self.rows = nn.Linear(WIDTH, len(order), bias=False)
        self.rows.weight.data = known

    def _turned(self, given: torch.Tensor) -> torch.Tensor:
        return F.normalize((given - self.middle) @ self.basis, dim=-1)

    def forward(self, vector: torch.Tensor) -> torch.Tensor:
        near = self.rows(self._turned(vector)).split(self.counts, dim=-1)
        dense = [
            torch.logsumexp(one.topk(NEAR, dim=-1).values / TEMPERATURE, dim=-1) for one in near
        ]
        return torch.stack([one - dense[0] for one in dense[1:]], dim=-1)


def write(model: Nearest, plain: Path, path: Path) -> None:
    """Write the comparison as ONNX; only the rows are int8."""
    torch.onnx.export(
        model.eval(),
        (torch.randn(1, len(model.middle)),),
        plain,
        input_names=["vector"],
        output_names=["heads"],
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(
        plain,
        path,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_quantize=["/rows/MatMul"],
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    random.seed(1)
    assert len(HEADS) == len(LABELS) - 1
    rows = candidates(options.data)
    near = Nearest(vectors(options.out, rows), [row.label for row in rows])
    with tempfile.TemporaryDirectory() as folder:
        write(near, Path(folder) / "plain.onnx", options.out / "nearest.onnx")
    print(
        dict(zip(LABELS, near.counts, strict=True)), (options.out / "nearest.onnx").stat().st_size
    )


if __name__ == "__main__":
    main()
