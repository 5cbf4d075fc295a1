"""Train the scout, a small model taught by the large one: python -m training.scout --data FOLDER
--teacher RUN --out FOLDER; then by all models together: --cascade WEIGHTS --start RUN/model.pt.

It reads every text first, at a thirtieth of the cost of half the large model.
"""

import argparse
import hashlib
import math
import random
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from seawall.guard.model.transformer import CATEGORIES, HEADS, Reader
from training.cascade import Cascade
from training.choose import choose, is_made, is_ours
from training.encoder import Encoder, load_trained
from training.narrow import Narrow, fresh, load_narrow
from training.parts import parts_of
from training.rows import Row, load
from training.told import unlabelled
from training.train import Example, batches, collate, reader_of, update
from training.varied import varied

# How much the teacher's opinion counts beside the rows' own labels.
TAUGHT = 0.75
# What the teacher is taken to say (log-odds) where it contradicts a label.
SURE = 3.0
# So many texts are made of new rows.
_MADE = 8000
# How much the distance from the teacher's log-odds counts, and up to which log-odds: probabilities
# alone tell little among texts that are all plainly harmless, and there the scout has to be right.
APART, FURTHEST = 0.1, 8.0


def rows_for(rows: list[Row], most_beside: int) -> list[Row]:
    """Return the rows that the large model learnt from, and ordinary public ones beside them."""
    learnt = choose(rows)
    taken = {row.text for row in learnt}
    beside = [r for r in rows if r.label == "benign" and r.text not in taken and not is_made(r)]
    random.Random(3).shuffle(beside)
    return [*learnt, *varied(filter(is_ours, learnt)), *beside[:most_beside]]


def newer(rows: list[Row], reader: Reader) -> list[Example]:
    """Return new rows, and texts made of them that only the teacher labels, as of all others."""
    examples = [Example(row, reader) for row in [*rows, *varied(rows)]]
    made = unlabelled(rows) if rows else []
    some = random.Random(5).sample(made, min(len(made), _MADE))
    return [*examples, *without_labels(some, reader)]


def examples_of(rows: list[Row], reader: Reader, most: int) -> list[Example]:
    """Return the rows, and parts of longer ones; where a part's label is unknown, without it."""
    found = [Example(row, reader) for row in rows]
    for row, known in parts_of(rows, most):
        found += [Example(row, reader)] if known else without_labels([row], reader)
    return found


def without_labels(rows: Iterable[Row], reader: Reader) -> list[Example]:
    """Return rows of which only the teacher says what they are."""
    found = [Example(row, reader) for row in rows]
    for example in found:
        example.targets = [-1.0] * len(HEADS)
    return found


def _name(example: Example) -> bytes:
    row = example.row
    return hashlib.sha256(f"{row.stage}\n{row.text}".encode("utf-8", "replace")).digest()[:16]


def told_before(examples: list[Example], kept: Path) -> list[Example]:
    """Return the examples whose opinions stand in `kept`."""
    with np.load(kept) as file:
        names = {name.tobytes() for name in file["names"]}
    return [example for example in examples if _name(example) in names]


def told(
    ask: Callable[[list[Example]], torch.Tensor], examples: list[Example], kept: Path
) -> torch.Tensor:
    """Return the teacher's log-odds of each head (rows, heads).

    What it said before is in `kept` and is not asked again.
    """
    known: dict[bytes, np.ndarray] = {}
    if kept.exists():
        with np.load(kept) as arrays:
            known = {bytes(n): v for n, v in zip(arrays["names"], arrays["told"], strict=True)}
    names = [_name(example) for example in examples]
    new = {n: e for n, e in zip(names, examples, strict=True) if n not in known}
    known.update(zip(new, ask(list(new.values())).numpy(), strict=True))
    as_bytes = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, 16)
    np.savez(kept, names=as_bytes, told=np.stack(list(known.values())))
    found = np.stack([known[name] for name in names])
    return torch.from_numpy(found)


@torch.no_grad()
def _asked(teacher: Encoder, examples: list[Example]) -> torch.Tensor:
    teacher.eval()
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    found, begun = torch.zeros(len(examples), len(HEADS)), time.time()
    for at in range(0, len(order), 32):
        chosen = order[at : at + 32]
        ids, mask, *_ = collate([examples[i] for i in chosen])
        found[chosen] = teacher(ids, mask)[1][0]
        if at % 3200 == 0:
            print(f"teacher {at}/{len(order)} {time.time() - begun:.0f} s", flush=True)
    return found


def _wrong(wanted: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return where the teacher contradicts a row's own label."""
    return (labels >= 0) & ((wanted > 0) != (labels > 0.5))


def loss_of(model: Narrow, batch: list[Example], wanted: torch.Tensor) -> torch.Tensor:
    """Return how far the scout is from the labels, and from what its teacher says."""
    ids, mask, _, labels, *_ = collate(batch)
    said = model(ids, mask)
    known = (labels >= 0).float()
    wanted = torch.where(_wrong(wanted, labels), (2 * labels - 1) * SURE, wanted)
    raw = F.binary_cross_entropy_with_logits(said, labels.clamp(0.02, 0.98), reduction="none")
    plain = (raw * known).sum(1) / known.sum(1).clamp(min=1)
    soft = torch.sigmoid(wanted)
    taught = F.binary_cross_entropy_with_logits(said, soft, reduction="none").mean(1)
    near = wanted.clamp(-FURTHEST, FURTHEST)
    apart = F.smooth_l1_loss(said.clamp(-FURTHEST, FURTHEST), near, reduction="none").mean(1)
    return (TAUGHT * taught + APART * apart + (1 - TAUGHT) * plain).mean()


def train(
    model: Narrow, examples: list[Example], wanted: torch.Tensor, epochs: int, peak: float
) -> None:
    """Train the whole scout; prints the loss as it goes."""
    rng, place = random.Random(1), {id(e): i for i, e in enumerate(examples)}
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=0.01)
    plan = [batch for _ in range(epochs) for batch in batches(examples, 6144, rng)]
    begun, mean = time.time(), 1.0
    model.train()
    for step, batch in enumerate(plan):
        warm = min(1.0, step / (0.05 * len(plan)))
        for group in optimizer.param_groups:
            group["lr"] = peak * warm * 0.5 * (1 + math.cos(math.pi * step / len(plan)))
        found = loss_of(model, batch, wanted[[place[id(e)] for e in batch]])
        update(model, optimizer, found)
        mean = 0.99 * mean + 0.01 * found.item()
        if step % 200 == 0:
            left = (time.time() - begun) / (step + 1) * (len(plan) - step)
            print(f"step {step}/{len(plan)} loss {mean:.4f} {left / 60:.1f} min left", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True, help="the large model's folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--beside", type=int, default=8000, help="ordinary rows beside the learnt")
    parser.add_argument("--parts", type=int, default=8000, help="parts of longer rows beside them")
    parser.add_argument("--cascade", type=Path, help="exported models that teach it together")
    parser.add_argument("--start", type=Path, help="a scout's model.pt to go on from")
    parser.add_argument("--new", default="", help="files of training/data to learn twice as often")
    parser.add_argument(
        "--told", action="store_true", help="old texts: only those told of in --out"
    )
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-3)
    options = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(2)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    reader = reader_of()
    new = {f"own_{name}" for name in options.new.split(",")}
    rows = load(options.data)
    known = [row for row in rows if row.source not in new]
    examples = examples_of(rows_for(known, options.beside), reader, options.parts)
    examples += without_labels(unlabelled(known), reader)
    kept = out / ("told_by_all.npz" if options.cascade else "told.npz")
    if options.told:
        examples = told_before(examples, kept)
    examples += newer([row for row in rows if row.source in new], reader) * 2
    print(f"{len(examples)} rows, {sum(len(e.ids) for e in examples)} tokens", flush=True)
    teacher = load_trained(options.teacher / "model.pt", len(CATEGORIES))
    ask = Cascade(options.cascade).asked if options.cascade else partial(_asked, teacher)
    wanted = told(ask, examples, kept)
    model = load_narrow(options.start) if options.start else fresh(teacher)
    train(model, examples, wanted, options.epochs, options.rate)
    torch.save(model.state_dict(), out / "model.pt")


if __name__ == "__main__":
    main()
