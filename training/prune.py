"""Make the feed-forwards narrower: python -m training.prune --data FOLDER --run RUN --keep N --out RUN.

Layer by layer the neurons go whose loss can best be made up for by the others, and the others' outgoing
weights are solved anew so that the vectors after the layer stay what they were (Frantar & Alistarh
2022, "Optimal Brain Compression"). `python -m training.distil` then teaches the narrower model.
"""

import argparse
import copy
import random
from pathlib import Path
from typing import cast

import torch
from torch import nn
from torch.nn import functional as F

from seawall.guard.model.transformer import CATEGORIES
from training.choose import choose
from training.encoder import Encoder, Layer, load_trained
from training.rows import load
from training.train import Example, collate, reader_of

# Of so many texts the activations are taken; so many neurons go at once; damping of the solution.
_TEXTS, _AT_ONCE, _DAMPING = 1500, 64, 1e-4
Batch = tuple[torch.Tensor, torch.Tensor]


class _Sums:
    """What a least-squares fit needs of (inputs, wanted outputs), with a bias: sums of products."""

    def __init__(self, inner: int, width: int) -> None:
        self.inputs = torch.zeros(inner + 1, inner + 1, dtype=torch.float64)
        self.wanted = torch.zeros(inner + 1, width, dtype=torch.float64)

    def add(self, given: torch.Tensor, wanted: torch.Tensor) -> None:
        """Count rows of inputs (rows, inner) and outputs (rows, width)."""
        full = torch.cat([given, torch.ones(len(given), 1)], 1).double()
        self.inputs += full.T @ full
        self.wanted += full.T @ wanted.double()

    def inverse(self, kept: list[int], damping: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the inverse for the kept inputs and the bias, and the best weights."""
        index = torch.tensor([*kept, len(self.inputs) - 1])
        damped = self.inputs[index][:, index] + damping * torch.eye(len(index), dtype=torch.float64)
        inverse = torch.linalg.inv(damped)
        return inverse, inverse @ self.wanted[index]


def chosen(sums: _Sums, keep: int) -> tuple[list[int], torch.Tensor]:
    """Return the neurons to keep, and the weights (keep + 1, width) that then fit best.

    What losing a neuron costs is |its weights|² over its place in the inverse's diagonal.
    """
    kept = list(range(len(sums.inputs) - 1))
    damping = _DAMPING * float(sums.inputs.diagonal()[:-1].mean())
    inverse, weights = sums.inverse(kept, damping)
    while len(kept) > keep:
        costs = (weights[:-1] ** 2).sum(1) / inverse.diagonal()[:-1]
        gone = set(costs.argsort()[: min(_AT_ONCE, len(kept) - keep)].tolist())
        kept = [one for place, one in enumerate(kept) if place not in gone]
        inverse, weights = sums.inverse(kept, damping)
    return kept, weights


def _attended(layer: Layer, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return what goes into a layer's feed-forward."""
    bias = (1.0 - mask.float())[:, None, None, :] * -1e4
    return cast(torch.Tensor, layer.norm1(x + layer.out(layer.mixed(x, bias))))


def _narrowed(layer: Layer, kept: list[int], weights: torch.Tensor) -> None:
    index = torch.tensor(kept)
    up, down = (
        nn.Linear(layer.up.in_features, len(kept)),
        nn.Linear(len(kept), layer.up.in_features),
    )
    up.weight.copy_(layer.up.weight[index])
    up.bias.copy_(layer.up.bias[index])
    down.weight.copy_(weights[:-1].T.float())
    down.bias.copy_(weights[-1].float())
    layer.up, layer.down = up, down


@torch.no_grad()
def prune(teacher: Encoder, batches: list[Batch], keep: int) -> Encoder:
    """Return a copy with `keep` neurons in each feed-forward; prints each layer's relative error."""
    student = copy.deepcopy(teacher).eval()
    seen = [mask.bool() for _, mask in batches]
    wanted = [teacher.embed(ids) for ids, _ in batches]
    given = [one.clone() for one in wanted]
    for number, (old, new) in enumerate(zip(teacher.layers, student.layers, strict=True)):
        sums, entered = _Sums(new.up.out_features, new.up.in_features), []
        for at, (_, mask) in enumerate(batches):
            before = _attended(old, wanted[at], mask)
            after = before + old.down(F.gelu(old.up(before)))
            wanted[at] = old.norm2(after)
            entered.append(_attended(new, given[at], mask))
            sums.add(F.gelu(new.up(entered[at]))[seen[at]], (after - entered[at])[seen[at]])
        _narrowed(new, *chosen(sums, keep))
        missed = total = 0.0
        for at, rows in enumerate(seen):
            given[at] = new.norm2(entered[at] + new.down(F.gelu(new.up(entered[at]))))
            missed += float(((given[at] - wanted[at])[rows] ** 2).sum())
            total += float((wanted[at][rows] ** 2).sum())
        print(f"layer {number}: {missed / total:.3f} of the vectors' energy lost", flush=True)
    return student


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--keep", type=int, default=768)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    random.seed(9)
    reader = reader_of()
    rows = choose(load(options.data))
    random.shuffle(rows)
    examples = sorted((Example(row, reader) for row in rows[:_TEXTS]), key=lambda e: len(e.ids))
    batches = [collate(examples[at : at + 30])[:2] for at in range(0, len(examples), 30)]
    teacher = load_trained(options.run / "model.pt", len(CATEGORIES)).eval()
    student = prune(teacher, cast(list[Batch], batches), options.keep)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(student.state_dict(), options.out / "model.pt")


if __name__ == "__main__":
    main()
